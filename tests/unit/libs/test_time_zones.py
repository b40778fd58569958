"""In which zone a country counts its hours."""

from zoneinfo import available_timezones

import pytest
from babel.core import get_global

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
        ("BR", "UTC", "America/Sao_Paulo"),
        ("US", "Europe/Berlin", "America/New_York"),
        ("US", "US/Pacific", "US/Pacific"),
        ("CA", "UTC", "America/Toronto"),
        ("AU", "UTC", "Australia/Sydney"),
        ("MX", "UTC", "America/Mexico_City"),
        ("RU", "UTC", "Europe/Moscow"),
        ("AR", "UTC", "America/Argentina/Buenos_Aires"),
        ("ID", "UTC", "Asia/Jakarta"),
        ("KZ", "UTC", "Asia/Almaty"),
        ("XK", "UTC", "Europe/Belgrade"),
        ("BV", "UTC", "UTC"),
        ("XQ", "UTC", "UTC"),
    ],
)
def test_the_cells_zone_counts_where_it_is_one_of_the_countrys_else_its_only_or_main_one(
    country: str, cell: str, zone: str
) -> None:
    assert time_zone_of(country, cell) == zone


def test_every_country_has_a_zone_of_its_own_whatever_the_cells() -> None:
    own = {country: set(get_global("territory_zones").get(country, [])) for country in known_countries()}
    chosen = {country: time_zone_of(country, "Etc/GMT+12") for country in known_countries()}
    foreign = {country: zone for country, zone in chosen.items() if zone not in own[country]}
    uninhabited = {"BV": "Etc/GMT+12", "HM": "Etc/GMT+12"}
    assert foreign == {**uninhabited, "XK": "Europe/Belgrade"}  # CLDR lists no zone for these
    assert set(chosen.values()) <= available_timezones()
