"""The export file, line by line: JSON Lines, every line in canonical form.

{"cell":"de","format":"prm-audit-export/1","kind":"header","tree_size":2}
{"entry":{...},"kind":"entry","leaf_hash":"<64 hex>","leaf_index":0}
{"cell":"de","kind":"checkpoint","root_hash":...,"signature":...,"time":...,"tree_size":1}    after the entry it covers
{"entry":{...},"kind":"entry","leaf_hash":"<64 hex>","leaf_index":1}
{"cell":"de","kind":"end","root_hash":...,"signature":...,"time":...,"tree_size":2}           the last line

The leaf is the canonical form of `entry`. A checkpoint and the end may name the ends of erasure ledgers:
`"ledgers":[["deals",12,"<64 hex>"]]`. An entry whose event states the end of a ledger has it as `ledger_end`.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from .statements import FORMAT, LaneStatement, LedgerEnd, Purpose, Signed, Statement, canonical

MAX_LINE_BYTES = 64 * 1024
MAX_TREE_SIZE = 2**53


class Header(NamedTuple):
    """The first line."""

    cell: str
    tree_size: int


class Numbered(NamedTuple):
    """The place of an entry's event among those of one process: its `number` in `lane`. service: of the lane. time: of
    the event, RFC 3339 in UTC."""

    service: str
    lane: str
    number: int
    time: str


class Stated(NamedTuple):
    """The lane head in an entry, and its signature, hex. service: of the entry, which must be that of the statement."""

    service: str
    statement: LaneStatement
    signature: str


class LedgerStated(NamedTuple):
    """The end of its erasure ledger that a service stated in an event. time: of the event."""

    end: LedgerEnd
    time: datetime


class Entry(NamedTuple):
    """A line with an entry. leaf: the bytes that are hashed. leaf_hash: the hash that the line declares, hex. numbered:
    None if the entry has no lane, which is so for events of older releases and for lane heads. stated: the lane head,
    if the entry is of one. ledger: what its event states about an erasure ledger, if it does."""

    leaf_index: int
    leaf_hash: str
    leaf: bytes
    numbered: Numbered | None = None
    stated: Stated | None = None
    ledger: LedgerStated | None = None


Line = Header | Entry | Signed


class Unreadable(ValueError):
    """A line is not a valid line of an export."""


def header_line(header: Header) -> bytes:
    """The line of a header."""
    return canonical({"kind": "header", "format": FORMAT, **header._asdict()}) + b"\n"


def entry_line(leaf_index: int, leaf_hash: str, entry: Mapping[str, Any]) -> bytes:
    """The line of an entry."""
    return canonical({"kind": "entry", "leaf_index": leaf_index, "leaf_hash": leaf_hash, "entry": entry}) + b"\n"


def signed_line(signed: Signed) -> bytes:
    """The line of a checkpoint or of the end."""
    fields = {"kind": signed.purpose.value, "signature": signed.signature, **signed.statement._asdict()}
    return canonical(fields) + b"\n"


def parse(line: bytes) -> Line:
    """The content of a line; Unreadable if it is not a line of an export, or not in canonical form byte for byte, so
    that a hash or a signature covers everything in it."""
    try:
        fields = json.loads(line)
        found = _read(fields)
        written = _written(found, fields)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as err:
        raise Unreadable("is no line of an export") from err
    if written != line:
        raise Unreadable("is not in the form it was written in")
    return found


def _written(line: Line, fields: Mapping[str, Any]) -> bytes:
    match line:
        case Header():
            return header_line(line)
        case Entry():
            return entry_line(line.leaf_index, line.leaf_hash, fields["entry"])
        case Signed():
            return signed_line(line)


def _read(fields: Mapping[str, Any]) -> Line:
    match fields["kind"]:
        case "header" if fields["format"] == FORMAT:
            return Header(_text(fields, "cell"), _number(fields, "tree_size"))
        case "entry":
            if not isinstance(entry := fields["entry"], dict):
                raise Unreadable("entry is no object")
            declared = _hex(fields, "leaf_hash", length=64)
            index = _number(fields, "leaf_index")
            return Entry(index, declared, canonical(entry), _numbered(entry), _stated(entry), _ledger(entry))
        case "checkpoint" | "end" as kind:
            statement = Statement(
                cell=_text(fields, "cell"),
                tree_size=_number(fields, "tree_size"),
                root_hash=_hex(fields, "root_hash", length=64),
                time=_text(fields, "time"),
                ledgers=ledgers_in(fields),
            )
            return Signed(Purpose(kind), statement, _hex(fields, "signature", length=128))
    raise Unreadable("is of no kind that an export has")


def _numbered(entry: Mapping[str, Any]) -> Numbered | None:
    if "lane" not in entry:
        return None
    return Numbered(_text(entry, "service"), _text(entry, "lane"), _number(entry, "lane_number"), _text(entry, "time"))


def _stated(entry: Mapping[str, Any]) -> Stated | None:
    if (head := entry.get("lane_head")) is None:
        return None
    statement = LaneStatement(
        service=_text(head, "service"),
        lane=_text(head, "lane"),
        ordinal=_number(head, "ordinal"),
        number=_number(head, "number"),
        sequence=_number(head, "sequence"),
        state=_text(head, "state"),
        time=_text(head, "time"),
        next_time=_text(head, "next_time"),
        epoch=_text(head, "epoch") if "epoch" in head else "",
        backup_time=_text(head, "backup_time") if "backup_time" in head else "",
    )
    return Stated(_text(entry, "service"), statement, _hex(head, "signature", length=128))


def _ledger(entry: Mapping[str, Any]) -> LedgerStated | None:
    if (end := entry.get("ledger_end")) is None:
        return None
    number = _number(end, "number")
    digest = _hex(end, "hash", length=64) if number else ""
    return LedgerStated(LedgerEnd(_text(end, "service"), number, digest), instant(_text(entry, "time")))


def instant(time: str) -> datetime:
    """The time that is written as RFC 3339; Unreadable."""
    try:
        return datetime.fromisoformat(time).astimezone(UTC)
    except (ValueError, OverflowError) as err:
        raise Unreadable("has a time that is none") from err


def ledgers_in(fields: Mapping[str, Any]) -> tuple[LedgerEnd, ...]:
    """The ends of erasure ledgers in a signed statement, `[[service, number, hash], ...]`; none if it has none.
    ValueError, KeyError."""
    found = tuple(LedgerEnd(*one) for one in fields.get("ledgers", ()))
    for one in found:
        if not isinstance(one.service, str) or not isinstance(one.hash, str):
            raise Unreadable("ledgers are no ends of ledgers")
        _number(one._asdict(), "number")
    return found


def _text(fields: Mapping[str, Any], name: str) -> str:
    if not isinstance(value := fields[name], str):
        raise Unreadable(f"{name} is no text")
    return value


def _number(fields: Mapping[str, Any], name: str) -> int:
    value = fields[name]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_TREE_SIZE:
        raise Unreadable(f"{name} is no number of entries")
    return value


def _hex(fields: Mapping[str, Any], name: str, *, length: int) -> str:
    value = _text(fields, name)
    if len(value) != length or not set(value) <= set("0123456789abcdef"):
        raise Unreadable(f"{name} is not {length} hex digits")
    return value
