"""The hash chain of the trail: its head, tree tiles, checkpoints and proofs."""

from datetime import datetime, timedelta

import msgspec

from libs.document import Document
from libs.errors import AppError, Code

HEAD = "head"


class LedgerEnd(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a service's erasure ledger; prm.compliance.v1.LedgerEnd describes each field."""

    service: str
    number: int
    hash: str


class StatedLedger(Document, frozen=True, kw_only=True):
    """What a service stated last about the end of its erasure ledger, at `time`; the id is the service."""

    number: int
    hash: str
    time: datetime


class AuditCheckpoint(Document, frozen=True, kw_only=True):
    """The cell's signature for the first `tree_size` entries. root_hash, signature (Ed25519), public_key: hex.
    ledgers: the ends of the erasure ledgers as services had stated them, by service."""

    cell: str
    tree_size: int
    root_hash: str
    time: datetime
    signature: str
    public_key: str
    ledgers: tuple[LedgerEnd, ...] = ()


class ChainHead(Document, frozen=True, kw_only=True):
    """The head of the chain. There is one; each commit to the chain replaces it, so of two at once one fails.

    size: how many entries are in the chain. frontier: roots of the complete subtrees of the tree of `size`, the largest
    first. signed: the newest checkpoint.
    """

    size: int = 0
    frontier: tuple[bytes, ...] = ()
    signed: AuditCheckpoint | None = None

    @property
    def signed_size(self) -> int:
        """How many entries the newest checkpoint covers; 0 if there is none."""
        return self.signed.tree_size if self.signed else 0


class TreeTile(Document, frozen=True, kw_only=True):
    """Up to 256 hashes of the tree; see libs/audit/tiles.py."""

    hashes: tuple[bytes, ...]


class InclusionProof(msgspec.Struct, frozen=True, kw_only=True):
    """Proves that an entry is in the tree of the first `tree_size` entries. Hashes: hex, from the leaf up."""

    entry_id: str
    leaf_index: int
    leaf_hash: str
    tree_size: int
    root_hash: str
    hashes: tuple[str, ...]


class ConsistencyProof(msgspec.Struct, frozen=True, kw_only=True):
    """Proves that the tree of `second_size` entries begins with the tree of `first_size` entries. Hashes: hex."""

    first_size: int
    second_size: int
    first_root_hash: str
    second_root_hash: str
    hashes: tuple[str, ...]


class NotSigned(AppError):
    """No checkpoint covers that many entries yet."""

    code, reason = Code.FAILED_PRECONDITION, "NOT_SIGNED"

    def __init__(self, wanted: int, signed: int) -> None:
        super().__init__(
            f"the trail is signed for up to {signed} entries, not for {wanted}: try again in a minute",
            wanted=str(wanted),
            signed=str(signed),
        )


class NotInTree(AppError):
    """The entry exists but is not in the tree of the wanted size: it was chained later, or is not chained yet."""

    code, reason = Code.FAILED_PRECONDITION, "NOT_IN_TREE"

    def __init__(self, id: str, tree_size: int) -> None:
        super().__init__(f"{id} is not among the first {tree_size} entries", id=id, tree_size=str(tree_size))


def is_due(head: ChainHead, size: int, *, entries: int, interval: timedelta, now: datetime) -> bool:
    """Whether a checkpoint is due for a chain of `size` entries: if there are new entries, and either it is the first,
    or so many `entries` or so much time (`interval`) came after the last."""
    if size == head.signed_size:
        return False
    if head.signed is None or size - head.signed_size >= entries:
        return True
    return now - head.signed.time >= interval
