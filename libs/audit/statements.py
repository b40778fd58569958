"""The bytes that are hashed and signed. Changing them makes every existing chain invalid.

Canonical JSON: UTF-8, keys in code point order, no blanks; only strings, whole numbers, and lists and objects of them.
Empty fields of an object ("", null, [], {}) are left out, so a field that is added later does not change the hash of an
entry that lacks it.
"""

import hashlib
import json
from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

FORMAT = "prm-audit-export/1"


class Purpose(Enum):
    """The purpose of a signature. CHECKPOINT: the root of the tree. END: the end of an export. Only an END may end a
    file, so that a file which was cut off at a checkpoint is detected."""

    CHECKPOINT = "checkpoint"
    END = "end"


class LedgerEnd(NamedTuple):
    """The end of a service's erasure ledger: the number and the hash (hex, empty for number 0) of its last entry."""

    service: str
    number: int
    hash: str


class Statement(NamedTuple):
    """The content of a signature: the root of the first `tree_size` entries. root_hash: hex. time: RFC 3339, UTC, with
    microseconds. ledgers: the ends of the erasure ledgers as services had stated them, by service; none in statements
    of earlier releases."""

    cell: str
    tree_size: int
    root_hash: str
    time: str
    ledgers: tuple[LedgerEnd, ...] = ()

    def text(self, purpose: Purpose) -> bytes:
        """The bytes that are signed: a first line that no other signed text of a cell has, then canonical JSON."""
        return f"prm-audit-{purpose.value}/1\n".encode() + canonical(self._asdict())


class LaneStatement(NamedTuple):
    """The signed content of a lane head: `lane` of `service` has the events 1 to `number`.

    ordinal: of the lane among those of its service and epoch, from 1 without a gap. sequence: of two statements about a
    lane the higher one is the later. state: OPEN or CLOSED. time: of the statement; next_time: by when there is another
    one, if the lane is open. epoch: began when the store of the service was restored from a backup of backup_time;
    empty before. Times: RFC 3339, UTC, with microseconds.
    """

    service: str
    lane: str
    ordinal: int
    number: int
    sequence: int
    state: str
    time: str
    next_time: str
    epoch: str = ""
    backup_time: str = ""

    def text(self, cell: str) -> bytes:
        """The bytes that a cell signs."""
        return b"prm-audit-lane/1\n" + canonical({"cell": cell, **self._asdict()})


class Signed(NamedTuple):
    """A statement with its Ed25519 signature, hex."""

    purpose: Purpose
    statement: Statement
    signature: str


def canonical(value: Mapping[str, Any]) -> bytes:
    """The canonical JSON of an object; TypeError for a value that it does not allow, such as a fraction."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def commit(salt: bytes, text: bytes) -> str:
    """SHA-256(salt || text), hex: a commitment to the text that does not reveal it, not even to somebody who guesses
    it. Once the salt is destroyed, the commitment proves nothing about the text."""
    return hashlib.sha256(salt + text).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items() if one is not None and one not in ("", [], (), {})}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, str | int) and not isinstance(value, bool):
        return value
    raise TypeError(f"{type(value).__name__} has no canonical form")
