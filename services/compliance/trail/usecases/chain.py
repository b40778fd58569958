"""Appends entries to the hash chain and signs checkpoints of it.

Consumers write entries concurrently and without a place in the chain. `extend_chain` gives them one, a batch per
commit. The commit replaces the head that was read, so of two replicas one succeeds and the other reads again.
"""

from datetime import UTC, datetime
from enum import Enum

from msgspec.structs import replace

from libs.audit.statements import Purpose, Statement, canonical
from libs.audit.tiles import Tile, filled, grown, unfinished
from libs.audit.tree import Frontier, leaf_hash
from libs.call import Command
from libs.store.port import Loaded, Put, Query, Store, VersionConflict, Write, create, get, get_all
from services.compliance.settings import Env
from services.compliance.trail.documents import AUDIT, CHECKPOINTS, HEADS, TILES
from services.compliance.trail.domain.chain import HEAD, AuditCheckpoint, ChainHead, TreeTile, is_due
from services.compliance.trail.domain.entries import AuditEntry

# With the head, a checkpoint and the tiles that can change, a commit has fewer than 100 writes.
ENTRIES_PER_COMMIT = 85

# The fields of an entry that are not hashed: its version, its place in the chain, and the salt of its commitment.
NOT_HASHED = frozenset({"version", "salt", "leaf_index", "leaf_hash"})


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
    signed = head.signed
    signing = env.settings.signing
    if is_due(head, frontier.size, entries=signing.checkpoint_entries, interval=signing.checkpoint_interval, now=now):
        fresh = create(CHECKPOINTS, _checkpoint(env, frontier, now))
        signed = fresh.document
        writes.append(fresh)
    if not writes:
        return head
    longer = replace(head, size=frontier.size, frontier=frontier.hashes, signed=signed)
    return await env.commit(loaded.put(longer), *writes, call=cmd.call)


async def chain_head(store: Store) -> Loaded[ChainHead]:
    """The head of the chain; an empty one of version 0 if nothing was chained yet."""
    return await get(store, HEADS, HEAD) or Loaded(HEADS, ChainHead(id=HEAD))


def content(entry: AuditEntry) -> dict[str, object]:
    """The fields of an entry that are hashed and exported, by name."""
    names = entry.__struct_fields__
    return {name: _plain(getattr(entry, name)) for name in names if name not in NOT_HASHED}


def tile_id(tile: Tile) -> str:
    """The id of a tile's document."""
    return f"{tile.level}.{tile.position}"


def statement_of(checkpoint: AuditCheckpoint) -> Statement:
    """The statement that the signature of a checkpoint covers."""
    return Statement(checkpoint.cell, checkpoint.tree_size, checkpoint.root_hash, instant(checkpoint.time))


def instant(at: datetime) -> str:
    """RFC 3339 in UTC, always with microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _placed(row: Loaded[AuditEntry], index: int) -> Put[AuditEntry]:
    hashed = leaf_hash(canonical(content(row.value)))
    return row.put(replace(row.value, leaf_index=index, leaf_hash=hashed.hex()))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return instant(value)
    return value.name if isinstance(value, Enum) else value


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


def _checkpoint(env: Env, frontier: Frontier, now: datetime) -> AuditCheckpoint:
    keys = env.keys
    statement = Statement(env.directory.here.code, frontier.size, frontier.root.hex(), instant(now))
    return AuditCheckpoint(
        id=str(frontier.size),
        cell=statement.cell,
        tree_size=statement.tree_size,
        root_hash=statement.root_hash,
        time=now,
        signature=keys.sign(statement.text(Purpose.CHECKPOINT)).hex(),
        public_key=keys.public_key.hex(),
    )
