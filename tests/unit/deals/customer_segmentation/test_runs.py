"""Classes, shares, the Lorenz curve and moves, against a computation with exact fractions over all rows at once."""

from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.deals.customer_segmentation.domain.rule import rule_violations
from services.deals.customer_segmentation.domain.shown import explained, summary
from tests.builders import an_id
from tests.unit.deals.customer_segmentation.built import CLASSES, a_rule, a_run

NEXT = date(2026, 7, 1)
REVENUES = st.dictionaries(
    st.integers(1, 40).map(lambda n: an_id("cus", n)), st.none() | st.integers(-50, 900), max_size=25
)


def classes_of(revenues: dict[str, int | None]) -> dict[str, str]:
    """The class of each customer: the band in which the share of those before it lies."""
    ranked = sorted(((-one, key) for key, one in revenues.items() if one is not None and one > 0))
    whole, before, found = -sum(one for one, _ in ranked), 0, dict.fromkeys(revenues, "")
    for negated, key in ranked:
        share = Fraction(before, whole)
        found[key] = "A" if share < Fraction(8, 10) else "B" if share < Fraction(95, 100) else "C"
        before -= negated
    return found


@given(REVENUES, REVENUES, st.integers(1, 7))
def test_classes_and_moves_are_those_of_all_rows_at_once(
    first: dict[str, int | None], second: dict[str, int | None], rows_per_page: int
) -> None:
    rule = a_rule()
    before = a_run(rule, first, rows_per_page=rows_per_page)
    run, rows = a_run(rule, second, quarter=NEXT, previous=before, rows_per_page=rows_per_page)
    was, now = classes_of(first), classes_of(second)
    assert {one.customer_id: (one.class_code, one.class_before, one.moved) for one in rows} == {
        key: (code, was.get(key, ""), code != was.get(key, "")) for key, code in now.items()
    }
    told = summary(run, rule)
    ranked = {key: one for key, one in second.items() if one is not None and one > 0}
    assert (told.customer_count, told.ranked_count, told.revenue.amount) == (
        len(second),
        len(ranked),
        sum(ranked.values()),
    )
    assert told.unknown_count == sum(one is None for one in second.values())
    for shown, code in zip(told.classes, "ABC", strict=True):
        own = [one for key, one in ranked.items() if now[key] == code]
        assert (shown.customer_count, shown.revenue.amount) == (len(own), sum(own))
    pairs = [(was.get(key, ""), now.get(key, "")) for key in {*was, *now}]
    moves = sorted({pair for pair in pairs if pair[0] != pair[1]})
    assert [(one.from_class, one.to_class, one.customer_count) for one in told.class_changes] == [
        (*pair, pairs.count(pair)) for pair in moves
    ]
    smallest = sorted(ranked.values())
    for point in told.lorenz_points:
        assert point.revenue_basis_points == round(
            Fraction(sum(smallest[: point.customer_count]) * 10_000, sum(smallest))
        )
    cumulated = [explained(run, rule, one).cumulated_basis_points for one in rows if one.class_code]
    assert cumulated == sorted(cumulated)
    assert not cumulated or cumulated[-1] == 10_000


def test_everything_that_is_wrong_with_a_rule_is_named() -> None:
    wrong = a_rule(currency="XXQ", classes=(CLASSES[0], CLASSES[0]), window_months=6)
    assert [one.reason for one in rule_violations(wrong)] == [
        "UNKNOWN_CURRENCY",
        "REPEATED",
        "BANDS_OVERLAP",
        "BANDS_GAP",
        "NOT_BELOW_WINDOW",
    ]
    assert not [*rule_violations(a_rule())]
