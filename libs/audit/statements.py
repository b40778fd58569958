"""The bytes that are hashed and signed. They are part of the promise: who changes them breaks every chain there is.

Canonical JSON: UTF-8, keys in code point order, no blanks, only strings, whole numbers and lists and objects of them;
of an object's fields those that are empty ("", null, [], {}) are left out. So a field that is added later changes no
hash of an entry that lacks it.
"""

import hashlib
import json
from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

FORMAT = "prm-audit-export/1"


class Purpose(Enum):
    """What a signature says: this is the tree; or, this is the end of an export of the tree. Only the second ends a
    file, so that a file cut off at an earlier checkpoint is seen."""

    CHECKPOINT = "checkpoint"
    END = "end"


class Statement(NamedTuple):
    """What a cell vouches for. root_hash: hex; time: RFC 3339, UTC, microseconds."""

    cell: str
    tree_size: int
    root_hash: str
    time: str

    def text(self, purpose: Purpose) -> bytes:
        """The bytes that are signed: a line that no other signed text of a cell begins with, then canonical JSON."""
        return f"prm-audit-{purpose.value}/1\n".encode() + canonical(self._asdict())


class Signed(NamedTuple):
    """A statement with its Ed25519 signature, hex."""

    purpose: Purpose
    statement: Statement
    signature: str


def canonical(value: Mapping[str, Any]) -> bytes:
    """Canonical JSON of an object; TypeError for what it cannot hold (numbers with a fraction, for one)."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def commit(salt: bytes, text: bytes) -> str:
    """SHA-256(salt || text), hex: binds to a text that it does not give away, not even to somebody who guesses it. Once
    the salt is destroyed, nothing can be shown about the text any more."""
    return hashlib.sha256(salt + text).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items() if one is not None and one not in ("", [], (), {})}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, str | int) and not isinstance(value, bool):
        return value
    raise TypeError(f"{type(value).__name__} has no canonical form")
