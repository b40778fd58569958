"""The findings of a check of an export, and its report."""

from enum import Enum
from typing import NamedTuple

MOST_FINDINGS = 100


class Wrong(Enum):
    """The kinds of findings; the README of this folder describes each."""

    UNREADABLE = "UNREADABLE"
    CHANGED = "CHANGED"
    DROPPED = "DROPPED"
    INSERTED = "INSERTED"
    REORDERED = "REORDERED"
    REWRITTEN = "REWRITTEN"
    CUT_OFF = "CUT_OFF"
    FORGED_CHECKPOINT = "FORGED_CHECKPOINT"
    MISSING = "MISSING"
    UNANNOUNCED = "UNANNOUNCED"
    OVERDUE = "OVERDUE"
    BEYOND_HEAD = "BEYOND_HEAD"
    FORGED_HEAD = "FORGED_HEAD"
    RESTORED = "RESTORED"
    LEDGER_SHORT = "LEDGER_SHORT"


class Finding(NamedTuple):
    """One finding. line: in the file, from 1; 0 for the file as a whole."""

    wrong: Wrong
    line: int
    text: str

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{self.wrong.value}: {where}{self.text}"


class Report(NamedTuple):
    """The result of a check. entries, checkpoints: how many were read. tree_size, root_hash, time: of the signed end;
    0 and empty if there is none."""

    cell: str
    entries: int
    checkpoints: int
    tree_size: int
    root_hash: str
    time: str
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether there are no findings: every entry is unchanged and in its place, and none is missing."""
        return not self.findings


def ranges(numbers: list[int], most: int = 10) -> str:
    """Ascending whole numbers as text: `3`, `4 to 6`, `1, 2, 7 to 9 and 4 more`. most: how many ranges are listed."""
    spans: list[tuple[int, int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))
    return stretches(spans, most)


def stretches(spans: list[tuple[int, int]], most: int = 10) -> str:
    """The same text as `ranges`, for ranges given by first and last number."""
    shown = [str(first) if first == last else f"{first} to {last}" for first, last in spans[:most]]
    left = len(spans) - len(shown)
    return ", ".join(shown) + (f" and {left} more" if left else "")
