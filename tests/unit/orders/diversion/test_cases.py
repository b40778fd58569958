"""Cases about diverted pieces: they grow while they are open, and a person decides them."""

from datetime import date

import pytest

from libs.errors import WrongState
from libs.money import Money
from services.orders.diversion.domain.case import (
    PIECES_PER_CASE,
    DiversionCase,
    DivertedPiece,
    Ruling,
    decide,
    diverted,
    grow,
    open_case,
    ruling_violations,
)
from services.orders.diversion.domain.custody import CustodyKind
from services.orders.diversion.domain.states import DiversionCaseState
from services.orders.diversion.events import DiversionViolationFound
from tests.builders import NOW, an_id
from tests.unit.orders.diversion.pieces import OTHER, SEEN_ON, piece

EXPLAINED, DISMISSED = DiversionCaseState.EXPLAINED, DiversionCaseState.DISMISSED
VIOLATION, OPEN = DiversionCaseState.VIOLATION, DiversionCaseState.OPEN
TODAY = date(2026, 3, 9)


def found(serial: str, price: Money | None) -> DivertedPiece:
    return diverted(piece(serial=serial, list_price=price), sighting_id=an_id("sgh"), seen_on=SEEN_ON)


def opened(price: Money | None = None) -> DiversionCase:
    first = found("SN-0", price)
    case, _ = open_case(an_id("dvc"), piece(), first, seen_in="US", seen_at_partner_id=OTHER, now=NOW)
    return case


def test_a_case_grows_by_pieces_and_adds_no_currencies() -> None:
    case = opened(Money.of(100, "EUR"))
    for number, price in enumerate((Money.of(50, "EUR"), Money.of(70, "USD"), None), start=1):
        grown = grow(case, found(f"SN-{number}", price), now=NOW)
        assert grown is not None
        case, told = grown
        assert told.quantity == number + 1
    assert case.values == (Money.of(150, "EUR"), Money.of(70, "USD"))
    assert grow(case, found("SN-2", None), now=NOW) is None


def test_a_full_case_takes_no_more_pieces() -> None:
    case = opened()
    for number in range(1, PIECES_PER_CASE):
        assert case.open_key is not None
        grown = grow(case, found(f"SN-{number}", None), now=NOW)
        assert grown is not None
        case = grown[0]
    assert (case.quantity, case.open_key) == (PIECES_PER_CASE, None)


def test_a_violation_tells_the_rule_and_the_hash_of_what_is_known() -> None:
    case, told = decide(opened(), Ruling(state=VIOLATION, rule_code="GREY"), today=TODAY, now=NOW)
    assert (case.state, case.decided_on, case.open_key) == (VIOLATION, TODAY, None)
    [violation] = [one for one in told if isinstance(one, DiversionViolationFound)]
    assert (violation.rule_code, violation.sha256) == ("GREY", case.sha256)


@pytest.mark.parametrize("ruling", [Ruling(state=DISMISSED), Ruling(state=EXPLAINED, explanation=CustodyKind.MOVE)])
def test_other_decisions_tell_of_no_violation(ruling: Ruling) -> None:
    _, told = decide(opened(), ruling, today=TODAY, now=NOW)
    assert len(told) == 1


def test_a_case_is_decided_once() -> None:
    case, _ = decide(opened(), Ruling(state=DISMISSED), today=TODAY, now=NOW)
    with pytest.raises(WrongState):
        decide(case, Ruling(state=VIOLATION, rule_code="GREY"), today=TODAY, now=NOW)


@pytest.mark.parametrize(
    ("ruling", "fields"),
    [
        (Ruling(state=OPEN), ["state"]),
        (Ruling(state=EXPLAINED), ["explanation"]),
        (Ruling(state=EXPLAINED, explanation=CustodyKind.SHIPMENT), ["explanation"]),
        (Ruling(state=DISMISSED, explanation=CustodyKind.MOVE, rule_code="GREY"), ["explanation", "rule_code"]),
        (Ruling(state=VIOLATION), ["rule_code"]),
    ],
)
def test_a_ruling_says_what_its_state_needs_and_no_more(ruling: Ruling, fields: list[str]) -> None:
    assert [one.field for one in ruling_violations(ruling)] == fields
