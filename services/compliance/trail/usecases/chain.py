"""Appends entries to the hash chain and signs checkpoints of it.

Consumers write entries concurrently and without a place in the chain. `extend_chain` gives them one, a batch per
commit. The commit replaces the head that was read, so of two replicas one succeeds and the other reads again.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from libs.audit.statements import Purpose, canonical
from libs.audit.tiles import Tile, filled, grown, unfinished
from libs.audit.tree import Frontier, leaf_hash
from libs.call import Command
from libs.env import About
from libs.store.listing import everything
from libs.store.port import Loaded, Put, Query, Store, VersionConflict, Write, create, get_all
from services.compliance.settings import Env
from services.compliance.trail.documents import AUDIT, CHECKPOINTS, HEADS, LEDGERS, TILES
from services.compliance.trail.domain.chain import (
    HEAD,
    AuditCheckpoint,
    ChainHead,
    LedgerEnd,
    StatedLedger,
    TreeTile,
    is_due,
)
from services.compliance.trail.domain.entries import AuditEntry
from services.compliance.trail.events import CheckpointSigned
from services.compliance.trail.reads import chain_head, content, statement_of, tile_id

# With the head, a checkpoint and the tiles that can change, a commit has fewer than 100 writes, which SQLite runs
# together with other commits; a larger one would be a group of its own (libs/store/sqlite/group.py).
ENTRIES_PER_COMMIT = 85


class ExtendChain(Command, frozen=True, kw_only=True):
    """Append entries that are not in the chain yet."""


async def extend_chain(env: Env, cmd: ExtendChain) -> ChainHead:
    """The head after up to 85 more entries, and a checkpoint if one is due; unchanged if there is nothing to do."""
    loaded = await chain_head(env.store)
    head, now = loaded.value, env.clock.now()
    waiting = await env.store.find(Query(kind=AUDIT, equals={"leaf_index": None}, limit=ENTRIES_PER_COMMIT))
    placed = [_placed(row, head.size + offset) for offset, row in enumerate(waiting.rows)]
    leaves = [bytes.fromhex(put.document.leaf_hash) for put in placed]
    frontier = Frontier(head.size, head.frontier)
    for leaf in leaves:
        frontier = frontier.append(leaf)
    writes: list[Write] = [*placed, *await _tile_writes(env.store, loaded, leaves)]
    signed, told = head.signed, list[About]()
    signing = env.settings.signing
    if is_due(head, frontier.size, entries=signing.checkpoint_entries, interval=signing.checkpoint_interval, now=now):
        fresh = create(CHECKPOINTS, _checkpoint(env, frontier, await everything(env.store, LEDGERS, {}), now))
        if fresh.document.ledgers != (signed.ledgers if signed else ()):
            told.append(About(CheckpointSigned(checkpoint=fresh.document), fresh.document))
        signed = fresh.document
        writes.append(fresh)
    if not writes:
        return head
    longer = replace(head, size=frontier.size, frontier=frontier.hashes, signed=signed)
    return await env.commit(loaded.put(longer), *writes, events=told, call=cmd.call)


def _placed(row: Loaded[AuditEntry], index: int) -> Put[AuditEntry]:
    hashed = leaf_hash(canonical(content(row.value)))
    return row.put(replace(row.value, leaf_index=index, leaf_hash=hashed.hex()))


async def _tile_writes(store: Store, head: Loaded[ChainHead], leaves: list[bytes]) -> list[Put[TreeTile]]:
    """The writes of the tiles that these leaves change. VersionConflict if another replica extended the chain between
    the reading of the head and that of the tiles."""
    size = head.value.size
    ids = {tile: tile_id(tile) for tile in unfinished(size)} if leaves else {}
    stored = await get_all(store, TILES, ids.values())
    loaded = {tile: stored.get(one) or Loaded(TILES, TreeTile(id=one, hashes=())) for tile, one in ids.items()}
    odd = any(len(row.value.hashes) != filled(tile, size) for tile, row in loaded.items())
    if odd and (await chain_head(store)).value.version != head.value.version:
        raise VersionConflict(HEADS.name, HEAD)
    changed = grown({tile: row.value.hashes for tile, row in loaded.items()}, size, leaves)
    return [_tile_write(loaded.get(tile), tile, hashes) for tile, hashes in changed.items()]


def _tile_write(loaded: Loaded[TreeTile] | None, tile: Tile, hashes: tuple[bytes, ...]) -> Put[TreeTile]:
    document = TreeTile(id=tile_id(tile), hashes=hashes)
    return loaded.put(document) if loaded else create(TILES, document)


def _checkpoint(env: Env, frontier: Frontier, ledgers: Sequence[StatedLedger], now: datetime) -> AuditCheckpoint:
    keys = env.keys
    unsigned = AuditCheckpoint(
        id=str(frontier.size),
        cell=env.directory.here.code,
        tree_size=frontier.size,
        root_hash=frontier.root.hex(),
        time=now,
        signature="",
        public_key=keys.public_key.hex(),
        ledgers=tuple(LedgerEnd(service=one.id, number=one.number, hash=one.hash) for one in ledgers),
    )
    return replace(unsigned, signature=keys.sign(statement_of(unsigned).text(Purpose.CHECKPOINT)).hex())
