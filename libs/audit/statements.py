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


class Statement(NamedTuple):
    """The content of a signature: the root of the first `tree_size` entries. root_hash: hex. time: RFC 3339, UTC, with
    microseconds."""

    cell: str
    tree_size: int
    root_hash: str
    time: str

    def text(self, purpose: Purpose) -> bytes:
        """The bytes that are signed: a first line that no other signed text of a cell has, then canonical JSON."""
        return f"prm-audit-{purpose.value}/1\n".encode() + canonical(self._asdict())


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
