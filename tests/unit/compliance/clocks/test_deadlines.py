"""Deadlines at the ends of months, in leap years, over holidays and working weekends, in hours, over clock changes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from libs.deadlines import Rule, due_at
from services.compliance.clocks.domain.clock import explained
from services.compliance.clocks.domain.regimes import Regime, RequestType
from services.compliance.clocks.domain.states import DeadlineType
from services.compliance.law.domain.tables import allowance_of
from tests.unit.compliance.clocks.naive import ends
from tests.unit.compliance.clocks.started import a_clock, the_terms

ANSWER, ACKNOWLEDGEMENT, EXTENSION = DeadlineType.ANSWER, DeadlineType.ACKNOWLEDGEMENT, DeadlineType.EXTENSION
ACCESS, OPT_OUT, OBJECTION, COMPLAINT = (
    RequestType.ACCESS,
    RequestType.OPT_OUT,
    RequestType.OBJECTION,
    RequestType.COMPLAINT,
)


@pytest.mark.parametrize(
    ("country", "regime", "type", "deadline", "received", "last_day"),
    [
        # the end of a month: the same day number, clamped
        ("DE", None, ACCESS, ANSWER, date(2026, 1, 30), date(2026, 3, 2)),  # 28 February is a Saturday
        ("DE", None, ACCESS, ANSWER, date(2027, 1, 31), date(2027, 3, 1)),  # 28 February is a Sunday
        ("DE", None, ACCESS, ANSWER, date(2026, 3, 31), date(2026, 4, 30)),
        ("DE", None, ACCESS, EXTENSION, date(2026, 11, 30), date(2027, 3, 1)),  # three months: 28 February, a Sunday
        ("DE", None, ACCESS, EXTENSION, date(2026, 10, 31), date(2027, 2, 1)),  # 31 January is a Sunday
        # leap years
        ("DE", None, ACCESS, ANSWER, date(2028, 1, 31), date(2028, 2, 29)),
        ("DE", None, ACCESS, ANSWER, date(2024, 1, 30), date(2024, 2, 29)),
        ("NG", None, ACCESS, ANSWER, date(2028, 2, 29), date(2028, 3, 29)),
        # weekends and holidays
        ("DE", None, ACCESS, ANSWER, date(2026, 11, 25), date(2026, 12, 28)),  # Christmas on Friday, then the weekend
        ("DE", None, ACCESS, ANSWER, date(2026, 4, 1), date(2026, 5, 4)),  # Labour Day on Friday
        ("GB", None, ACCESS, ANSWER, date(2026, 11, 25), date(2026, 12, 29)),  # Boxing Day is moved to Monday
        # "+30 days" is no month, and is not moved to a working day
        ("SA", None, ACCESS, ANSWER, date(2026, 1, 30), date(2026, 3, 1)),
        ("SA", None, ACCESS, EXTENSION, date(2026, 1, 30), date(2026, 3, 31)),
        ("BR", None, ACCESS, ANSWER, date(2026, 2, 6), date(2026, 2, 21)),  # a Saturday
        ("BR", None, ACCESS, ACKNOWLEDGEMENT, date(2026, 2, 6), date(2026, 2, 6)),
        # working days, with China's working weekends around the Spring Festival
        (
            "CN",
            None,
            ACCESS,
            ANSWER,
            date(2026, 2, 9),
            date(2026, 3, 6),
        ),  # off from 15 to 23 February, Saturdays 14 and 28 worked
        (
            "RU",
            None,
            ACCESS,
            ANSWER,
            date(2026, 4, 27),
            date(2026, 5, 13),
        ),  # 1 and 9 May, the latter on Monday the 11th
        ("RU", None, ACCESS, EXTENSION, date(2026, 4, 27), date(2026, 5, 20)),
        ("US", Regime.CCPA, ACCESS, ACKNOWLEDGEMENT, date(2026, 11, 20), date(2026, 12, 7)),  # Thanksgiving
        ("US", Regime.CCPA, ACCESS, ANSWER, date(2026, 11, 20), date(2027, 1, 4)),
        ("US", Regime.CCPA, OPT_OUT, ANSWER, date(2026, 11, 20), date(2026, 12, 14)),
        ("VN", None, ACCESS, ACKNOWLEDGEMENT, date(2026, 4, 29), date(2026, 5, 5)),  # two holidays and a weekend
        ("VN", None, OBJECTION, ANSWER, date(2026, 6, 1), date(2026, 6, 16)),
        ("KZ", None, ACCESS, ANSWER, date(2026, 11, 26), date(2026, 12, 1)),
        ("IN", None, ACCESS, ANSWER, date(2027, 5, 13), date(2027, 8, 11)),
        ("GB", None, COMPLAINT, ACKNOWLEDGEMENT, date(2026, 6, 19), date(2026, 7, 19)),
    ],
)
def test_the_last_day(
    country: str,
    regime: Regime | None,
    type: RequestType,
    deadline: DeadlineType,
    received: date,
    last_day: date,
) -> None:
    clock = a_clock(country, _noon(received, country), type=type, regime=regime)
    assert explained(clock, deadline).last_day == last_day


def test_three_times_24_hours_do_not_care_about_days_off() -> None:
    clock = a_clock("ID", datetime(2026, 12, 24, 9, 30, tzinfo=UTC))
    assert explained(clock, ANSWER).due == datetime(2026, 12, 27, 9, 30, tzinfo=UTC)


def test_an_explanation_names_the_rule_its_version_and_what_was_counted() -> None:
    found = explained(a_clock("DE", datetime(2026, 11, 25, 12, tzinfo=UTC)), ANSWER)
    assert (found.rule, found.rule_version, found.time_zone) == ("gdpr/any/answer", 1, "Europe/Berlin")
    assert found.segments[-1].note == "2026-12-25 is Christmas Day"
    assert sum((one.counted for one in found.segments), timedelta()) == timedelta(days=30)


@pytest.mark.parametrize("received", [date(2026, 3, 28), date(2026, 10, 24)])
def test_a_day_of_a_clock_change_is_one_day_and_the_deadline_is_the_local_midnight(received: date) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    clock = a_clock("DE", datetime(received.year, received.month, received.day, 23, 59, tzinfo=berlin))
    due = explained(clock, ANSWER).due
    assert due is not None
    assert due.astimezone(berlin).timetz().replace(tzinfo=None).isoformat() == "00:00:00"
    assert due.astimezone(berlin).utcoffset() != clock.start_time.utcoffset()


@pytest.mark.parametrize("hour", [0, 9, 23])
@pytest.mark.parametrize("day", range(23, 30))  # from a Monday to a Sunday
def test_the_shortest_term_is_the_earliest_instant_and_not_the_smallest_number(day: int, hour: int) -> None:
    """3 working days have the smallest number; 72 hours end before them on every day of the week."""
    received = datetime(2026, 11, day, hour, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert the_terms("JP", ACCESS, received).regime is Regime.ID_PDP
    assert the_terms("JP", ACCESS, received.replace(year=2021)).regime is Regime.KZ_94V  # before Indonesia's law


instants = st.integers(0, 6 * 366 * 24 * 60).map(lambda one: datetime(2023, 10, 1, tzinfo=UTC) + timedelta(minutes=one))
# Countries without a law in the table; one has no list of holidays, others work on Sundays or change their clocks.
unmapped = st.sampled_from(["JP", "EG", "AU", "TR", "CA", "IL", "FO", "TJ"])


@given(country=unmapped, type=st.sampled_from(RequestType), received=instants)
@example(country="JP", type=ACCESS, received=datetime(2026, 4, 28, 9, tzinfo=UTC))
def test_an_unmapped_country_has_the_earliest_instant_of_all_laws(
    country: str, type: RequestType, received: datetime
) -> None:
    clock = a_clock(country, received, type=type)
    zone = clock.terms.calendar.time_zone
    on = received.astimezone(ZoneInfo(zone)).date()
    laws = [one for law in Regime if (one := _texts(law, type, on)) is not None]
    answer = min(ends(one["answer"], country, zone, received) for one in laws)
    acknowledge = [ends(one["acknowledge"], country, zone, received) for one in laws if one["acknowledge"]]
    expected = [*([min(acknowledge)] if acknowledge else []), answer]
    assert [one.due_time for one in clock.milestones] == expected
    assert clock.due_time == min(expected)


TERMS = [
    *("1 month rolled", "3 months rolled", "1 month", "0 days", "10 days", "15 days", "30 days", "45 days", "90 days"),
    *("2 working days", "3 working days", "10 working days", "15 working days", "72 hours"),
]
COUNTRIES = ["DE", "FR", "GB", "CN", "US", "BR", "SA", "IN", "VN", "ID", "RU", "NG", "KZ", "IE", "PT"]


@given(term=st.sampled_from(TERMS), country=st.sampled_from(COUNTRIES), received=instants)
def test_a_term_ends_where_a_walk_day_by_day_ends(term: str, country: str, received: datetime) -> None:
    calendar = the_terms(country, ACCESS, received).calendar
    due = due_at(Rule("term", 1, allowance_of(term)), calendar, start=received)
    assert due == ends(term, country, calendar.time_zone, received)


def _texts(law: Regime, type: RequestType, on: date) -> dict[str, str] | None:
    """The row of the table that applies, as text, read without the code that reads the table."""
    import csv
    from importlib.resources import files

    text = (files("services.compliance.clocks.domain") / "regimes.csv").read_text(encoding="utf-8")
    rows = [
        one for one in csv.DictReader(text.splitlines()) if one["regime"] == law.name and one["in_force"] <= str(on)
    ]
    own = [one for one in rows if one["type"] == type.name] or [one for one in rows if one["type"] == "ANY"]
    return max(own, key=lambda one: one["in_force"], default=None)


def _noon(day: date, country: str) -> datetime:
    calendar = the_terms(country, ACCESS, datetime(day.year, day.month, day.day, tzinfo=UTC)).calendar
    return datetime(day.year, day.month, day.day, 12, tzinfo=calendar.zone)
