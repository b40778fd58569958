"""The moves of a plan as a table, and which targets are refused."""

from datetime import date

import pytest

from libs.errors import WrongState
from libs.money import Money
from services.partners.facts.domain.metrics import FactMetric
from services.partners.plan.domain import plan as domain
from services.partners.plan.domain.initiative import Initiative, initiative_violations
from services.partners.plan.domain.plan import AlreadyAgreed, Plan, PlanNotOver
from services.partners.plan.domain.rates import PlanRates
from services.partners.plan.domain.states import InitiativeOwner, PlanMove, PlanSide, PlanState
from services.partners.plan.domain.targets import PlanPeriod, PlanTarget, target_violations
from services.partners.plan.events import PlanCanceled, PlanClosed
from tests.builders import NOW, an_id
from tests.unit.partners.plan.built import REVENUE, a_plan, a_target

S, M = PlanState, PlanMove
AFTER = date(2026, 4, 1)
ALLOWED = {
    (S.DRAFT, M.REVISE): S.DRAFT,
    (S.DRAFT, M.PROPOSE): S.PROPOSED,
    (S.DRAFT, M.CANCEL): S.CANCELED,
    (S.PROPOSED, M.AGREE): S.AGREED,
    (S.PROPOSED, M.RETURN): S.DRAFT,
    (S.PROPOSED, M.CANCEL): S.CANCELED,
    (S.AGREED, M.SUPERSEDE): S.SUPERSEDED,
    (S.AGREED, M.CLOSE): S.CLOSED,
    (S.AGREED, M.CANCEL): S.CANCELED,
}


def _move(plan: Plan, move: PlanMove) -> Plan:
    if move is M.REVISE:
        return domain.revise(plan, title="New", targets=plan.targets, rates=PlanRates(), now=NOW)[0]
    if move is M.PROPOSE:
        return domain.propose(plan, now=NOW)[0]
    if move is M.AGREE:
        return domain.agree(domain.agree(plan, PlanSide.VENDOR, now=NOW)[0], PlanSide.PARTNER, now=NOW)[0]
    if move is M.RETURN:
        return domain.give_back(plan, now=NOW)[0]
    if move is M.SUPERSEDE:
        return domain.supersede(plan, now=NOW)[0]
    told = PlanClosed if move is M.CLOSE else PlanCanceled
    return domain.end(plan, move, told, today=AFTER, now=NOW)[0]


@pytest.mark.parametrize("move", PlanMove)
@pytest.mark.parametrize("state", PlanState)
def test_a_plan_moves_as_the_table_says_and_no_other_way(state: PlanState, move: PlanMove) -> None:
    plan = a_plan(state=state)
    if (after := ALLOWED.get((state, move))) is not None:
        assert _move(plan, move).state is after
        return
    with pytest.raises(WrongState):
        _move(plan, move)


def test_one_side_alone_agrees_to_nothing_and_no_side_agrees_twice() -> None:
    half, told = domain.agree(a_plan(state=S.PROPOSED), PlanSide.PARTNER, now=NOW)
    assert (half.state, half.vendor_agree_time, told.state) == (S.PROPOSED, None, S.PROPOSED)
    with pytest.raises(AlreadyAgreed):
        domain.agree(half, PlanSide.PARTNER, now=NOW)
    noted = domain.agree(a_plan(state=S.PROPOSED), PlanSide.PARTNER, recorded=True, now=NOW)[0]
    assert (half.partner_agreement_recorded, noted.partner_agreement_recorded) == (False, True)
    assert domain.agree(noted, PlanSide.VENDOR, now=NOW)[0].partner_agreement_recorded
    returned = domain.give_back(noted, now=NOW)[0]
    assert (returned.vendor_agree_time, returned.partner_agree_time) == (None, None)
    assert not returned.partner_agreement_recorded


def test_a_plan_is_closed_when_its_last_day_has_passed() -> None:
    with pytest.raises(PlanNotOver) as refused:
        domain.end(a_plan(state=S.AGREED), M.CLOSE, PlanClosed, today=date(2026, 3, 31), now=NOW)
    assert refused.value.metadata["last_day"] == "2026-03-31"


def test_every_fault_of_targets_is_named() -> None:
    targets = (
        a_target(first_day=date(2026, 2, 1)),
        a_target(),
        a_target(),
        a_target(currency="XXX", period=PlanPeriod.MONTH),
        PlanTarget(period=PlanPeriod.YEAR, first_day=date(2031, 1, 1), metric=REVENUE, count=1),
        PlanTarget(period=PlanPeriod.YEAR, first_day=date(2026, 1, 1), metric=FactMetric.ORDERS),
        PlanTarget(period=PlanPeriod.YEAR, first_day=date(2026, 1, 1), metric=FactMetric.CONVERSION, count=1),
        PlanTarget(
            period=PlanPeriod.YEAR,
            first_day=date(2026, 1, 1),
            metric=FactMetric.DEALS_WON,
            count=1,
            amount=Money(1, "EUR"),
        ),
    )
    assert [(one.field, one.reason) for one in target_violations(targets)] == [
        ("targets[0].first_day", "NOT_A_PERIOD"),
        ("targets[2]", "DUPLICATE_TARGET"),
        ("targets[3].amount.currency_code", "UNKNOWN_CURRENCY"),
        ("targets[4].amount", "REQUIRED"),
        ("targets[4].count", "NOT_ALLOWED"),
        ("targets[5].count", "REQUIRED"),
        ("targets[6].metric", "BAD_METRIC"),
        ("targets[7].amount", "NOT_ALLOWED"),
        ("targets[7].amount", "BAD_AMOUNT"),
        ("targets", "TOO_LONG"),
    ]


@pytest.mark.parametrize("year", [1, 1969, 2101, 9999])
def test_a_target_is_of_a_year_that_can_be_reckoned_with(year: int) -> None:
    found = target_violations([a_target(period=PlanPeriod.YEAR, first_day=date(year, 1, 1))])
    assert [(one.field, one.reason) for one in found] == [("targets[0].first_day", "OUT_OF_RANGE")]


def test_an_initiative_is_not_due_before_the_first_accepted_day() -> None:
    plan = a_plan(targets=(a_target(),))
    initiative = Initiative(
        id=an_id("ini"),
        plan_id=plan.id,
        root_id=plan.id,
        partner_id=plan.partner_id,
        title="Road show",
        owner=InitiativeOwner.MARKETING,
        due_on=date(1, 1, 1),
        create_time=NOW,
        update_time=NOW,
    )
    assert [one.reason for one in initiative_violations(initiative, plan)] == ["OUT_OF_RANGE"]
