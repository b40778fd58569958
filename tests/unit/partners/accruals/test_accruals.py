"""What an invoice accrues is a rounded share of it, and credit notes take back their part of that, in any order."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.money import Money, minor_digits
from services.partners.accruals.domain import CREDITS_AT_ONCE, InvoiceShare, book, credited, invoiced
from services.partners.funds.domain.ledger import FundAccrual, Posting
from services.partners.funds.domain.states import FundEntryType
from tests.builders import an_id

INVOICE, ORDER, FUND, DAY = an_id("inv"), an_id("ord"), an_id("fnd"), date(2026, 2, 3)
CURRENCIES = ("EUR", "JPY", "KWD")


def a_share(net: Money, payable: Money | None = None) -> InvoiceShare:
    """An invoice that is known and not booked."""
    empty = InvoiceShare(id=INVOICE, partner_id=an_id("ptn"))
    return invoiced(empty, order_id=ORDER, subtotal=net, payable=payable or net, issue_date=DAY)


def minor(amount: Money) -> int:
    """The amount in its smallest unit, which it must be a whole number of."""
    units, rest = divmod(amount.amount, 10 ** (4 - minor_digits(amount.currency)))
    assert rest == 0, f"{amount} cannot be paid"
    return int(units)


def nearest(exact: Fraction) -> int:
    """Rounded half to even."""
    return round(exact)


@given(
    st.sampled_from(CURRENCIES),
    st.integers(0, 10**9),
    st.integers(1, 10**6),
    st.lists(st.integers(0, 10**6), max_size=5),
    st.integers(0, 10_000),
    st.data(),
)
def test_the_ledger_has_what_fractions_say_however_the_documents_arrive(
    currency: str, net: int, payable: int, notes: list[int], rate: int, data: st.DataObject
) -> None:
    step = 10 ** (4 - minor_digits(currency))
    share, booked = InvoiceShare(id=INVOICE, partner_id=an_id("ptn")), list[Posting]()
    ids = [an_id("crn", place) for place in range(len(notes))]
    for place in data.draw(st.permutations([None, *range(len(notes))])):
        if place is None:
            share = invoiced(
                share,
                order_id=ORDER,
                subtotal=Money(net, currency),
                payable=Money(payable * step, currency),
                issue_date=DAY,
            )
        else:
            share = credited(share, ids[place], Money(notes[place] * step, currency))
        if share.subtotal is not None and data.draw(st.booleans()):
            share, postings = book(share, FUND, FundAccrual(basis_points=rate))
            booked += postings
    share, postings = book(share, FUND, FundAccrual(basis_points=rate if share.accrued is None else 1))
    booked += postings
    whole = nearest(Fraction(net * rate, 10_000 * step))
    left = nearest(Fraction(whole * max(payable - sum(notes), 0), payable))
    assert sum(minor(one.amount) for one in booked) == left
    assert minor(booked[0].amount) == whole
    assert {one.document_id for one in booked} == {INVOICE, *ids}
    assert len(booked) == 1 + len(ids)
    assert (share.fund_id, share.basis_points, share.pending) == (FUND, rate, False)
    assert {one.accrual for one in booked} == {FundAccrual(basis_points=rate)}


def test_a_credit_of_the_whole_invoice_takes_back_the_whole_accrual() -> None:
    share = a_share(Money.of("99.99", "EUR"), Money.of("118.99", "EUR"))
    for number, part in enumerate(("40", "78.99")):
        share = credited(share, an_id("crn", number), Money.of(part, "EUR"))
    amounts = [one.amount for one in book(share, FUND, FundAccrual(basis_points=333)).postings]
    assert amounts == [Money.of("3.33", "EUR"), Money.of("-1.12", "EUR"), Money.of("-2.21", "EUR")]


def test_what_is_told_twice_changes_nothing() -> None:
    share = book(
        credited(a_share(Money.of(10, "EUR")), an_id("crn"), Money.of(1, "EUR")), FUND, FundAccrual(basis_points=100)
    ).share
    assert credited(share, an_id("crn"), Money.of(1, "EUR")) is share
    assert (
        invoiced(share, order_id=ORDER, subtotal=share.subtotal, payable=Money.of(10, "EUR"), issue_date=DAY) is share
    )
    assert book(share, FUND, FundAccrual(basis_points=9_999)).postings == ()


def test_many_credit_notes_are_booked_in_several_commits() -> None:
    share = a_share(Money.of(10_000, "EUR"))
    for number in range(CREDITS_AT_ONCE + 1):
        share = credited(share, f"crn {number}", Money.of(1, "EUR"))
    first = book(share, FUND, FundAccrual(basis_points=10_000))
    assert (len(first.postings), first.share.pending) == (CREDITS_AT_ONCE + 1, True)
    second = book(first.share, FUND, FundAccrual(basis_points=10_000))
    assert [one.document_id for one in second.postings] == [f"crn {CREDITS_AT_ONCE}"]
    assert not second.share.pending


@pytest.mark.parametrize("amount", [Money.zero("EUR"), Money.of("0.004", "EUR")])
def test_an_invoice_of_nothing_accrues_nothing(amount: Money) -> None:
    [posting] = book(a_share(amount, Money.zero("EUR")), FUND, FundAccrual(basis_points=10_000)).postings
    assert posting == Posting(
        FundEntryType.ACCRUE, Money.zero("EUR"), INVOICE, accrual=FundAccrual(basis_points=10_000)
    )
