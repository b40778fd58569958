"""A question to the other cells whether they know something, and the state of its answers; pure."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import Enum

import msgspec
from msgspec.structs import replace

from libs.document import Document

FINDINGS_AT_MOST = 20
ASK_AGAIN_FIRST = timedelta(minutes=1)
ASK_AGAIN_AT_MOST = timedelta(hours=6)


class CheckState(Enum):
    """What is known of the answer of one cell."""

    UNCHECKED = "UNCHECKED"
    PENDING = "PENDING"
    CLEAR = "CLEAR"
    HIT = "HIT"


_CODE = re.compile("[A-Z][A-Z0-9_.-]{0,31}")

ANSWERED = frozenset({CheckState.CLEAR, CheckState.HIT})


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a cell tells about a hit. product_line: empty if it is no code. month: `2027-02`, or empty."""

    product_line: str = ""
    month: str = ""


class CellCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of one cell. ask_time: of the last question."""

    cell: str
    state: CheckState = CheckState.UNCHECKED
    findings: tuple[Finding, ...] = ()
    ask_time: datetime | None = None
    answer_time: datetime | None = None


class CrossCheck(Document, frozen=True, kw_only=True):
    """A question to the other cells, and their answers. The id names the question to the others, who cannot tell the
    document by it. subject: the id of the document. asked: a keyed hash, of this cell alone, of what was asked.
    next_time: when the cells that have not answered are asked again; None if all have. waiting_since: since when one
    of them at least has not; None if all have."""

    subject: str
    asked: str
    cells: tuple[CellCheck, ...] = ()
    attempts: int = 0
    next_time: datetime | None = None
    waiting_since: datetime | None = None
    create_time: datetime
    update_time: datetime

    @property
    def silent(self) -> tuple[str, ...]:
        """The cells without an answer."""
        return tuple(one.cell for one in self.cells if one.state not in ANSWERED)


class AskedOfDay(Document, frozen=True, kw_only=True):
    """How many questions were asked of a cell (the id is `to:<cell>`), or by it (`by:<cell>`), on a day."""

    day: date
    count: int = 0


def is_code(product_line: str) -> bool:
    """Whether a product line is written as a code, which alone may cross a border."""
    return _CODE.fullmatch(product_line) is not None


def known(check: CrossCheck, others: Iterable[str]) -> CrossCheck:
    """The check with the cells that are new among the neighbours."""
    there = {one.cell for one in check.cells}
    new = tuple(CellCheck(cell=one) for one in others if one not in there)
    return replace(check, cells=(*check.cells, *new))


def asked(check: CrossCheck, cells: Sequence[str], now: datetime) -> CrossCheck:
    """The check after these cells were asked. They are asked again later and later."""
    after = tuple(
        replace(one, state=CheckState.PENDING, ask_time=now) if one.cell in cells else one for one in check.cells
    )
    wait = min(ASK_AGAIN_FIRST * 2 ** min(check.attempts, 20), ASK_AGAIN_AT_MOST)
    return _waiting(replace(check, cells=after, attempts=check.attempts + 1, update_time=now), wait, now)


def postponed(check: CrossCheck, now: datetime) -> CrossCheck:
    """The check that could ask nobody, because no key is known or the questions of the day are used up."""
    return _waiting(replace(check, update_time=now), ASK_AGAIN_AT_MOST, now)


def _waiting(check: CrossCheck, wait: timedelta, now: datetime) -> CrossCheck:
    return replace(check, next_time=now + wait, waiting_since=check.waiting_since or now)


def answered(
    check: CrossCheck, cell: str, findings: tuple[Finding, ...], *, hit: bool, now: datetime
) -> CrossCheck | None:
    """The check with the answer of a cell; None if that cell was not asked, or has answered already."""
    if cell not in check.silent:
        return None
    state = CheckState.HIT if hit else CheckState.CLEAR
    cells = tuple(
        replace(one, state=state, findings=findings, answer_time=now) if one.cell == cell else one
        for one in check.cells
    )
    done = replace(check, cells=cells, update_time=now)
    return done if done.silent else replace(done, next_time=None, waiting_since=None)


def counted(found: AskedOfDay, today: date) -> AskedOfDay:
    """The count with one more question. A new day starts at zero."""
    return replace(found, day=today, count=used(found, today) + 1)


def used(found: AskedOfDay, today: date) -> int:
    """How many questions are counted for the day."""
    return found.count if found.day == today else 0
