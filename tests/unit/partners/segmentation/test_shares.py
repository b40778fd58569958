"""Shares, classes and the Lorenz curve against fractions that are computed another way, and the counts of a run."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.money import Money
from libs.segmentation.shares import basis_points
from services.partners.segmentation.domain.summary import SegmentClassChange, row_of, summary
from tests.unit.partners.segmentation.built import QUARTER, a_model, a_run, bands

EARLIER = date(2026, 1, 1)

revenues = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=4),
    st.one_of(st.none(), st.integers(-3, 8), st.integers(-(10**9), 10**15)),
    max_size=40,
)
uppers = st.sets(st.integers(1, 9_999), max_size=6).map(lambda found: (*sorted(found), 10_000))


def classes_by_hand(found: dict[str, int | None], bounds: tuple[int, ...]) -> dict[str, str]:
    """The class of each partner: of the fractions at which the bands end, how many are at or below what the larger
    partners, and those of the same size with a smaller id, make together."""
    ranked = {who: amount for who, amount in found.items() if amount is not None and amount > 0}
    whole = sum(ranked.values())
    classes = dict.fromkeys(found, "")
    for who, amount in ranked.items():
        above = sum(more for one, more in ranked.items() if more > amount or (more == amount and one < who))
        ended = sum(Fraction(above, whole) >= Fraction(bound, 10_000) for bound in bounds)
        classes[who] = "ABCDEFG"[ended]
    return classes


@given(revenues, uppers, st.integers(1, 7))
def test_classes_and_shares_are_those_of_exact_fractions(
    found: dict[str, int | None], bounds: tuple[int, ...], rows_per_page: int
) -> None:
    model = a_model(classes=bands(*bounds))
    run, rows = a_run(model, found, rows_per_page=rows_per_page)
    expected = classes_by_hand(found, bounds)
    assert {one.partner_id: one.class_code for one in rows} == expected
    ranked = {who: amount for who, amount in found.items() if amount is not None and amount > 0}
    whole = sum(ranked.values())
    told = summary(run, model)
    assert (told.partner_count, told.ranked_count, told.revenue) == (len(found), len(ranked), Money(whole, "EUR"))
    assert told.rate_unknown_count == sum(amount is None for amount in found.values())
    for one in told.classes:
        members = [who for who in ranked if expected[who] == one.class_code]
        amount = sum(ranked[who] for who in members)
        assert (one.partner_count, one.revenue.amount) == (len(members), amount)
        assert near(one.partner_basis_points, len(members), len(ranked))
        assert near(one.revenue_basis_points, amount, whole)
    for row in rows:
        shown, amount = row_of(run, row), ranked.get(row.partner_id, 0)
        upto = sum(m for w, m in ranked.items() if (-m, w) <= (-amount, row.partner_id)) if amount else 0
        assert near(shown.revenue_basis_points, amount, whole)
        assert near(shown.cumulated_basis_points, upto, whole)
        assert shown.rate_unknown is (found[row.partner_id] is None) is (shown.revenue is None)


@given(revenues, st.integers(1, 7))
def test_the_lorenz_curve_goes_through_what_the_smallest_partners_make(
    found: dict[str, int | None], rows_per_page: int
) -> None:
    model = a_model()
    run, _ = a_run(model, found, rows_per_page=rows_per_page)
    smallest = sorted(amount for amount in found.values() if amount is not None and amount > 0)
    points = summary(run, model).lorenz_points
    assert [one.partner_count for one in points] == ([*range(len(smallest) + 1)] if smallest else [])
    for one in points:
        assert near(one.partner_basis_points, one.partner_count, len(smallest))
        assert near(one.revenue_basis_points, sum(smallest[: one.partner_count]), sum(smallest))


@pytest.mark.parametrize("count", [100, 101, 250, 1_000])
def test_the_lorenz_curve_has_a_point_at_each_whole_percent(count: int) -> None:
    model = a_model()
    run, _ = a_run(model, {f"{place:04}": place + 1 for place in range(count)})
    points = summary(run, model).lorenz_points
    assert [one.partner_count for one in points] == [percent * count // 100 for percent in range(101)]
    assert [(points[place].partner_basis_points, points[place].revenue_basis_points) for place in (0, 100)] == [
        (0, 0),
        (10_000, 10_000),
    ]


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(0, 0, 0), (1, 3, 3_333), (2, 3, 6_667), (1, 20_000, 0), (3, 20_000, 2), (5, 20_000, 2), (7, 7, 10_000)],
)
def test_a_share_is_rounded_half_to_even(part: int, whole: int, shown: int) -> None:
    assert basis_points(part, whole) == shown


@pytest.mark.parametrize(
    ("found", "classes"),
    [
        ({"x": 100}, "A"),
        ({"x": 80, "y": 20}, "AB"),
        ({"x": 81, "y": 19}, "AB"),
        ({"x": 79, "y": 21}, "AA"),
        ({"x": 95, "y": 5}, "AC"),
        ({"p": 5, "q": 5, "r": 5, "s": 5, "t": 5}, "AAAAB"),
        ({"x": 5, "y": 0, "z": -1}, "A--"),
        ({"x": None, "y": 5}, "-A"),
        ({}, ""),
    ],
)
def test_the_class_is_the_band_in_which_a_share_begins(found: dict[str, int | None], classes: str) -> None:
    _, rows = a_run(a_model(), found)
    assert "".join(one.class_code or "-" for one in sorted(rows, key=lambda one: one.partner_id)) == classes


@given(revenues, revenues, st.integers(1, 7))
def test_moves_count_each_partner_whose_class_differs_once(
    before: dict[str, int | None], now: dict[str, int | None], rows_per_page: int
) -> None:
    model, bounds = a_model(), (8_000, 9_500, 10_000)
    first = a_run(model, before, quarter=EARLIER)
    assert (summary(first[0], model).class_changes, summary(first[0], model).previous_quarter) == ((), None)
    assert not any(one.moved for one in first[1])
    run, rows = a_run(model, now, previous=first, rows_per_page=rows_per_page)
    old, new = classes_by_hand(before, bounds), classes_by_hand(now, bounds)
    pairs = [(old.get(who, ""), new.get(who, "")) for who in {*old, *new}]
    expected = sorted({pair for pair in pairs if pair[0] != pair[1]})
    assert summary(run, model).class_changes == tuple(
        SegmentClassChange(from_class=one, to_class=other, partner_count=pairs.count((one, other)))
        for one, other in expected
    )
    assert {one.partner_id: (one.class_before, one.moved) for one in rows} == {
        who: (old.get(who, ""), old.get(who, "") != new[who]) for who in now
    }


def test_a_summary_names_what_is_done_and_shows_what_is_empty() -> None:
    model = a_model()
    run, _ = a_run(model, {"x": 10_000})
    told = summary(run, model)
    assert [(one.class_code, one.actions, one.partner_count) for one in told.classes] == [
        ("A", ("VISIT",), 1),
        ("B", (), 0),
        ("C", ("CALL", "MAIL"), 0),
    ]
    counts: list[Any] = [(one.life_cycle.name, one.partner_count, one.actions) for one in told.life_cycles]
    assert counts == [
        *(("NEW", 0, ()), ("GROWING", 0, ()), ("STABLE", 1, ())),
        *(("AT_RISK", 0, ()), ("LOST", 0, ("WIN_BACK",))),
    ]
    assert (told.first_day, told.last_day, told.quarter) == (date(2025, 7, 1), date(2026, 6, 30), QUARTER)


def near(shown: int, part: int, whole: int) -> bool:
    """Whether a share is rounded to the next basis point."""
    exact = Fraction(10_000 * part, whole) if whole else Fraction()
    return abs(shown - exact) < Fraction(1, 2) or (abs(shown - exact) == Fraction(1, 2) and shown % 2 == 0)
