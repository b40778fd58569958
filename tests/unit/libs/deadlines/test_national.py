"""Holidays and make-up days are those of the country, by year, part and language."""

import csv
import subprocess
import sys
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

from libs.deadlines import HolidaysUnknown, national_calendar
from libs.deadlines.national import NationalDays, edition, national_days, weekend_of

DATA = Path(__file__).parents[5] / "shared" / "data" / "holidays.csv"
YEARS = (2024, 2025, 2026)


def listed() -> dict[tuple[str, int], NationalDays]:
    """The rows of the data set, by country and year."""
    holidays: dict[tuple[str, int], dict[date, str]] = defaultdict(dict)
    workdays: dict[tuple[str, int], set[date]] = defaultdict(set)
    with DATA.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            day = date.fromisoformat(row["date"])
            if row["kind"] == "holiday":
                holidays[row["country"], day.year][day] = row["name_en"]
            else:
                workdays[row["country"], day.year].add(day)
    return {key: NationalDays(holidays[key], frozenset(workdays[key])) for key in holidays}


@pytest.mark.skipif(not DATA.exists(), reason="the DATA folder with holidays.csv is not here")
def test_holidays_and_make_up_days_are_those_of_the_data_set() -> None:
    expected = listed()
    assert {key[0] for key in expected} >= {"DE", "CN", "NG", "SA"}
    found = {(country, year): national_days(country, "", "en_US", year) for country, year in expected}
    assert found == expected


def test_china_works_some_weekends_for_its_long_holidays() -> None:
    assert national_days("CN", "", "en_US", 2025).workdays == {
        date(2025, 1, 26), date(2025, 2, 8), date(2025, 4, 27), date(2025, 9, 28), date(2025, 10, 11),
    }  # fmt: skip


def test_a_subdivision_has_holidays_of_its_own() -> None:
    epiphany = date(2026, 1, 6)
    assert epiphany not in national_days("DE", "", "en_US", 2026).holidays
    assert national_days("DE", "BY", "en_US", 2026).holidays[epiphany] == "Epiphany"


def test_names_come_in_the_language_asked_for_or_else_in_the_country_s_own() -> None:
    names = {
        language: national_days("DE", "", language, 2026).holidays[date(2026, 10, 3)]
        for language in ("de", "de-AT", "en", "en-US", "en_US", "xx", "")
    }
    german, english = "Tag der Deutschen Einheit", "German Unity Day"
    assert names == {
        "de": german, "de-AT": german, "en": english, "en-US": english, "en_US": english, "xx": german, "": german,
    }  # fmt: skip
    assert national_days("NG", "", "en", 2026).holidays[date(2026, 10, 1)] == "National Day"


def test_the_language_of_the_machine_does_not_matter() -> None:
    program = """
from datetime import date
from libs.deadlines.national import national_days
print(national_days("DE", "", "xx", 2026).holidays[date(2026, 10, 3)])
"""
    there = subprocess.run(
        [sys.executable, "-c", program], env={"LANGUAGE": "th"}, capture_output=True, text=True, check=True, timeout=30
    )
    assert there.stdout == "Tag der Deutschen Einheit\n"


def test_the_weekend_is_the_country_s() -> None:
    assert {country: weekend_of(country) for country in ("DE", "CN", "SA", "IR")} == {
        "DE": {5, 6}, "CN": {5, 6}, "SA": {4, 5}, "IR": {4},
    }  # fmt: skip


def test_a_country_or_part_without_a_list_is_refused() -> None:
    for country, subdivision in (("QQ", ""), ("DE", "ZZ")):
        with pytest.raises(HolidaysUnknown) as refused:
            national_days(country, subdivision, "en_US", 2026)
        assert refused.value.metadata == {"country": country, "subdivision": subdivision}
    with pytest.raises(HolidaysUnknown):
        national_calendar("QQ", "UTC")


def test_a_country_with_short_lists_has_its_fixed_holidays_in_other_years() -> None:
    republic = date(2050, 1, 26)
    assert republic in national_days("IN", "", "en", republic.year).holidays


def test_the_edition_of_the_list_is_known() -> None:
    name, _, number = edition().partition(" ")
    assert (name, number.split(".")[0].isdigit()) == ("holidays", True)
