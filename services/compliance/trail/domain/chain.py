"""The trail as a chain: which entries are in it, in which order, and what the cell signed."""

from datetime import datetime, timedelta

import msgspec

from libs.document import Document
from libs.errors import AppError, Code

HEAD = "head"


class AuditCheckpoint(Document, frozen=True, kw_only=True):
    """The cell's signature for the first `tree_size` entries. root_hash, signature (Ed25519), public_key: hex."""

    cell: str
    tree_size: int
    root_hash: str
    time: datetime
    signature: str
    public_key: str


class ChainHead(Document, frozen=True, kw_only=True):
    """How far the chain reaches. There is one; each commit to the chain replaces it, so of two at once one fails.

    frontier: roots of the complete subtrees of the tree of `size`, the largest first. signed: the newest checkpoint.
    """

    size: int = 0
    frontier: tuple[bytes, ...] = ()
    signed: AuditCheckpoint | None = None

    @property
    def signed_size(self) -> int:
        """How many entries the newest checkpoint signs."""
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
    """The cell has not signed that many entries yet."""

    code, reason = Code.FAILED_PRECONDITION, "NOT_SIGNED"

    def __init__(self, wanted: int, signed: int) -> None:
        super().__init__(
            f"the trail is signed for up to {signed} entries, not for {wanted}: try again in a minute",
            wanted=str(wanted),
            signed=str(signed),
        )


class NotInTree(AppError):
    """The entry exists, but was chained after the tree for which a proof is asked."""

    code, reason = Code.FAILED_PRECONDITION, "NOT_IN_TREE"

    def __init__(self, id: str, tree_size: int) -> None:
        super().__init__(f"{id} is not among the first {tree_size} entries", id=id, tree_size=str(tree_size))


def is_due(head: ChainHead, size: int, *, entries: int, interval: timedelta, now: datetime) -> bool:
    """Whether a checkpoint is due for a chain that has grown to `size`: after so many entries or so much time since the
    last one, whichever comes first, and only if there is something new."""
    if size == head.signed_size:
        return False
    if head.signed is None or size - head.signed_size >= entries:
        return True
    return now - head.signed.time >= interval
