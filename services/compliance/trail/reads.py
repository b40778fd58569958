"""Reads of the trail: the head of the chain, the content of entries, hashes for proofs. For the slice itself and for
higher ones."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum

import msgspec

from libs.audit.statements import LedgerEnd, Statement
from libs.audit.tiles import Tile, hash_in, tile_of
from libs.audit.tree import Node, Span, cover, prove
from libs.store.port import Loaded, Store, get, get_all
from services.compliance.trail.documents import HEADS, TILES
from services.compliance.trail.domain.chain import HEAD, AuditCheckpoint, ChainHead
from services.compliance.trail.domain.entries import AuditEntry

# The fields of an entry that are not hashed: its version, its place in the chain, and the salt of its commitment.
NOT_HASHED = frozenset({"version", "salt", "leaf_index", "leaf_hash"})


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
    ends = tuple(LedgerEnd(one.service, one.number, one.hash) for one in checkpoint.ledgers)
    return Statement(checkpoint.cell, checkpoint.tree_size, checkpoint.root_hash, instant(checkpoint.time), ends)


def instant(at: datetime) -> str:
    """RFC 3339 in UTC, always with microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


async def proof_of(store: Store, size: int, spans: Sequence[Span]) -> tuple[str, tuple[str, ...]]:
    """The root hash of the tree of `size` entries, and the hash of each span, in hex. Reads O(log size) tiles: a tile
    covers 8 levels of the tree."""
    whole = Span(0, size)
    ids = {tile: tile_id(tile) for tile in {tile_of(node) for span in (*spans, whole) for node in cover(span)}}
    stored = await get_all(store, TILES, ids.values())
    assert len(stored) == len(ids), f"the tree of {size} lacks tiles {ids.values() - stored.keys()}"
    tiles = {tile: stored[one].value.hashes for tile, one in ids.items()}

    def hash_of(node: Node) -> bytes:
        return hash_in(tiles[tile_of(node)], node)

    (root,) = prove([whole], hash_of)
    return root.hex(), tuple(one.hex() for one in prove(spans, hash_of))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, msgspec.Struct):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    return value.name if isinstance(value, Enum) else value
