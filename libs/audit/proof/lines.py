"""The file of a proof, line by line: JSON Lines, every line in canonical form, in this order.

{"case_id":"dsr_...","cell":"de","format":"prm-proof/1","kind":"header"}
{"cell":"de","kind":"before","root_hash":...,"signature":...,"time":...,"tree_size":40}    absent if there is none
{"entry":{...},"hashes":["<64 hex>",...],"kind":"entry","leaf_hash":...,"leaf_index":41}   by position in the trail
{"kind":"answer","signature":...,"statement":{...}}                                        statements, by kind
{"kind":"package","signature":...,"statement":{...}}
{"kind":"erasure","signature":...,"statement":{...}}                                       with the certificate
{"kind":"purge","signature":...,"statement":{...}}                                         with a service's report
{"cell":"de","hashes":[...],"kind":"after","root_hash":...,"signature":...,"time":...,"tree_size":60}
{"kind":"end","signature":...,"statement":{...}}

before, after: checkpoints of the trail. hashes of `after`: they prove that the later tree begins with the earlier one;
hashes of an entry: they prove that it is in the later tree. The end counts everything and has the SHA-256 of all bytes
before it. `STATEMENTS` has the first line of the text that each kind of statement signs; the rest is canonical JSON.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..lines import Unreadable, ledgers_in
from ..statements import Purpose, Signed, Statement, canonical

FORMAT = "prm-proof/1"
MAX_LINE_BYTES = 1024 * 1024
MAX_NUMBER = 2**53

END = "end"
# What services and the cell sign about a request, in the order of the file. A kind that comes later is one more line
# here, and one function in `rules.py`.
STATEMENTS = {
    "answer": "prm-subject-answer/1",
    "package": "prm-package/1",
    "erasure": "prm-erased-request/1",
    "purge": "prm-purge-run/1",
}
PURPOSES = {**STATEMENTS, END: "prm-proof/1"}


class Header(NamedTuple):
    """The first line."""

    cell: str
    case_id: str


class Checkpoint(NamedTuple):
    """A checkpoint of the trail. after: whether it is the later one. hashes: of the consistency proof."""

    signed: Signed
    after: bool
    hashes: tuple[bytes, ...] = ()


class Entry(NamedTuple):
    """An entry of the trail. leaf: the bytes that are hashed. leaf_hash: as the line states it. hashes: of the
    inclusion proof."""

    fields: Mapping[str, Any]
    leaf: bytes
    leaf_index: int
    leaf_hash: bytes
    hashes: tuple[bytes, ...]


class Said(NamedTuple):
    """A signed statement. kind: of PURPOSES."""

    kind: str
    fields: Mapping[str, Any]
    signature: bytes

    @property
    def text(self) -> bytes:
        """The bytes that are signed."""
        return signed_text(self.kind, self.fields)


Line = Header | Checkpoint | Entry | Said


def signed_text(kind: str, fields: Mapping[str, Any]) -> bytes:
    """The bytes that the signature of a statement covers."""
    return f"{PURPOSES[kind]}\n".encode() + canonical(fields)


def header_line(header: Header) -> bytes:
    """The line of a header."""
    return _line({"kind": "header", "format": FORMAT, **header._asdict()})


def checkpoint_line(signed: Signed, *, after: bool, hashes: Sequence[bytes] = ()) -> bytes:
    """The line of a checkpoint."""
    fields = {"kind": "after" if after else "before", "signature": signed.signature, "hashes": _hexes(hashes)}
    return _line({**fields, **signed.statement._asdict()})


def entry_line(fields: Mapping[str, Any], leaf_index: int, leaf_hash: str, hashes: Sequence[bytes]) -> bytes:
    """The line of an entry. leaf_hash: hex."""
    proven = {"leaf_index": leaf_index, "leaf_hash": leaf_hash, "hashes": _hexes(hashes)}
    return _line({"kind": "entry", "entry": fields, **proven})


def statement_line(kind: str, fields: Mapping[str, Any], signature: str) -> bytes:
    """The line of a statement. signature: hex."""
    return _line({"kind": kind, "statement": fields, "signature": signature})


def parse(line: bytes) -> Line:
    """The content of a line; Unreadable if it is not a line of a proof, or not in canonical form byte for byte, so that
    nothing can stand in it that is neither hashed nor signed."""
    try:
        fields = json.loads(line)
        found = _read(fields)
        written = _line(fields)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as err:
        raise Unreadable("is no line of a proof") from err
    if written != line:
        raise Unreadable("is not in the form it was written in")
    return found


def _line(fields: Mapping[str, Any]) -> bytes:
    return canonical(fields) + b"\n"


def _hexes(hashes: Sequence[bytes]) -> list[str]:
    return [one.hex() for one in hashes]


_FIELDS = {
    "header": {"kind", "format", "cell", "case_id"},
    "before": {"kind", "signature", "cell", "tree_size", "root_hash", "time", "ledgers"},
    "after": {"kind", "signature", "cell", "tree_size", "root_hash", "time", "hashes", "ledgers"},
    "entry": {"kind", "entry", "leaf_index", "leaf_hash", "hashes"},
    **{kind: {"kind", "statement", "signature"} for kind in PURPOSES},
}


def _read(fields: Mapping[str, Any]) -> Line:
    kind = fields["kind"]
    if not fields.keys() <= _FIELDS[kind]:
        raise Unreadable("has a field that no proof has")
    if kind == "header" and fields["format"] == FORMAT:
        return Header(_text(fields, "cell"), _text(fields, "case_id"))
    if kind in ("before", "after"):
        statement = Statement(
            cell=_text(fields, "cell"),
            tree_size=_number(fields, "tree_size"),
            root_hash=_hex(fields, "root_hash", length=64),
            time=_text(fields, "time"),
            ledgers=ledgers_in(fields),
        )
        signed = Signed(Purpose.CHECKPOINT, statement, _hex(fields, "signature", length=128))
        return Checkpoint(signed, kind == "after", _hashes(fields))
    if kind == "entry":
        entry = _object(fields, "entry")
        declared = bytes.fromhex(_hex(fields, "leaf_hash", length=64))
        return Entry(entry, canonical(entry), _number(fields, "leaf_index"), declared, _hashes(fields))
    if kind in PURPOSES:
        return Said(kind, _object(fields, "statement"), bytes.fromhex(_hex(fields, "signature", length=128)))
    raise Unreadable("is of no kind that a proof has")


def _object(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    if not isinstance(value := fields[name], dict):
        raise Unreadable(f"{name} is no object")
    return value


def _text(fields: Mapping[str, Any], name: str) -> str:
    if not isinstance(value := fields[name], str):
        raise Unreadable(f"{name} is no text")
    return value


def _number(fields: Mapping[str, Any], name: str) -> int:
    value = fields[name]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_NUMBER:
        raise Unreadable(f"{name} is no number")
    return value


def _hashes(fields: Mapping[str, Any]) -> tuple[bytes, ...]:
    found = fields.get("hashes", [])
    return tuple(bytes.fromhex(_hex({"hashes": one}, "hashes", length=64)) for one in found)


def _hex(fields: Mapping[str, Any], name: str, *, length: int) -> str:
    value = _text(fields, name)
    if len(value) != length or not set(value) <= set("0123456789abcdef"):
        raise Unreadable(f"{name} is not {length} hex digits")
    return value
