"""Until when whom to tell: a table by country and law, and the clock that ends first where none is known."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.deadlines import CalendarDays, ElapsedTime, WorkingDays
from services.compliance.breaches.domain.clocks import clocks_of, explained
from services.compliance.breaches.domain.rules import rules
from services.compliance.breaches.domain.states import BreachRisk, NoticeAddressee, NoticeStep
from services.compliance.clocks.domain.regimes import Regime
from tests.unit.compliance.breaches.facts import AWARE, ZONE, clocks, facts_of

HOURS = {hours: AWARE + timedelta(hours=hours) for hours in (1, 4, 24, 72)}
TABLE: list[tuple[str, str, datetime]] = [
    ("DE", "gdpr.authority.initial", HOURS[72]),
    ("DE", "gdpr.persons.initial", HOURS[72]),
    ("NO", "gdpr.authority.initial", HOURS[72]),
    ("GB", "uk_gdpr.authority.initial", HOURS[72]),
    ("NG", "ndpa.authority.initial", HOURS[72]),
    ("SA", "sa_pdpl.authority.initial", HOURS[72]),
    ("ID", "id_pdp.authority.initial", HOURS[72]),
    ("ID", "id_pdp.persons.initial", HOURS[72]),
    ("RU", "ru_152fz.authority.initial", HOURS[24]),
    ("RU", "ru_152fz.authority.detail", HOURS[72]),
    ("CN", "pipl.authority.initial", HOURS[4]),
    # Friday 06:00 in Brasilia, three working days: until the end of Wednesday there.
    ("BR", "lgpd.authority.initial", datetime(2026, 3, 12, 3, 0, tzinfo=UTC)),
    ("BR", "lgpd.persons.initial", datetime(2026, 3, 12, 3, 0, tzinfo=UTC)),
    # Friday 14:00 in Almaty, one working day, and Monday is a day off after Women's Day: until the end of Tuesday.
    ("KZ", "kz_94v.authority.initial", datetime(2026, 3, 10, 19, 0, tzinfo=UTC)),
]


@pytest.mark.parametrize(("country", "name", "due"), TABLE)
def test_until_when_whom_to_tell_in_a_country(country: str, name: str, due: datetime) -> None:
    found = {one.name: one for one in clocks(country)}
    assert found[name].due_time == due
    assert found[name].legal_basis
    assert explained(found[name], AWARE, zone=ZONE).due == due


def test_india_has_a_detailed_notice_once_its_rules_are_operative() -> None:
    after = datetime(2027, 5, 13, 9, 0, tzinfo=UTC)
    found = {one.name: one.due_time - after for one in clocks("IN", aware=after)}
    assert found["dpdp.authority.detail"] == timedelta(hours=72)
    assert {one.rule for one in clocks("IN")} == {"pipl.authority.initial", "gdpr.persons.initial"}


def test_california_gives_thirty_days_to_tell_its_residents() -> None:
    [clock] = [one for one in clocks("US", regimes=(Regime.CCPA,)) if one.regime is Regime.CCPA]
    assert (clock.addressee, clock.due_time) == (
        NoticeAddressee.PERSONS,
        datetime(2026, 4, 6, 4, 0, tzinfo=UTC),  # the end of 5 April in New York, thirty days after 6 March
    )


def test_an_operator_of_critical_infrastructure_has_an_hour_in_china() -> None:
    for critical, hours in ((False, 4), (True, 1)):
        found = {one.name: one.due_time for one in clocks("CN", critical=critical)}
        assert found["pipl.authority.initial"] == HOURS[hours]


@pytest.mark.parametrize(
    ("risk", "names"),
    [
        (BreachRisk.UNLIKELY, set()),
        (BreachRisk.LIKELY, {"gdpr.authority.initial"}),
        (BreachRisk.HIGH, {"gdpr.authority.initial", "gdpr.persons.initial"}),
    ],
)
def test_in_the_union_the_risk_decides_who_is_told(risk: BreachRisk, names: set[str]) -> None:
    assert {one.name for one in clocks("DE", risk=risk)} == names


@pytest.mark.parametrize("countries", [("DE", "DK"), ("DK", "DE")])
def test_of_two_countries_under_one_law_the_earlier_end_counts(countries: tuple[str, str]) -> None:
    """The first of May is a holiday in Germany and none in Denmark."""
    rule = replace(rules()[0], allowance=WorkingDays(days=1))
    aware = datetime(2026, 4, 30, 9, 0, tzinfo=UTC)
    [clock] = clocks_of(facts_of(*countries), aware, zone=ZONE, critical=False, among=[rule])
    assert (clock.country, clock.due_time) == ("DK", datetime(2026, 5, 1, 22, 0, tzinfo=UTC))


def test_a_changed_rule_applies_from_its_date_on() -> None:
    """Though the earlier one would end first, or comes later in the table."""
    rule = rules()[0]
    changed = replace(rule, version=2, in_force=AWARE.date(), allowance=ElapsedTime(hours=96))
    for aware, version in ((AWARE, 2), (AWARE - timedelta(days=1), 1)):
        for among in ([rule, changed], [changed, rule]):
            [clock] = clocks_of(facts_of("DE"), aware, zone=ZONE, critical=False, among=among)
            assert clock.rule_version == version


def test_a_law_has_one_clock_of_a_kind_however_many_countries() -> None:
    names = [one.name for one in clocks("DE", "FR", "GB", "AR", "ZA")]
    assert len(names) == len(set(names))
    assert {name.partition(".")[0] for name in names} == {"gdpr", "uk_gdpr", "other"}


@given(
    minutes=st.integers(0, 2_000_000),
    critical=st.booleans(),
    risk=st.sampled_from(BreachRisk),
)
def test_a_country_without_a_rule_gets_the_clock_that_ends_first(
    minutes: int, critical: bool, risk: BreachRisk
) -> None:
    aware = AWARE + timedelta(minutes=minutes)
    found = {one.addressee: one for one in clocks("AR", aware=aware, critical=critical, risk=risk)}
    hours = {NoticeAddressee.AUTHORITY: 1 if critical else 4, NoticeAddressee.PERSONS: 72}
    for addressee, limit in hours.items():
        assert found[addressee].due_time <= aware + timedelta(hours=limit)
        assert found[addressee].regime is Regime.OTHER
        assert not found[addressee].statutory
    assert found[NoticeAddressee.AUTHORITY].due_time == aware + timedelta(hours=hours[NoticeAddressee.AUTHORITY])


def test_the_rules_are_those_of_the_design_and_each_has_a_source() -> None:
    assert all(one.basis and one.source for one in rules())
    assert len({(one.id, one.version) for one in rules()}) == len({(one.id, one.in_force) for one in rules()})
    assert len({(one.id, one.version) for one in rules()}) == len(rules())
    statutory = {
        (one.regime, one.addressee, one.step): one.allowance for one in rules() if one.statutory and not one.critical
    }
    initial, detail = NoticeStep.INITIAL, NoticeStep.DETAIL
    authority, persons = NoticeAddressee.AUTHORITY, NoticeAddressee.PERSONS
    assert statutory == {
        **{
            (one, authority, initial): ElapsedTime(hours=72)
            for one in (Regime.GDPR, Regime.UK_GDPR, Regime.NDPA, Regime.SA_PDPL, Regime.ID_PDP)
        },
        (Regime.DPDP, authority, detail): ElapsedTime(hours=72),
        (Regime.ID_PDP, persons, initial): ElapsedTime(hours=72),
        (Regime.LGPD, authority, initial): WorkingDays(days=3),
        (Regime.LGPD, persons, initial): WorkingDays(days=3),
        (Regime.RU_152FZ, authority, initial): ElapsedTime(hours=24),
        (Regime.RU_152FZ, authority, detail): ElapsedTime(hours=72),
        (Regime.PIPL, authority, initial): ElapsedTime(hours=4),
        (Regime.KZ_94V, authority, initial): WorkingDays(days=1),
        (Regime.CCPA, persons, initial): CalendarDays(days=30),
    }
