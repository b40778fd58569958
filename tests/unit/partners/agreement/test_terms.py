"""Every fault of the terms is named; the earliest end by notice is the later of the agreed and the statutory one."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.country import known_countries
from libs.rights import ClauseSubject, Place
from services.partners.agreement.domain.states import Renewal
from services.partners.agreement.domain.statutes import (
    LAWS,
    Law,
    completed_years,
    law_of,
    longest_days,
    month_end,
    statute_of,
)
from services.partners.agreement.domain.terms import Clause, earliest_last_day, term_violations
from services.partners.record.domain.states import PartnerKind
from tests.component.partners.agreement.acts import TODAY, terms
from tests.unit.partners.agreement.oracle import end_of_month, months_on, years_done

GERMAN = law_of("DE", PartnerKind.AGENT, on=TODAY)
DAYS = st.dates(date(1995, 1, 1), date(2100, 12, 31))


def _reasons(law: Law | None = None, **fields: Any) -> list[tuple[str, str]]:
    return [(one.field, one.reason) for one in term_violations(terms(**fields), law)]


def test_every_fault_is_named_at_once() -> None:
    clause = Clause(number="4", subject=ClauseSubject.TERM)
    assert _reasons() == []
    assert _reasons(
        GERMAN,
        valid_from=date(1900, 1, 1),
        valid_until=date(1899, 1, 1),
        renewal=Renewal.AUTOMATIC,
        notice_months=0,
        notice_days=30,
        places=(Place(country="DE"), Place(country="XX")),
        clauses=(clause, clause),
    ) == [
        ("terms.valid_from", "OUT_OF_RANGE"),
        ("terms.valid_until", "DATES_OUT_OF_ORDER"),
        ("terms.renewal_months", "REQUIRED"),
        ("terms.notice_months", "NOTICE_TOO_SHORT"),
        ("terms.places[1].country", "UNKNOWN_COUNTRY"),
        ("terms.clauses[1].number", "DUPLICATE_CLAUSE"),
    ]
    assert _reasons(valid_from=date(2200, 1, 1), valid_until=date(2201, 1, 1), renewal_months=2, notice_days=1) == [
        ("terms.valid_from", "OUT_OF_RANGE"),
        ("terms.valid_until", "OUT_OF_RANGE"),
        ("terms.renewal_months", "NOT_ALLOWED"),
        ("terms.notice_days", "NOT_ALLOWED"),
    ]
    assert _reasons(renewal=Renewal.MANUAL, renewal_months=1) == [("terms.valid_until", "REQUIRED")]


@pytest.mark.parametrize(
    ("fields", "short"),
    [
        ({"notice_months": 1}, False),
        ({"notice_months": 0, "notice_days": 31}, False),
        ({"notice_months": 0, "notice_days": 30}, True),
        ({"notice_months": 0}, False),  # the law applies
    ],
)
def test_a_period_shorter_than_the_law_is_refused_for_an_agent(fields: dict[str, int], short: bool) -> None:
    assert bool(_reasons(GERMAN, **fields)) is short
    assert _reasons(None, **fields) == []


@given(
    since=DAYS,
    later=st.integers(0, 9000),
    law=st.none() | st.sampled_from(LAWS),
    months=st.integers(0, 24),
    days=st.integers(0, 200),
    to_end=st.booleans(),
    unit=st.sampled_from(("months", "days", "none")),
)
def test_the_earliest_end_against_an_oracle(
    since: date, later: int, law: Law | None, months: int, days: int, to_end: bool, unit: str
) -> None:
    given_on = since + timedelta(days=later)
    agreed = {"months": months, "days": 0} if unit == "months" else {"months": 0, "days": days}
    agreed = {"months": 0, "days": 0} if unit == "none" else agreed
    has = any(agreed.values())
    ends = [months_on(given_on, agreed["months"]) + timedelta(days=agreed["days"])] if has else []
    if law is not None:
        years = years_done(since, given_on)
        at_least = max(step.months for step in law.notice if step.years <= years)
        ends.append(months_on(given_on, at_least))
    expected = max(ends) if ends else None
    if expected and (to_end or (law is not None and law.to_month_end and not has)):
        expected = end_of_month(expected)
    found = earliest_last_day(
        terms(notice_months=agreed["months"], notice_days=agreed["days"], notice_to_month_end=to_end),
        law,
        since=since,
        given_on=given_on,
    )
    assert found == expected


@given(DAYS, DAYS)
def test_years_are_completed_on_their_day(since: date, on: date) -> None:
    assert completed_years(since, on) == years_done(since, on)


@given(DAYS, st.integers(1, 12))
def test_no_months_have_more_days_than_the_longest(day: date, months: int) -> None:
    assert (months_on(day, months) - day).days <= longest_days(months)
    assert month_end(day) == end_of_month(day)


def test_the_table_of_laws_is_whole() -> None:
    for law in LAWS:
        assert [step.years for step in law.notice] == sorted({step.years for step in law.notice})
        assert law.notice[0].years == 0
        assert law.source
        assert law.indemnity
        assert set(law.countries) <= known_countries()
        rows = [(one.since, country) for one in LAWS for country in one.countries]
        assert len(rows) == len(set(rows))
    assert {country for law in LAWS for country in law.countries if "86/653" in law.source} >= {"PL", "ES"}


def test_what_is_not_known_is_said() -> None:
    assert law_of("DE", PartnerKind.DISTRIBUTOR, on=TODAY) is None
    assert law_of("NG", PartnerKind.AGENT, on=TODAY) is None
    assert law_of("DE", PartnerKind.AGENT, on=date(1980, 1, 1)) is None
    unknown = statute_of(None, "NG", years=3)
    assert (unknown.known, unknown.country, unknown.notice_months, unknown.source) == (False, "NG", 0, "")
    known = [statute_of(GERMAN, "DE", years=years).notice_months for years in range(8)]
    assert known == [1, 2, 3, 3, 3, 6, 6, 6]
