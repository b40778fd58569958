"""What a model must say, and the quarters to which it can apply."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from libs.quarters import (
    last_day_of,
    months_after,
    next_quarter,
    quarter_of,
    quarter_violations,
    quarters_until,
    settled_at,
)
from services.partners.scorecard.domain.model import (
    DimensionSource,
    PeerKey,
    RatedAspect,
    ScorecardDimension,
    ScorecardModel,
    downline_violations,
    model_violations,
)
from tests.unit.partners.scorecard.built import QUARTER, a_model, conversion, dimension, revenue

TODAY = date(2026, 3, 2)


def wrong(model: ScorecardModel) -> list[tuple[str, str]]:
    """The field and reason of each violation."""
    return [(one.field, one.reason) for one in model_violations(model)]


def rated(**fields: Any) -> ScorecardDimension:
    """A rating of the partner's willingness."""
    given = {"source": DimensionSource.RATING, "metric": None, "aspect": RatedAspect.WILLINGNESS, "target": "100"}
    return dimension("WILLING", **{**given, **fields})


@pytest.mark.parametrize(
    ("model", "found"),
    [
        (a_model(), []),
        (a_model(dimension("A", 5_000), rated(weight=5_000)), []),
        (a_model(dimension("A", 5_000), dimension("B", 4_999)), [("dimensions", "WEIGHTS_NOT_WHOLE")]),
        (a_model(dimension("A", 5_000), dimension("A", 5_000)), [("dimensions", "REPEATED")]),
        (a_model(peer_keys=(PeerKey.TIER, PeerKey.TIER)), [("peer_keys", "REPEATED")]),
        (a_model(dimension(target="0.0")), [("dimensions[0].target", "SCALE_EMPTY")]),
        (a_model(dimension(metric=None)), [("dimensions[0].metric", "MISSING")]),
        (a_model(dimension(track="BASE")), [("dimensions[0].track", "NOT_APPLICABLE")]),
        (a_model(rated(product_line="BIKES")), [("dimensions[0].product_line", "NOT_APPLICABLE")]),
        (a_model(dimension(minimum=1)), [("dimensions[0].minimum", "NOT_APPLICABLE")]),
        (a_model(conversion(minimum=1)), []),
        (
            a_model(conversion(zero_without_documents=True)),
            [("dimensions[0].zero_without_documents", "NOT_APPLICABLE")],
        ),
        (a_model(revenue(), currency="", rate_source=""), [("currency", "MISSING"), ("rate_source", "MISSING")]),
        (a_model(currency="XXQ"), [("currency", "UNKNOWN_CURRENCY")]),
    ],
)
def test_everything_that_is_wrong_with_a_model_is_named(model: ScorecardModel, found: list[tuple[str, str]]) -> None:
    assert wrong(model) == found


def test_the_downline_is_judged_by_a_model_that_does_not_take_the_downline() -> None:
    def of(code: str, below: str) -> ScorecardModel:
        one = dimension(source=DimensionSource.DOWNLINE_SCORE, metric=None, downline_model=below)
        return a_model(one, code=code)

    plain, above = a_model(), of("DISTRIBUTORS", "RESELLERS")
    assert wrong(of("DISTRIBUTORS", "DISTRIBUTORS")) == [("dimensions[0].downline_model", "ITSELF")]
    assert [one.reason for one in downline_violations(above, [plain])] == []
    assert [one.reason for one in downline_violations(above, [])] == ["UNKNOWN_MODEL"]
    assert [one.reason for one in downline_violations(of("TOP", "DISTRIBUTORS"), [plain, above])] == [
        "DOWNLINE_OF_DOWNLINE"
    ]
    circle = replace(above, code="RESELLERS", dimensions=of("RESELLERS", "OTHERS").dimensions)
    assert [one.reason for one in downline_violations(circle, [above, replace(plain, code="OTHERS")])] == [
        "DOWNLINE_OF_DOWNLINE"
    ]


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        (date(2026, 1, 1), date(2026, 1, 1), date(2026, 3, 31)),
        (date(2024, 2, 29), date(2024, 1, 1), date(2024, 3, 31)),
        (date(2026, 6, 30), date(2026, 4, 1), date(2026, 6, 30)),
        (date(2026, 7, 1), date(2026, 7, 1), date(2026, 9, 30)),
        (date(2026, 12, 31), date(2026, 10, 1), date(2026, 12, 31)),
    ],
)
def test_a_quarter_has_three_months(day: date, first: date, last: date) -> None:
    assert (quarter_of(day), last_day_of(first)) == (first, last)
    assert quarter_of(next_quarter(first)) == next_quarter(first)
    assert [one.reason for one in quarter_violations("quarter", day)] == ([] if day == first else ["NOT_A_QUARTER"])


def test_months_are_counted_across_years() -> None:
    assert [months_after(date(2026, 2, 28), count) for count in (-14, -2, 0, 10, 11)] == [
        *(date(2024, 12, 1), date(2025, 12, 1), date(2026, 2, 1), date(2026, 12, 1), date(2027, 1, 1)),
    ]


@pytest.mark.parametrize(
    ("zone", "days", "instant"),
    [
        ("Europe/Berlin", 0, datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ("Europe/Berlin", 10, datetime(2026, 7, 10, 22, tzinfo=UTC)),
        ("Pacific/Auckland", 0, datetime(2026, 6, 30, 12, tzinfo=UTC)),
        ("America/Los_Angeles", 0, datetime(2026, 7, 1, 7, tzinfo=UTC)),
    ],
)
def test_a_quarter_is_settled_days_after_its_end_on_the_partners_calendar(
    zone: str, days: int, instant: datetime
) -> None:
    assert settled_at(QUARTER, days, zone) == instant


def test_runs_are_opened_for_quarters_that_have_ended() -> None:
    assert quarters_until(QUARTER, date(2026, 6, 30)) == ()
    assert quarters_until(QUARTER, date(2026, 7, 1)) == (QUARTER,)
    assert quarters_until(date(9999, 10, 1), date(2026, 7, 1)) == ()
    assert len(quarters_until(date(2020, 1, 1), date(2026, 7, 1))) == 8
