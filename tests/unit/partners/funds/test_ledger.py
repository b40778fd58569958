"""The ledger against plain integers: entries explain every total, and nobody reserves what is not there."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.money import Money, minor_digits
from services.partners.funds.domain.ledger import FundEntry, FundExhausted, Posting, booked, post
from services.partners.funds.domain.states import FundEntryType
from services.partners.funds.events import FundEntryBooked
from tests.builders import NOW, an_id
from tests.unit.partners.funds.built import a_fund, eur

Type = FundEntryType
DOCUMENT = an_id("frq")
CURRENCIES = ("EUR", "JPY", "KWD")


def minor(units: int, currency: str) -> Money:
    """An amount in the smallest units of a currency."""
    return Money(units * 10 ** (4 - minor_digits(currency)), currency)


@given(
    st.sampled_from(CURRENCIES),
    st.lists(st.tuples(st.sampled_from(Type), st.integers(-50, 200)), max_size=60),
)
def test_the_totals_are_those_of_plain_integers_whatever_is_booked(
    currency: str, wanted: list[tuple[FundEntryType, int]]
) -> None:
    fund, entries, ids = a_fund(currency=currency), list[FundEntry](), count()
    accrued = reserved = spent = expired = 0
    for type, units in wanted:
        free = accrued - reserved - spent - expired
        possible = {
            Type.ACCRUE: True,
            Type.RESERVE: units > 0,
            Type.RELEASE: 0 < units <= reserved,
            Type.SPEND: 0 < units <= reserved,
            Type.EXPIRE: -expired <= units <= max(free, 0) if units else True,
        }
        if not units or not possible[type]:
            continue
        posting = Posting(type, minor(units, currency), DOCUMENT)
        if type is Type.RESERVE and units > free:
            with pytest.raises(FundExhausted) as refused:
                post(fund, [posting], new_id=lambda: str(next(ids)), now=NOW)
            assert refused.value.metadata["available"] == str(minor(free, currency).decimal)
            assert refused.value.metadata["asked"] == str(minor(units, currency).decimal)
            assert refused.value.metadata["entry"] == str(len(entries))
            continue
        accrued += units if type is Type.ACCRUE else 0
        reserved += {Type.RESERVE: units, Type.RELEASE: -units, Type.SPEND: -units}.get(type, 0)
        spent += units if type is Type.SPEND else 0
        expired += units if type is Type.EXPIRE else 0
        fund, booked_now = post(fund, [posting], new_id=lambda: str(next(ids)), now=NOW)
        entries += booked_now
        assert entries[-1].available == minor(accrued - reserved - spent - expired, currency)
    totals = [minor(one, currency) for one in (accrued, reserved, spent, expired)]
    assert [fund.accrued, fund.reserved, fund.spent, fund.expired] == totals
    assert [one.number for one in entries] == list(range(1, len(entries) + 1))
    assert fund.entry_count == len(entries)


def test_a_refusal_of_one_posting_books_none_of_the_commit() -> None:
    fund = a_fund(accrued=eur(10))
    postings = [Posting(Type.RESERVE, eur(6), DOCUMENT), Posting(Type.RESERVE, eur(5), DOCUMENT)]
    with pytest.raises(FundExhausted, match=r"4\.0000 EUR available after entry 1; 5\.0000 was asked for"):
        post(fund, postings, new_id=lambda: "x", now=NOW)
    assert (fund.reserved, fund.entry_count) == (eur(0), 0)


@pytest.mark.parametrize(
    "posting",
    [
        Posting(Type.RESERVE, eur(-1), DOCUMENT),
        Posting(Type.RELEASE, eur(1), DOCUMENT),
        Posting(Type.SPEND, eur(1), DOCUMENT),
        Posting(Type.EXPIRE, eur(11), DOCUMENT),
        Posting(Type.EXPIRE, eur(-1), DOCUMENT),
    ],
)
def test_what_no_rule_books_is_a_bug(posting: Posting) -> None:
    with pytest.raises(AssertionError):
        post(a_fund(accrued=eur(10)), [posting], new_id=lambda: "x", now=NOW)


def test_nothing_is_booked_for_an_amount_of_zero() -> None:
    fund = a_fund()
    assert post(fund, [Posting(Type.RELEASE, eur(0), DOCUMENT)], new_id=lambda: "x", now=NOW) == (fund, ())


def test_an_entry_is_told_whole() -> None:
    fund, [entry] = post(a_fund(), [Posting(Type.ACCRUE, eur(5), DOCUMENT, "B-1")], new_id=lambda: "fle", now=NOW)
    assert entry.reference == "B-1"
    assert booked(entry) == FundEntryBooked(
        fund_entry_id="fle",
        fund_id=fund.id,
        partner_id=fund.partner_id,
        number=1,
        type=Type.ACCRUE,
        amount=eur(5),
        document_id=DOCUMENT,
        available=eur(5),
    )
