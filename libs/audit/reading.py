"""Reads an export in one pass: what its lines contain, and the faults that show in a single line."""

from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from .findings import MOST_FINDINGS, Finding, Wrong
from .lanes import Lanes
from .lines import MAX_LINE_BYTES, Entry, Header, LedgerStated, Stated, Unreadable, parse
from .statements import Purpose, Signed
from .tree import leaf_hash


class Leaf(NamedTuple):
    """What its line declares of an entry: `number` is the leaf index, `hash` the leaf hash (32 bytes), `line` the line
    number from 1. Little is kept of an entry, because an export may have millions."""

    number: int
    hash: bytes
    line: int


class Seen(NamedTuple):
    """A signed statement (a checkpoint or the end), its line number, and the number of entries before it (`after`)."""

    signed: Signed
    line: int
    after: int


class Head(NamedTuple):
    """A lane head and its line number."""

    stated: Stated
    line: int


class SeenLedger(NamedTuple):
    """What an entry states about an erasure ledger, and its line number."""

    stated: LedgerStated
    line: int


class Contents:
    """What was read. seen: the signed statements in order. unread: how many lines could not be parsed, by the number of
    entries before them. findings: the first MOST_FINDINGS only, because a file may be wrong in every line. lanes: the
    event numbers of each lane. heads: the lane heads, in order. ledgers: what entries state about erasure ledgers."""

    def __init__(self) -> None:
        self.header: Header | None = None
        self.leaves: list[Leaf] = []
        self.seen: list[Seen] = []
        self.unread: Counter[int] = Counter()
        self.findings: list[Finding] = []
        self.lanes = Lanes()
        self.heads: list[Head] = []
        self.ledgers: list[SeenLedger] = []
        self.last_line = 0

    @property
    def end(self) -> Seen | None:
        """The end statement, if it is the last signed statement; else None."""
        last = self.seen[-1] if self.seen else None
        return last if last is not None and last.signed.purpose is Purpose.END else None

    def add(self, number: int, raw: bytes) -> None:
        """Read line `number`, counted from 1; `raw` includes its line break."""
        self.last_line = number
        if not raw.endswith(b"\n"):
            self._found(Wrong.CUT_OFF, number, "the file ends in the middle of a line")
            return
        try:
            line = parse(raw)
        except Unreadable as err:
            self.unread[len(self.leaves)] += 1
            self._found(Wrong.CHANGED, number, str(err))
            return
        match line:
            case Header():
                self._add_header(number, line)
            case Entry():
                self._add_entry(number, line)
            case Signed():
                self.seen.append(Seen(line, number, len(self.leaves)))

    def _add_header(self, number: int, header: Header) -> None:
        if number == 1:
            self.header = header
        else:
            self._found(Wrong.INSERTED, number, "a second header")

    def _add_entry(self, number: int, entry: Entry) -> None:
        declared = bytes.fromhex(entry.leaf_hash)
        if leaf_hash(entry.leaf) != declared:
            self._found(Wrong.CHANGED, number, f"entry {entry.leaf_index} does not match its hash")
        if entry.numbered is not None and not self.lanes.add(entry.numbered):
            self._found(
                Wrong.CHANGED, number, f"entry {entry.leaf_index} names no lane and number that an event can have"
            )
        if entry.stated is not None:
            self.heads.append(Head(entry.stated, number))
        if entry.ledger is not None:
            self.ledgers.append(SeenLedger(entry.ledger, number))
        self.leaves.append(Leaf(entry.leaf_index, declared, number))

    def _found(self, wrong: Wrong, line: int, text: str) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(wrong, line, text))


def read(file: BinaryIO) -> Contents:
    """The contents of an export; faults are in its findings and raise nothing."""
    contents = Contents()
    for number, raw in enumerate(_lines(file), 1):
        contents.add(number, raw)
    return contents


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of the file. A line longer than MAX_LINE_BYTES is read in pieces of that size, to bound memory use; a
    full piece without a line break becomes an empty line, which `parse` refuses."""
    while raw := file.readline(MAX_LINE_BYTES):
        yield raw if raw.endswith(b"\n") or len(raw) < MAX_LINE_BYTES else b"\n"
