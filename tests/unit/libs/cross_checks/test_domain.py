"""A question is asked of a cell until it answers, later and later; each answer counts once."""

from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from libs.cross_checks.domain import (
    ASK_AGAIN_AT_MOST,
    AskedOfDay,
    CheckState,
    CrossCheck,
    Finding,
    answered,
    asked,
    counted,
    is_code,
    known,
    postponed,
    used,
)
from tests.builders import NOW, an_id

CODES = ("cn", "de", "ng")
FOUND = (Finding(product_line="ROUTERS", month="2027-02"),)
CELLS = st.sampled_from(CODES)


def a_check() -> CrossCheck:
    return CrossCheck(id=an_id("chk"), subject=an_id("reg"), asked="x", create_time=NOW, update_time=NOW)


class Asking(RuleBasedStateMachine):
    """The states of each cell, kept a second time as plain sets."""

    def __init__(self) -> None:
        super().__init__()
        self.check = a_check()
        self.now = NOW
        self.neighbours: set[str] = set()
        self.asked: set[str] = set()
        self.answers: dict[str, bool] = {}
        self.times = 0
        self.waiting: datetime | None = None

    @rule(cells=st.sets(CELLS))
    def meet(self, cells: set[str]) -> None:
        """Neighbours appear; those that were known stay."""
        self.check = known(self.check, sorted(cells))
        self.neighbours |= cells

    @rule(data=st.data())
    def ask(self, data: Any) -> None:
        """Some of the silent cells are asked."""
        silent = sorted(self.neighbours - set(self.answers))
        if not silent:
            return
        cells = data.draw(st.sets(st.sampled_from(silent), min_size=1))
        self.check = asked(self.check, sorted(cells), self.now)
        self.asked |= cells
        assert self.check.next_time is not None
        assert self.check.next_time - self.now == min(timedelta(minutes=2**self.times), ASK_AGAIN_AT_MOST)
        self.times += 1
        self.waiting = self.waiting or self.now

    @rule()
    def postpone(self) -> None:
        """Nobody could be asked."""
        if self.neighbours - set(self.answers):
            self.check = postponed(self.check, self.now)
            assert self.check.next_time == self.now + ASK_AGAIN_AT_MOST
            self.waiting = self.waiting or self.now

    @rule(cell=CELLS, hit=st.booleans())
    def answer(self, cell: str, hit: bool) -> None:
        """A cell answers, asked or not, and perhaps again."""
        done = answered(self.check, cell, FOUND if hit else (), hit=hit, now=self.now)
        counts = cell in self.neighbours and cell not in self.answers
        assert (done is not None) == counts
        if done is not None:
            self.answers[cell] = hit
            self.check = done
            if self.neighbours <= set(self.answers):
                self.waiting = None

    @rule(minutes=st.integers(0, 600))
    def wait(self, minutes: int) -> None:
        """Time passes."""
        self.now += timedelta(minutes=minutes)

    @invariant()
    def states(self) -> None:
        """Each cell has the state that the sets say, nobody is asked again once all have answered, and a check waits
        from the first question that is not answered by all until it is."""
        found = {one.cell: one.state for one in self.check.cells}
        expected = {
            cell: (CheckState.HIT if self.answers[cell] else CheckState.CLEAR)
            if cell in self.answers
            else CheckState.PENDING
            if cell in self.asked
            else CheckState.UNCHECKED
            for cell in self.neighbours
        }
        assert found == expected
        assert self.check.waiting_since == self.waiting
        assert set(self.check.silent) == self.neighbours - set(self.answers)
        if self.answers and not self.check.silent:
            assert self.check.next_time is None


TestAsking = Asking.TestCase


@given(st.lists(st.integers(0, 3), max_size=30))
def test_questions_are_counted_by_day(steps: list[int]) -> None:
    day, count, asked_on = date(2026, 3, 2), AskedOfDay(id="to:cn", day=date(2026, 3, 2)), list[date]()
    for step in steps:
        day += timedelta(days=step)
        count = counted(count, day)
        asked_on.append(day)
        assert used(count, day) == asked_on.count(day)
        assert used(count, day + timedelta(days=1)) == 0


def test_a_product_line_crosses_as_a_code_only() -> None:
    assert all(map(is_code, ("ROUTERS", "MG-100", "A.B_C", "X" * 32)))
    assert not any(map(is_code, ("", "Routers", "ANNA MÜLLER", "anna@example.org", "+49", "1X", "X" * 33)))


def test_the_time_of_an_answer_is_kept() -> None:
    check = asked(known(a_check(), CODES), CODES, NOW)
    later: datetime = NOW + timedelta(hours=1)
    done = answered(check, "cn", FOUND, hit=True, now=later)
    assert done is not None
    [cn] = [one for one in done.cells if one.cell == "cn"]
    assert (cn.ask_time, cn.answer_time, cn.findings) == (NOW, later, FOUND)
