"""Any history, in any order of arrival, comes to what an independent oracle computes."""

from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from libs.money import Money
from services.orders.ledger.domain.entry import Entry
from services.orders.ledger.domain.posting import statement
from tests.unit.orders.ledger import oracle
from tests.unit.orders.ledger.broken import FAULTS, with_fault
from tests.unit.orders.ledger.histories import FIRST, WORTH, MemoryLedger, Rules, by_place, histories, plan_of, versions

_END = date(2030, 1, 1)
_closings = st.integers(0, 200).map(lambda days: FIRST + timedelta(days=days))
_SEARCH = settings(max_examples=2_000, phases=[Phase.generate], database=None)


class Run(NamedTuple):
    """A history, and the order in which its papers arrive. acts: after each paper, whether to post, and which period of
    which plan to close."""

    versions: tuple[oracle.Version, ...]
    history: tuple[oracle.Order | oracle.Paper | oracle.Split, ...]
    arriving: tuple[oracle.Order | oracle.Paper | oracle.Split, ...]
    acts: tuple[tuple[bool, tuple[str, date] | None], ...]


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """Papers that arrive in any order and more than once, while entries are posted and periods close."""
    history = draw(histories())
    twice = draw(st.lists(st.sampled_from(history), max_size=3))
    arriving = tuple(draw(st.permutations([*history, *twice])))
    closing = st.tuples(st.sampled_from(("PARTNERS", "REPS")), _closings)
    act = st.tuples(st.booleans(), st.one_of(st.none(), st.none(), st.none(), closing))
    return Run(draw(versions()), history, arriving, tuple(draw(act) for _ in arriving))


@given(run=runs())
def test_a_history_comes_to_the_same_in_any_order(run: Run) -> None:
    """The net of each beneficiary, line and period is the oracle's; the statements of closed periods stay as they were
    and add up to what the oracle knew when they closed; a replay posts nothing."""
    check(run)


@pytest.mark.thorough
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault: str) -> None:
    """A ledger with a fault differs from the oracle in some history."""
    rules = with_fault(fault)
    find(runs(), lambda run: not _passes(run, rules), settings=_SEARCH, random=Random(1))


def _passes(run: Run, rules: Rules) -> bool:
    try:
        check(run, rules)
    except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError):
        return False
    return True


def check(run: Run, rules: Rules | None = None) -> None:
    """Let a ledger learn a history, and compare it with the oracle."""
    ledger = MemoryLedger([plan_of(one) for one in run.versions], rules)
    closed: dict[tuple[str, str, date], tuple[list[Entry], Fraction]] = {}
    for paper, (booking, closing) in zip(run.arriving, run.acts, strict=True):
        ledger.learn(paper)
        if booking:
            ledger.book()
        if closing is not None:
            _close(ledger, run.versions, closed, *closing)
    ledger.book()
    expected = oracle.nets(run.history, run.versions, WORTH)
    assert by_place(ledger.entries.values()) == expected
    for (_, account_id, until), (entries, balance) in closed.items():
        assert [one for one in ledger.of_account(account_id) if one.period <= until] == entries
        assert sum(Fraction(one.amount, 10**8) for one in entries) == balance
    for account in ledger.accounts.values():
        found = statement(ledger.of_account(account.id), period=_END, currency="EUR")
        whole = oracle.balance(expected, account.plan_code, account.beneficiary_id, until=_END)
        assert found.closing == whole * 10**8
        assert found.payable == Money(round(whole * 100) * 100, "EUR")
    assert ledger.book(everything=True) == 0


def _close(
    ledger: MemoryLedger,
    versions: tuple[oracle.Version, ...],
    closed: dict[tuple[str, str, date], tuple[list[Entry], Fraction]],
    code: str,
    on: date,
) -> None:
    """Close the period of a day, and note what its statements say and what the oracle knows."""
    before = ledger.closed.get(code)
    ledger.close(code, on)
    if ledger.closed[code] == before:
        return
    known = oracle.nets(ledger.known, versions, WORTH)
    for account in ledger.accounts.values():
        if account.plan_code == code and account.closed_until:
            entries = [one for one in ledger.of_account(account.id) if one.period <= account.closed_until]
            balance = oracle.balance(known, code, account.beneficiary_id, until=account.closed_until)
            closed.setdefault((code, account.id, account.closed_until), (entries, balance))
