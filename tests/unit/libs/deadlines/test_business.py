"""The calendar that services promise by: that of a country, in the zone where its hours count."""

import pytest

from libs.deadlines import OFFICE_HOURS, Calendar, Hours, business_calendar, national_calendar

WEEK = (*[OFFICE_HOURS] * 5, (), ())


@pytest.mark.parametrize(
    ("country", "cell_zone", "zone"),
    [("DE", "Europe/Berlin", "Europe/Berlin"), ("NG", "Europe/Berlin", "Africa/Lagos"), ("SA", "UTC", "Asia/Riyadh")],
)
def test_a_country_works_its_own_week_in_its_own_zone(country: str, cell_zone: str, zone: str) -> None:
    assert business_calendar(country, cell_zone) == national_calendar(country, zone)


def test_where_no_holidays_are_known_monday_to_friday_are_worked() -> None:
    found = business_calendar("XQ", "Europe/Berlin")
    assert found == Calendar(id="weekdays", version=1, time_zone="Europe/Berlin", weekly=WEEK)


def test_hours_are_those_asked_for() -> None:
    early = (Hours(8 * 60, 12 * 60),)
    assert business_calendar("DE", "UTC", early).weekly == (*[early] * 5, (), ())
    assert business_calendar("XQ", "UTC", early).weekly == (*[early] * 5, (), ())
