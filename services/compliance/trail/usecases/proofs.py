"""Checkpoints (signed roots of the trail's Merkle tree), and the proofs that anybody can check against them."""

from libs.audit.tree import consistency_spans, inclusion_spans
from libs.call import Command
from libs.errors import InvalidInput, Violation
from services.compliance.settings import Env
from services.compliance.trail.documents import AUDIT, CHECKPOINTS
from services.compliance.trail.domain.chain import (
    AuditCheckpoint,
    ConsistencyProof,
    InclusionProof,
    NotInTree,
    NotSigned,
)
from services.compliance.trail.reads import chain_head, proof_of


class GetCheckpoint(Command, frozen=True, kw_only=True):
    """Get the checkpoint of a tree size, in entries; 0 means the newest checkpoint."""

    tree_size: int = 0


class GetInclusionProof(Command, frozen=True, kw_only=True):
    """Get the proof that entry `id` is among the first `tree_size` entries; 0 means the newest signed size."""

    id: str
    tree_size: int = 0


class GetConsistencyProof(Command, frozen=True, kw_only=True):
    """Get the proof that the first `first_size` of `second_size` entries have not changed; `second_size` 0 means the
    newest signed size."""

    first_size: int
    second_size: int = 0


async def get_checkpoint(env: Env, cmd: GetCheckpoint) -> AuditCheckpoint:
    """The checkpoint. NotSigned for size 0 if there is no checkpoint yet; NotFound if none has `tree_size`."""
    if cmd.tree_size:
        return await env.show(CHECKPOINTS, str(cmd.tree_size), call=cmd.call)
    signed = (await chain_head(env.store)).value.signed
    if signed is None:
        raise NotSigned(1, 0)
    return signed


async def get_inclusion_proof(env: Env, cmd: GetInclusionProof) -> InclusionProof:
    """The proof. NotFound if there is no such entry; NotInTree if it is not among the first `tree_size` entries;
    NotSigned if fewer than `tree_size` entries are signed."""
    entry = await env.show(AUDIT, cmd.id, call=cmd.call)
    size = await _signed_size(env, cmd.tree_size)
    if entry.leaf_index is None or entry.leaf_index >= size:
        raise NotInTree(cmd.id, size)
    root, hashes = await proof_of(env.store, size, inclusion_spans(entry.leaf_index, size))
    return InclusionProof(
        entry_id=entry.id,
        leaf_index=entry.leaf_index,
        leaf_hash=entry.leaf_hash,
        tree_size=size,
        root_hash=root,
        hashes=hashes,
    )


async def get_consistency_proof(env: Env, cmd: GetConsistencyProof) -> ConsistencyProof:
    """The proof. NotSigned if fewer entries are signed than asked for; InvalidInput if `second_size` is given and
    smaller than `first_size`."""
    second = await _signed_size(env, cmd.second_size)
    if cmd.first_size > second:
        if not cmd.second_size:
            raise NotSigned(cmd.first_size, second)
        raise InvalidInput([Violation("second_size", "is smaller than first_size", "SIZES_OUT_OF_ORDER")])
    root, hashes = await proof_of(env.store, second, consistency_spans(cmd.first_size, second))
    first_root, _ = await proof_of(env.store, cmd.first_size, ())
    return ConsistencyProof(
        first_size=cmd.first_size,
        second_size=second,
        first_root_hash=first_root,
        second_root_hash=root,
        hashes=hashes,
    )


async def _signed_size(env: Env, wanted: int) -> int:
    """`wanted`, or the newest signed size if it is 0; NotSigned if fewer entries, or none, are signed."""
    signed = (await chain_head(env.store)).value.signed_size
    if not signed or wanted > signed:
        raise NotSigned(max(wanted, 1), signed)
    return wanted or signed
