"""One pass over an export: what its lines say, and what is wrong with a line by itself."""

from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from .findings import MOST_FINDINGS, Finding, Wrong
from .lanes import Lanes
from .lines import MAX_LINE_BYTES, Entry, Header, Unreadable, parse
from .statements import Purpose, Signed
from .tree import leaf_hash


class Leaf(NamedTuple):
    """An entry as its line declares it; 40 bytes of what may be millions."""

    number: int
    hash: bytes
    line: int


class Seen(NamedTuple):
    """A checkpoint or an end, and how many entries stand before it."""

    signed: Signed
    line: int
    after: int


class Contents:
    """What was read. unread: how many lines nobody can read, by the number of entries before them. findings: the first
    MOST_FINDINGS; a file may be wrong in every line."""

    def __init__(self) -> None:
        self.header: Header | None = None
        self.leaves: list[Leaf] = []
        self.seen: list[Seen] = []
        self.unread: Counter[int] = Counter()
        self.findings: list[Finding] = []
        self.lanes = Lanes()
        self.last_line = 0

    @property
    def end(self) -> Seen | None:
        """The end, if that is what the last readable line is."""
        last = self.seen[-1] if self.seen else None
        return last if last is not None and last.signed.purpose is Purpose.END else None

    def add(self, number: int, raw: bytes) -> None:
        """Take in one line."""
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
            self._found(Wrong.CHANGED, number, f"entry {entry.leaf_index} is not what its hash is of")
        if entry.numbered is not None and not self.lanes.add(entry.numbered):
            self._found(Wrong.CHANGED, number, f"entry {entry.leaf_index} has a place in a lane that is none")
        self.leaves.append(Leaf(entry.leaf_index, declared, number))

    def _found(self, wrong: Wrong, line: int, text: str) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(wrong, line, text))


def read(file: BinaryIO) -> Contents:
    """The contents of an export."""
    contents = Contents()
    for number, raw in enumerate(_lines(file), 1):
        contents.add(number, raw)
    return contents


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """A line that is too long for an export comes in pieces, empty ones, which nobody takes for a line."""
    while raw := file.readline(MAX_LINE_BYTES):
        yield raw if raw.endswith(b"\n") or len(raw) < MAX_LINE_BYTES else b"\n"
