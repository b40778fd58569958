"""Every fault of a programme is named at once, and a programme without one is accepted."""

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from libs.money import Money
from services.partners.program.domain.program import (
    ProgramContent,
    ProgramLevel,
    RateBasis,
    Requirement,
    WindowType,
)
from services.partners.program.domain.rules import content_violations, publication_violations
from services.partners.program.reads import MEASURES
from tests.unit.partners.program.built import BASIC, GOLD, SILVER, TODAY, content, level, need, program

DAY = timedelta(days=1)


def faults(said: ProgramContent) -> list[tuple[str, str]]:
    """Field and reason of every fault."""
    found = content_violations(said, measures=MEASURES, tracks={"FW"})
    return [(one.field, one.reason) for one in found]


def of_one(*needs: Requirement) -> list[tuple[str, str]]:
    """The faults of a programme whose second level has these requirements, without their path."""
    found = faults(content(BASIC, level("SILVER", 2, *needs)))
    return [(field.rpartition(".")[2], reason) for field, reason in found]


def test_a_right_programme_has_no_fault() -> None:
    certified = Requirement(metric="CERTIFIED_PERSONS", comparison=need().comparison, threshold="2", track="FW")
    rolling = need("SATISFACTION", "4.2", window=WindowType.ROLLING_MONTHS, months=12, minimum_data=10)
    assert faults(content(BASIC, level("SILVER", 2, certified, rolling, need("DISCOUNT", "0.1", currency="EUR")))) == []


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ((level("SILVER", 2, need()),), [("levels", "NO_ENTRY_LEVEL"), ("levels", "RANK_GAP")]),
        ((level("BASIC", 1, need()),), [("levels", "NO_ENTRY_LEVEL")]),
        ((BASIC, replace(SILVER, rank=1)), [("levels[1].rank", "DUPLICATE_RANK")]),
        ((BASIC, replace(SILVER, code="BASIC")), [("levels[1].code", "DUPLICATE_LEVEL")]),
        ((BASIC, GOLD), [("levels", "RANK_GAP")]),
        ((BASIC, level("SILVER", 2)), [("levels[1].groups", "REQUIRED")]),
        (
            (BASIC, level("SILVER", 2, need(), credit_proposal=Money.of(-1, "EUR"))),
            [("levels[1].benefits.credit_proposal", "BAD_AMOUNT")],
        ),
        ((BASIC, level("SILVER", 2, *[need()] * 61)), [("levels", "TOO_MANY")]),
    ],
)
def test_levels_have_ranks_from_one_and_requirements_above(
    levels: tuple[ProgramLevel, ...], expected: list[tuple[str, str]]
) -> None:
    assert faults(content(*levels)) == expected


def test_no_levels_is_a_fault() -> None:
    assert faults(replace(content(), levels=())) == [("levels", "NO_ENTRY_LEVEL")]


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (need("SMILES", "3"), [("metric", "UNKNOWN_METRIC")]),
        (need(currency=""), [("currency", "REQUIRED")]),
        (need(currency="DEM"), [("currency", "UNKNOWN_CURRENCY")]),
        (need("ORDERS", "3", currency="EUR"), [("currency", "NOT_ALLOWED")]),
        (need("ORDERS", "3", track="FW"), [("track", "NOT_ALLOWED")]),
        (need("ORDERS", "3", minimum_data=3), [("minimum_data", "NOT_ALLOWED")]),
        (need(window=None), [("window", "REQUIRED")]),
        (need(months=3), [("months", "NOT_ALLOWED")]),
        (need(window=WindowType.ROLLING_MONTHS), [("months", "REQUIRED")]),
        (need("CERTIFIED_PERSONS", "3"), [("track", "REQUIRED"), ("window", "NOT_ALLOWED")]),
        (
            need("DOWNLINE_SATISFACTION", "4", minimum_data=15, product_line="X", downline=True),
            [("product_line", "NOT_ALLOWED"), ("downline", "NOT_ALLOWED")],
        ),
        (need("VIOLATION_POINTS", "3", track="FW"), [("track", "NOT_ALLOWED"), ("window", "NOT_ALLOWED")]),
        (
            need("CERTIFIED_PERSONS", "3", track="NONE", window=None, product_line="X", downline=True),
            [("product_line", "NOT_ALLOWED"), ("downline", "NOT_ALLOWED"), ("track", "UNKNOWN_TRACK")],
        ),
    ],
)
def test_a_requirement_fits_its_metric(wrong: Requirement, expected: list[tuple[str, str]]) -> None:
    assert of_one(wrong) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"rate_source": "ecb"}, [("rate_basis", "REQUIRED")]),
        ({"rate_basis": RateBasis.MONTH_AVERAGE}, [("rate_basis", "NOT_ALLOWED")]),
        ({"rate_source": "ecb", "rate_basis": RateBasis.PLAN}, [("plan_rate_day", "REQUIRED")]),
        (
            {"rate_source": "ecb", "rate_basis": RateBasis.MONTH_AVERAGE, "plan_rate_day": TODAY},
            [("plan_rate_day", "NOT_ALLOWED")],
        ),
    ],
)
def test_rates_are_of_one_basis(fields: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert faults(content(**fields)) == expected


def test_thresholds_in_two_currencies_need_rates() -> None:
    two = (BASIC, level("SILVER", 2, need(), need(currency="USD")))
    assert faults(content(*two)) == [("rate_source", "REQUIRED")]
    assert faults(content(*two, rate_source="ecb", rate_basis=RateBasis.MONTH_AVERAGE)) == []


@pytest.mark.parametrize(
    ("notice", "previous_notice", "day", "is_right"),
    [
        (0, None, TODAY, True),
        (0, None, TODAY - DAY, False),
        (30, None, TODAY + 29 * DAY, False),
        (30, None, TODAY + 30 * DAY, True),
        (0, 30, TODAY + 29 * DAY, False),
        (0, 30, TODAY + 30 * DAY, True),
        (0, 0, TODAY, False),  # the day of the version before
        (0, 0, TODAY + DAY, True),
    ],
)
def test_a_version_applies_after_its_notice_and_that_of_the_one_before(
    notice: int, previous_notice: int | None, day: date, is_right: bool
) -> None:
    previous = None if previous_notice is None else program(notice_days=previous_notice)
    draft = program(number=2, notice_days=notice, effective_day=day)
    found = [*publication_violations(draft, previous=previous, today=TODAY, quoted=())]
    assert [one.reason for one in found] == ([] if is_right else ["EFFECTIVE_TOO_SOON"])


def test_a_currency_without_a_rate_stops_the_publication() -> None:
    draft = program(rate_source="ecb", rate_basis=RateBasis.MONTH_AVERAGE)
    for quoted, expected in (((), ["RATE_UNKNOWN"]), (("EUR",), [])):
        found = publication_violations(draft, previous=None, today=TODAY, quoted=quoted)
        assert [one.reason for one in found] == expected
