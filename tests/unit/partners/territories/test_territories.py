"""Exclusive rights never overlap another right: against an oracle that counts places, product lines and days."""

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.errors import InvalidInput
from services.partners.territories.domain import (
    GRANTS_PER_COUNTRY,
    GrantEnded,
    GrantTotals,
    TerritoryGrant,
    TerritoryTaken,
    TooManyGrants,
    day_violations,
    excluded,
    granted,
    overlap,
    revoke,
)
from services.partners.territories.events import TerritoryGranted, TerritoryRevoked
from tests.builders import NOW, an_id

FIRST = date(2026, 1, 1)
TODAY = NOW.date()
COUNTRIES, PLACES, LINES, DAYS = ("DE", "FR"), ("BY", "BE"), ("ROUTERS", "PUMPS"), 6
TOTALS = GrantTotals(id="DE")


def test_a_right_begins_on_a_day_that_stands_for_one() -> None:
    assert [(one.field, one.reason) for one in day_violations(date(1, 1, 1), None)] == [("valid_from", "OUT_OF_RANGE")]
    assert day_violations(date(1970, 1, 2), None) == []


def a_grant(number: int = 1, **fields: object) -> TerritoryGrant:
    """The whole of Germany and every product line, from the first day on."""
    grant = TerritoryGrant(
        id=an_id("trr", number),
        partner_id=an_id("ptn", number),
        country="DE",
        valid_from=FIRST,
        create_time=NOW,
        update_time=NOW,
    )
    return granted(replace(grant, **fields), TOTALS)[0]


@st.composite
def _grants(draw: st.DrawFn) -> TerritoryGrant:
    begin = draw(st.integers(0, DAYS - 1))
    end = draw(st.none() | st.integers(begin, DAYS - 1))
    return a_grant(
        country=draw(st.sampled_from(COUNTRIES)),
        subdivision=draw(st.sampled_from(("", *PLACES))),
        product_line=draw(st.sampled_from(("", *LINES))),
        exclusive=draw(st.booleans()),
        valid_from=FIRST + timedelta(days=begin),
        valid_until=None if end is None else FIRST + timedelta(days=end),
    )


def _cells(grant: TerritoryGrant) -> set[tuple[str, str, str, date]]:
    """Everything a grant allows, one by one; an unnamed place and line stand for what nobody names."""
    places = [grant.subdivision] if grant.subdivision else [*PLACES, "elsewhere"]
    lines = [grant.product_line] if grant.product_line else [*LINES, "something else"]
    days = [FIRST + timedelta(days=day) for day in range(DAYS)]
    return set(product([grant.country], places, lines, [day for day in days if grant.holds(day)]))


@given(_grants(), _grants())
def test_two_grants_overlap_when_one_place_line_and_day_is_in_both(one: TerritoryGrant, other: TerritoryGrant) -> None:
    together = bool(_cells(one) & _cells(other))
    assert overlap(one, other) is overlap(other, one) is together
    assert excluded(one, other) is (together and (one.exclusive or other.exclusive))


@given(_grants(), _grants(), st.integers(0, DAYS - 1), st.integers(0, DAYS - 1))
def test_a_revoked_grant_is_in_the_way_of_nobody_after_its_last_day(
    one: TerritoryGrant, other: TerritoryGrant, today: int, last: int
) -> None:
    day = FIRST + timedelta(days=last)
    try:
        ended, _ = revoke(one, day, today=FIRST + timedelta(days=today), now=NOW)
    except (InvalidInput, GrantEnded):
        return
    assert _cells(ended) == {cell for cell in _cells(one) if cell[3] <= day}
    assert overlap(ended, other) is bool(_cells(ended) & _cells(other))


def test_a_grant_is_told_as_it_is() -> None:
    grant, totals, event = granted(replace(a_grant(), exclusive=True, valid_until=TODAY), TOTALS)
    assert totals == GrantTotals(id="DE", grants=1)
    assert grant.ends == TODAY
    assert event == TerritoryGranted(
        territory_id=grant.id,
        partner_id=grant.partner_id,
        country="DE",
        subdivision="",
        product_line="",
        exclusive=True,
        valid_from=FIRST,
        valid_until=TODAY,
    )


def test_the_last_day_is_not_before_the_first() -> None:
    assert [one[::2] for one in day_violations(FIRST, FIRST - timedelta(days=1))] == [
        ("valid_until", "DATES_OUT_OF_ORDER")
    ]
    assert day_violations(FIRST, FIRST) == day_violations(FIRST, None) == []


def test_a_country_has_room_for_so_many_grants() -> None:
    with pytest.raises(TooManyGrants):
        granted(a_grant(), GrantTotals(id="DE", grants=GRANTS_PER_COUNTRY))


def test_revocation_without_a_day_ends_a_grant_today() -> None:
    grant = a_grant()
    ended, event = revoke(grant, None, today=TODAY, now=NOW)
    assert ended == replace(grant, valid_until=TODAY, ends=TODAY, revoke_time=NOW, update_time=NOW)
    assert isinstance(event, TerritoryRevoked)
    assert event.valid_until == TODAY


@pytest.mark.parametrize(
    ("day", "reason"), [(TODAY - timedelta(days=1), "IN_THE_PAST"), (TODAY + timedelta(days=9), "AFTER_THE_END")]
)
def test_a_grant_ends_between_today_and_its_present_end(day: date, reason: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        revoke(a_grant(valid_until=TODAY + timedelta(days=8)), day, today=TODAY, now=NOW)
    assert refused.value.violations[0][::2] == ("valid_until", reason)


def test_a_revoked_grant_may_end_sooner_until_it_has_ended() -> None:
    later, sooner = TODAY + timedelta(days=9), TODAY + timedelta(days=2)
    once, _ = revoke(a_grant(), later, today=TODAY, now=NOW)
    twice, _ = revoke(once, sooner, today=TODAY, now=NOW)
    assert twice.ends == sooner
    with pytest.raises(GrantEnded):
        revoke(twice, None, today=sooner, now=NOW)
    with pytest.raises(GrantEnded):
        revoke(twice, None, today=later, now=NOW)


def test_a_grant_revoked_before_it_begins_never_holds() -> None:
    ended, _ = revoke(a_grant(valid_from=TODAY + timedelta(days=5)), None, today=TODAY, now=NOW)
    assert not any(ended.holds(TODAY + timedelta(days=day)) for day in range(10))
    assert not overlap(ended, a_grant(2, exclusive=True))


def test_the_grant_in_the_way_is_named() -> None:
    taken = TerritoryTaken(a_grant(exclusive=True, subdivision="BY", product_line="PUMPS", valid_until=TODAY))
    assert taken.metadata == {"id": an_id("trr"), "exclusive": "True"}
    assert "DE-BY, PUMPS, from 2026-01-01 until 2026-03-02" in taken.message
