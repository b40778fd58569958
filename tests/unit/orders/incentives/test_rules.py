"""What may not be published, with every fault named."""

from datetime import date, timedelta

from msgspec.structs import replace

from services.orders.incentives.domain.plan import (
    Accelerator,
    Beneficiaries,
    BeneficiaryKind,
    PayoutCalendar,
    Plan,
    PlanBasis,
    PlanState,
    RateKind,
    RateRule,
    in_force,
    last_day_of,
)
from services.orders.incentives.domain.rules import content_violations, publication_violations
from tests.unit.orders.incentives.plans import a_plan, band, eur

TODAY = date(2026, 3, 15)


def faults(plan: Plan) -> list[tuple[str, str]]:
    """The fields and reasons of what is wrong with a plan by itself."""
    return [(one.field, one.reason) for one in content_violations(plan)]


def refusals(plan: Plan, *others: Plan) -> list[tuple[str, str]]:
    """The fields and reasons of what forbids its publication."""
    found = publication_violations(plan, others, today=TODAY, quoted={"EUR", "USD"})
    return [(one.field, one.reason) for one in found]


def published(plan: Plan) -> Plan:
    """The plan, published."""
    return replace(plan, state=PlanState.PUBLISHED)


def test_a_good_plan_has_no_faults() -> None:
    assert faults(a_plan()) == []
    assert refusals(a_plan()) == []


def test_all_faults_are_named_at_once() -> None:
    rules = (RateRule(code="ALL", kind=RateKind.MARGINAL, bands=(band(0, 100), band(120, 200), band(150, 300))),)
    assert faults(a_plan(rules=rules, cap=eur(10), floor=eur(20))) == [
        ("rules[0].bands[1].from_amount", "BAND_GAP"),
        ("rules[0].bands[2].from_amount", "BAND_OVERLAP"),
        ("rules[0].bands[2].below_amount", "BAND_GAP"),
        ("cap", "CAP_BELOW_FLOOR"),
    ]


def test_a_band_after_one_without_an_end_overlaps() -> None:
    rules = (RateRule(code="ALL", kind=RateKind.MARGINAL, bands=(band(0, None), band(100, None))),)
    assert faults(a_plan(rules=rules)) == [("rules[0].bands[1].from_amount", "BAND_OVERLAP")]


def test_retroactive_rates_do_not_fall() -> None:
    """Who sells more would lose what was earned."""
    rules = (RateRule(code="ALL", kind=RateKind.RETROACTIVE, bands=(band(0, 100), band(100, None, 400))),)
    assert faults(a_plan(rules=rules)) == [("rules[0].bands[1].basis_points", "RATE_FALLS")]


def test_nobody_earns_more_than_was_sold() -> None:
    extra = Accelerator(above_amount=eur(0), added_basis_points=5_000)
    rules = (RateRule(code="ALL", kind=RateKind.FLAT, bands=(band(0, None, 6_000),), accelerator=extra),)
    assert faults(a_plan(rules=rules)) == [("rules[0].bands[0].basis_points", "OUT_OF_RANGE")]


def test_persons_are_found_by_role_and_partners_have_none() -> None:
    person = Beneficiaries(kind=BeneficiaryKind.PERSON, tiers=("GOLD",))
    partner = Beneficiaries(kind=BeneficiaryKind.PARTNER, role="rep", countries=("QQ",))
    assert faults(a_plan(beneficiaries=person)) == [
        ("beneficiaries.role", "REQUIRED"),
        ("beneficiaries.tiers", "NOT_ALLOWED"),
    ]
    assert faults(a_plan(beneficiaries=partner)) == [
        ("beneficiaries.role", "NOT_ALLOWED"),
        ("beneficiaries.countries[0]", "UNKNOWN_COUNTRY"),
    ]


def test_a_floor_is_an_amount_that_an_entry_can_have() -> None:
    assert faults(a_plan(floor=eur(90_000_000_000))) == []
    assert faults(a_plan(floor=eur(100_000_000_000))) == [("floor", "OUT_OF_RANGE")]


def test_nothing_is_published_into_the_past() -> None:
    assert refusals(a_plan(effective_day=TODAY)) == [("effective_day", "EFFECTIVE_TOO_SOON")]


def test_nothing_is_published_that_no_later_version_could_follow() -> None:
    """A version takes effect after the one before, so one in the far future would be the last of its code."""
    assert refusals(a_plan(effective_day=TODAY + timedelta(days=366))) == []
    assert refusals(a_plan(effective_day=date.max)) == [("effective_day", "OUT_OF_RANGE")]


def test_a_currency_needs_a_rate() -> None:
    assert refusals(a_plan(currency="SEK", rules=())) == [("currency", "RATE_UNKNOWN")]


def test_two_plans_pay_the_same_only_if_both_say_so() -> None:
    other = published(a_plan("GROWTH", effective_day=date(2026, 1, 1)))
    assert refusals(a_plan(), other) == [("beside", "PAID_TWICE")]
    assert refusals(a_plan(beside=("GROWTH",)), other) == [("beside", "PAID_TWICE")]
    assert refusals(a_plan(beside=("GROWTH",)), replace(other, beside=("VOLUME",))) == []
    assert refusals(a_plan(basis=PlanBasis.ORDERED), other) == []
    assert refusals(a_plan(), replace(other, state=PlanState.RETIRED, last_day=date(2026, 3, 31))) == []


def test_plans_for_other_partners_or_product_lines_do_not_pay_the_same() -> None:
    other = published(a_plan("GROWTH", beneficiaries=Beneficiaries(kind=BeneficiaryKind.PARTNER, tiers=("GOLD",))))
    silver = Beneficiaries(kind=BeneficiaryKind.PARTNER, tiers=("SILVER",))
    assert refusals(a_plan(beneficiaries=silver), other) == []
    lines = [replace(a_plan().rules[0], product_line=one) for one in ("routers", "switches")]
    assert refusals(a_plan(rules=(lines[0],)), replace(other, rules=(lines[1],))) == []


def test_a_version_follows_the_one_before() -> None:
    before = published(a_plan(currency="USD", calendar=PayoutCalendar.MONTH, effective_day=date(2026, 4, 1)))
    assert refusals(a_plan(), before) == [
        ("effective_day", "EFFECTIVE_TOO_SOON"),
        ("currency", "CURRENCY_MISMATCH"),
        ("calendar", "NOT_ALLOWED"),
    ]


def test_the_last_version_that_has_begun_is_in_force_until_it_is_retired() -> None:
    first = published(a_plan(effective_day=date(2026, 1, 1)))
    second = replace(
        first, number=2, effective_day=date(2026, 4, 1), state=PlanState.RETIRED, last_day=date(2026, 6, 1)
    )
    versions = (first, second, a_plan(effective_day=date(2026, 5, 1)))
    assert in_force(versions, on=date(2025, 12, 31)) is None
    assert in_force(versions, on=date(2026, 3, 31)) == first
    assert in_force(versions, on=date(2026, 6, 1)) == second
    assert in_force(versions, on=date(2026, 6, 2)) is None


def test_periods_end_where_the_next_begins() -> None:
    assert last_day_of(PayoutCalendar.MONTH, date(2028, 2, 3)) == date(2028, 2, 29)
    assert last_day_of(PayoutCalendar.QUARTER, date(2026, 11, 3)) == date(2026, 12, 31)
    assert {last_day_of(one, date.max) for one in PayoutCalendar} == {date.max}
    assert last_day_of(PayoutCalendar.YEAR, date(2026, 1, 1)) == date(2026, 12, 31)
