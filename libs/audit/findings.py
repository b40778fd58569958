"""What can be wrong with an export, and what is said about one that was checked."""

from enum import Enum
from typing import NamedTuple

MOST_FINDINGS = 100


class Wrong(Enum):
    """The kinds of what can be wrong."""

    UNREADABLE = "UNREADABLE"
    CHANGED = "CHANGED"
    DROPPED = "DROPPED"
    INSERTED = "INSERTED"
    REORDERED = "REORDERED"
    REWRITTEN = "REWRITTEN"
    CUT_OFF = "CUT_OFF"
    FORGED_CHECKPOINT = "FORGED_CHECKPOINT"
    MISSING = "MISSING"


class Finding(NamedTuple):
    """One thing that is wrong. line: in the file, from 1; 0 is the file as a whole."""

    wrong: Wrong
    line: int
    text: str

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{self.wrong.value}: {where}{self.text}"


class Report(NamedTuple):
    """The result of a check. entries: how many were read; tree_size, root_hash, time: of the signed end, if there is
    one."""

    cell: str
    entries: int
    checkpoints: int
    tree_size: int
    root_hash: str
    time: str
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether every entry is as it was, in its place, and none is missing."""
        return not self.findings


def ranges(numbers: list[int], most: int = 10) -> str:
    """`3`, `4 to 6`, `1, 2, 7 to 9 and 4 more`: whole numbers, ascending, for a person."""
    spans: list[tuple[int, int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))
    return stretches(spans, most)


def stretches(spans: list[tuple[int, int]], most: int = 10) -> str:
    """As `ranges`, of stretches by their first and last number."""
    shown = [str(first) if first == last else f"{first} to {last}" for first, last in spans[:most]]
    left = len(spans) - len(shown)
    return ", ".join(shown) + (f" and {left} more" if left else "")
