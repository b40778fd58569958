"""The trail as a chain: which entries are in it, in which order, and what the cell signed for."""

from datetime import datetime, timedelta

import msgspec

from libs.document import Document
from libs.errors import AppError, Code

HEAD = "head"


class AuditCheckpoint(Document, frozen=True, kw_only=True):
    """The cell vouches for the first `tree_size` entries. root_hash, signature (Ed25519), public_key: hex."""

    cell: str
    tree_size: int
    root_hash: str
    time: datetime
    signature: str
    public_key: str


class ChainHead(Document, frozen=True, kw_only=True):
    """How far the chain reaches; there is one, and who changes it has the chain to itself for that commit.

    frontier: roots of the complete subtrees of the tree of `size`, the largest first. signed: the newest checkpoint.
    """

    size: int = 0
    frontier: tuple[bytes, ...] = ()
    signed: AuditCheckpoint | None = None

    @property
    def signed_size(self) -> int:
        """How many entries are signed for."""
        return self.signed.tree_size if self.signed else 0


class TreeTile(Document, frozen=True, kw_only=True):
    """Up to 256 hashes of the tree; see libs/audit/tiles.py."""

    hashes: tuple[bytes, ...]


class InclusionProof(msgspec.Struct, frozen=True, kw_only=True):
    """That an entry is in the tree of `tree_size`. Hashes: hex, from the leaf up."""

    entry_id: str
    leaf_index: int
    leaf_hash: str
    tree_size: int
    root_hash: str
    hashes: tuple[str, ...]


class ConsistencyProof(msgspec.Struct, frozen=True, kw_only=True):
    """That the tree of `second_size` begins with that of `first_size`. Hashes: hex."""

    first_size: int
    second_size: int
    first_root_hash: str
    second_root_hash: str
    hashes: tuple[str, ...]


class NotSigned(AppError):
    """The cell has not signed for that many entries yet."""

    code, reason = Code.FAILED_PRECONDITION, "NOT_SIGNED"

    def __init__(self, wanted: int, signed: int) -> None:
        super().__init__(
            f"the trail is signed for up to {signed} entries, not for {wanted}: try again in a minute",
            wanted=str(wanted),
            signed=str(signed),
        )


class NotInTree(AppError):
    """The entry exists and came later than the tree it is asked for."""

    code, reason = Code.FAILED_PRECONDITION, "NOT_IN_TREE"

    def __init__(self, id: str, tree_size: int) -> None:
        super().__init__(f"{id} is not among the first {tree_size} entries", id=id, tree_size=str(tree_size))


class Signing(msgspec.Struct, frozen=True, kw_only=True):
    """When a checkpoint is due, from `PRM_COMPLIANCE_CHECKPOINT_ENTRIES` on: after so many entries or so much time,
    whichever comes first, and only if there is something new."""

    checkpoint_entries: int = 1000
    checkpoint_interval: timedelta = timedelta(minutes=1)


def is_due(head: ChainHead, size: int, signing: Signing, now: datetime) -> bool:
    """Whether a chain that has grown to `size` is to be signed for."""
    if size == head.signed_size:
        return False
    if head.signed is None or size - head.signed_size >= signing.checkpoint_entries:
        return True
    return now - head.signed.time >= signing.checkpoint_interval
