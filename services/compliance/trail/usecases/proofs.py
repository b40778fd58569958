"""What anybody can check against a signed root: checkpoints, and proofs from the tiles of the tree."""

from collections.abc import Sequence

from libs.audit.tiles import hash_in, tile_of
from libs.audit.tree import Node, Span, consistency_spans, cover, inclusion_spans, prove
from libs.call import Command
from libs.errors import InvalidInput, Violation
from libs.store.port import Store, get_all
from services.compliance.settings import Env
from services.compliance.trail.documents import AUDIT, CHECKPOINTS, TILES
from services.compliance.trail.domain.chain import (
    AuditCheckpoint,
    ConsistencyProof,
    InclusionProof,
    NotInTree,
    NotSigned,
)
from services.compliance.trail.usecases.chain import chain_head, tile_id


class GetCheckpoint(Command, frozen=True, kw_only=True):
    """Which checkpoint; size 0 means the newest."""

    tree_size: int = 0


class GetInclusionProof(Command, frozen=True, kw_only=True):
    """That this entry is in the tree of this size; 0 means the newest that is signed."""

    id: str
    tree_size: int = 0


class GetConsistencyProof(Command, frozen=True, kw_only=True):
    """That the second tree begins with the first; 0 means the newest that is signed."""

    first_size: int
    second_size: int = 0


async def get_checkpoint(env: Env, cmd: GetCheckpoint) -> AuditCheckpoint:
    """The checkpoint; NotSigned before the first, NotFound where none was signed at that size."""
    if cmd.tree_size:
        return await env.show(CHECKPOINTS, str(cmd.tree_size), call=cmd.call)
    signed = (await chain_head(env.store)).value.signed
    if signed is None:
        raise NotSigned(1, 0)
    return signed


async def get_inclusion_proof(env: Env, cmd: GetInclusionProof) -> InclusionProof:
    """The proof; NotFound, NotInTree, NotSigned."""
    entry = await env.show(AUDIT, cmd.id, call=cmd.call)
    size = await _signed_size(env, cmd.tree_size)
    if entry.leaf_index is None or entry.leaf_index >= size:
        raise NotInTree(cmd.id, size)
    root, hashes = await _proof(env.store, size, inclusion_spans(entry.leaf_index, size))
    return InclusionProof(
        entry_id=entry.id,
        leaf_index=entry.leaf_index,
        leaf_hash=entry.leaf_hash,
        tree_size=size,
        root_hash=root,
        hashes=hashes,
    )


async def get_consistency_proof(env: Env, cmd: GetConsistencyProof) -> ConsistencyProof:
    """The proof; NotSigned, InvalidInput if the second tree is the smaller one."""
    second = await _signed_size(env, cmd.second_size)
    if cmd.first_size > second:
        if not cmd.second_size:
            raise NotSigned(cmd.first_size, second)
        raise InvalidInput([Violation("second_size", "is smaller than first_size", "SIZES_OUT_OF_ORDER")])
    root, hashes = await _proof(env.store, second, consistency_spans(cmd.first_size, second))
    first_root, _ = await _proof(env.store, cmd.first_size, ())
    return ConsistencyProof(
        first_size=cmd.first_size,
        second_size=second,
        first_root_hash=first_root,
        second_root_hash=root,
        hashes=hashes,
    )


async def _signed_size(env: Env, wanted: int) -> int:
    signed = (await chain_head(env.store)).value.signed_size
    if not signed or wanted > signed:
        raise NotSigned(max(wanted, 1), signed)
    return wanted or signed


async def _proof(store: Store, size: int, spans: Sequence[Span]) -> tuple[str, tuple[str, ...]]:
    """The root of the tree of `size` and the hashes over the spans, hex. Reads one tile for each height of eight."""
    whole = Span(0, size)
    ids = {tile: tile_id(tile) for tile in {tile_of(node) for span in (*spans, whole) for node in cover(span)}}
    stored = await get_all(store, TILES, ids.values())
    assert len(stored) == len(ids), f"the tree of {size} lacks tiles {ids.values() - stored.keys()}"
    tiles = {tile: stored[one].value.hashes for tile, one in ids.items()}

    def hash_of(node: Node) -> bytes:
        return hash_in(tiles[tile_of(node)], node)

    (root,) = prove([whole], hash_of)
    return root.hex(), tuple(one.hex() for one in prove(spans, hash_of))
