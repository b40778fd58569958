"""In which zone a country counts its hours."""

from zoneinfo import available_timezones

import pytest

from libs.country import known_countries, time_zone_of


@pytest.mark.parametrize(
    ("country", "cell", "zone"),
    [
        ("NG", "UTC", "Africa/Lagos"),
        ("NG", "Europe/Berlin", "Africa/Lagos"),
        ("DE", "UTC", "Europe/Berlin"),
        ("CN", "UTC", "Asia/Shanghai"),
        ("CN", "Asia/Urumqi", "Asia/Urumqi"),
        ("BR", "America/Manaus", "America/Manaus"),
        ("BR", "UTC", "UTC"),
        ("XQ", "UTC", "UTC"),
    ],
)
def test_the_cells_zone_counts_where_it_is_one_of_the_countrys_or_no_other_is_better(
    country: str, cell: str, zone: str
) -> None:
    assert time_zone_of(country, cell) == zone


def test_every_country_has_a_zone_that_exists() -> None:
    known = available_timezones()
    assert {country for country in known_countries() if time_zone_of(country, "UTC") not in known} == set()
