"""Every split is whole, no row changes, and what a partner is told of itself is the truth on every day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.errors import InvalidInput
from services.deals.split.domain import (
    REVISIONS,
    WHOLE,
    CreditPart,
    CreditRole,
    CreditRolePart,
    CreditSplit,
    CreditSplitReason,
    TooManyRevisions,
    added,
    concerned,
    current,
    own_parts,
    refuse_wrong,
)
from tests.builders import NOW, an_id

FIRST = date(2026, 1, 1)
PARTNERS = [an_id("ptn", number) for number in range(3)]


@st.composite
def wholes(draw: st.DrawFn) -> tuple[CreditPart, ...]:
    """Shares that sum to the whole."""
    keys = draw(
        st.lists(st.tuples(st.sampled_from(PARTNERS), st.sampled_from(CreditRole)), min_size=1, max_size=4, unique=True)
    )
    cuts = sorted(draw(st.lists(st.integers(1, 4), min_size=len(keys) - 1, max_size=len(keys) - 1, unique=True)))
    edges = [0, *(cut * 2_000 for cut in cuts), WHOLE]
    return tuple(
        CreditPart(partner_id=partner, role=role, basis_points=after - before)
        for (partner, role), before, after in zip(keys, edges, edges[1:], strict=False)
    )


def row(split: CreditSplit, parts: tuple[CreditPart, ...], day: int) -> CreditSplit:
    """The split with a further row."""
    effective = FIRST + timedelta(days=day)
    return added(split, parts, effective=effective, reason=CreditSplitReason.AGREED, now=NOW)


@given(st.lists(st.tuples(wholes(), st.integers(0, 6)), min_size=1, max_size=6))
def test_the_rows_of_a_partner_say_on_every_day_what_the_whole_split_says(
    acts: list[tuple[tuple[CreditPart, ...], int]],
) -> None:
    split = CreditSplit(id=an_id("reg"))
    told: dict[str, list[tuple[date, tuple[CreditRolePart, ...]]]] = {one: [] for one in PARTNERS}
    for parts, day in acts:
        refuse_wrong(parts, FIRST)
        before, split = split, row(split, parts, day)
        assert split.rows[: len(before.rows)] == before.rows
        if split is before:
            continue
        last = split.rows[-1]
        for one in concerned(before, split):
            told[one].append((last.effective_date, own_parts(last, one)))
        for day_after in range(8):
            on = FIRST + timedelta(days=day_after)
            counts = current(split, on)
            assert counts is None or sum(part.basis_points for part in counts.parts) == WHOLE
            for one in PARTNERS:
                own = next((its for since, its in reversed(told[one]) if since <= on), ())
                assert own == own_parts(counts, one)


@given(st.lists(wholes(), min_size=2, max_size=2))
def test_a_partner_whose_part_stays_is_told_nothing(both: list[tuple[CreditPart, ...]]) -> None:
    before = row(CreditSplit(id=an_id("reg")), both[0], 0)
    after = row(before, both[1], 3)
    told = set(concerned(before, after)) if after is not before else set()
    for one in PARTNERS:
        assert (one in told) == (own_parts(before.rows[-1], one) != own_parts(after.rows[-1], one))


def test_shares_that_are_not_whole_or_repeated_are_refused_together() -> None:
    part = CreditPart(partner_id=PARTNERS[0], role=CreditRole.SOLD, basis_points=4_999)
    with pytest.raises(InvalidInput) as refused:
        refuse_wrong((part, part), date(1970, 1, 1))
    assert [(one.field, one.reason) for one in refused.value.violations] == [
        ("effective_date", "OUT_OF_RANGE"),
        ("parts", "NOT_WHOLE"),
        ("parts[1]", "REPEATED"),
    ]


def test_a_split_has_an_end() -> None:
    split = CreditSplit(id=an_id("reg"))
    parts = (CreditPart(partner_id=PARTNERS[0], role=CreditRole.SOLD, basis_points=WHOLE),)
    for day in range(REVISIONS):
        split = row(split, parts, day)
    assert row(split, parts, REVISIONS - 1) is split
    with pytest.raises(TooManyRevisions):
        row(split, parts, 0)
