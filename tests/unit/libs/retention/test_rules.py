"""What is kept from an erasure and what is due, against an oracle that asks each rule by itself."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.retention import (
    Action,
    Period,
    Retention,
    ScheduleRow,
    When,
    due_by,
    end_of,
    kept_by,
    period_of,
    periods,
    retained,
    schedule,
)

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
RECORDS = ("ACCOUNTING_VOUCHER", "CLAIMS", "REQUEST_FILE", "PERFORMANCE")


class Fact(msgspec.Struct, frozen=True):
    """A rule as it applies to a row. start: None if its period has not started."""

    record: str
    action: Action
    start: datetime | None
    applies: bool


class Row(msgspec.Struct, frozen=True):
    """A row with what each rule finds in it."""

    facts: tuple[Fact, ...]


FACTS = st.builds(
    Fact,
    record=st.sampled_from(RECORDS),
    action=st.sampled_from(Action),
    start=st.none()
    | st.timedeltas(timedelta(days=-40 * 365), timedelta(days=4 * 365)).map(lambda passed: NOW + passed),
    applies=st.booleans(),
)


def rule_of(place: int, fact: Fact) -> Retention[Row]:
    def starts(row: Row) -> datetime | None:
        return row.facts[place].start

    def applies(row: Row) -> bool:
        return row.facts[place].applies

    row = ScheduleRow(service="x", kind="y", rule=str(place), record=fact.record, trigger="", action=fact.action)
    return Retention(row=row, when=When(starts=starts, applies=applies))


def rules_of(row: Row) -> tuple[Retention[Row], ...]:
    return tuple(rule_of(place, one) for place, one in enumerate(row.facts))


@given(st.lists(FACTS, max_size=4).map(tuple).map(Row), st.sampled_from(["DE", "GB", "US", "CN", "XX", ""]))
def test_a_row_is_due_if_every_period_has_ended_and_the_last_acting_one_says_what(row: Row, country: str) -> None:
    ends: dict[int, datetime] = {}
    keeps: list[datetime | None] = []
    running = False
    for place, one in enumerate(row.facts):
        if not one.applies:
            continue
        law = period_of(one.record, country, NOW.date())
        end = None if one.start is None else end_of(law.period, one.start, country)
        if end is None or end > NOW:
            running = True
            if law.ground is not None:
                keeps.append(end)
        elif one.action is not Action.KEEP:
            ends[place] = end
    due = due_by(rules_of(row), row, country, NOW)
    if running or not ends:
        assert due is None
    else:
        assert due is not None
        assert ends[int(due.rule)] == max(ends.values())
    kept = kept_by(rules_of(row), row, country, NOW)
    assert (kept is not None) == bool(keeps)
    if kept is not None:
        assert kept.until == (None if None in keeps else max(one for one in keeps if one))


@given(st.lists(FACTS, max_size=4).map(tuple).map(Row), st.sampled_from(["DE", "FR", ""]))
def test_what_an_erasure_must_leave_is_never_due(row: Row, country: str) -> None:
    if kept_by(rules_of(row), row, country, NOW) is not None:
        assert due_by(rules_of(row), row, country, NOW) is None


def test_a_change_of_the_law_applies_from_its_day() -> None:
    before, since = (period_of("ACCOUNTING_VOUCHER", "DE", day) for day in (date(2024, 12, 31), date(2025, 1, 1)))
    assert (before.period, since.period) == (
        Period(months=120, from_year_end=True),
        Period(months=96, from_year_end=True),
    )


def test_a_country_without_a_law_has_the_house_limit() -> None:
    assert period_of("CLAIMS", "FJ", NOW.date()) == period_of("CLAIMS", "", NOW.date())


def test_every_record_has_a_period_for_any_country_and_every_period_a_use() -> None:
    for one in schedule():
        assert period_of(one.record, "", date(2018, 5, 25)).country == "ANY"
    assert {one.record for one in periods()} == {one.record for one in schedule()}


def test_no_two_periods_of_a_record_and_country_begin_on_the_same_day() -> None:
    known = [(one.record, one.country, one.in_force) for one in periods()]
    assert len(known) == len(set(known))
    for one in periods():
        later = [two for two in periods() if (two.record, two.country) == (one.record, one.country)]
        assert sorted(later, key=lambda two: two.in_force) == sorted(later, key=lambda two: two.version)


def test_every_period_names_its_basis_and_source() -> None:
    assert all(one.basis and one.source and len(one.basis) <= 200 for one in periods())
    assert all(one.trigger and len(one.trigger) <= 200 for one in schedule())


def test_a_kind_must_have_the_rules_of_the_table() -> None:
    with pytest.raises(ValueError, match=r"orders.order: schedule.csv has the rules"):
        retained("orders", "order", {"invoiced": When(starts=lambda _: NOW)})


def test_a_period_runs_until_its_last_instant() -> None:
    rule = next(one for one in schedule() if one.rule == "closed" and one.kind == "ticket")
    when = When[datetime](starts=lambda at: at)
    end = end_of(period_of("CLAIMS", "DE", NOW.date()).period, NOW, "DE")
    rules = (Retention(row=rule, when=when),)
    assert due_by(rules, NOW, "DE", end - timedelta(microseconds=1)) is None
    assert due_by(rules, NOW, "DE", end) == rule
