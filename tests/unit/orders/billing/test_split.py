"""What has to be paid of an order is the rounded order, however it is split into invoices; what is credited of an
invoice is the rounded invoice, however it is split into credit notes."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.money import Money, total
from services.orders.billing.domain.credit_note import (
    CreditLine,
    MoreThanInvoiced,
    apply_credit,
    credit_of_all_open,
    credit_of_lines,
)
from services.orders.billing.domain.invoice import Invoice
from services.orders.billing.domain.payment import pay
from services.orders.ordering.domain import transitions
from services.orders.ordering.domain.drafting import OrderLineDraft, price_lines, with_lines
from services.orders.record.domain.order import Order, OrderLine
from services.orders.record.domain.states import BillingState, CancelReason, LineKind
from tests.builders import NOW
from tests.unit.orders.orders import TODAY, a_draft, a_line, confirmed, eur, invoiced, of_lines, shipped

MINOR = {"JPY": Decimal(1), "EUR": Decimal("0.01"), "IQD": Decimal("0.001")}


def rounded(exact: Decimal, currency: str) -> Decimal:
    """What can be paid of an exact amount; the oracle, in decimals alone."""
    return exact.quantize(MINOR[currency], rounding=ROUND_HALF_EVEN)


def an_order(*asked: tuple[int, str, int], currency: str = "EUR", freight: str = "0") -> Order:
    """An order that stands: lines of pieces, price of one, and tax in basis points."""
    drafts = tuple(
        OrderLineDraft(
            kind=LineKind.PRODUCT,
            sku=f"S-{place}",
            quantity=pieces,
            unit_price=Money.of(price, currency),
            tax_basis_points=tax,
        )
        for place, (pieces, price, tax) in enumerate(asked)
    )
    zero = Money.zero(currency)
    empty = replace(a_draft(), currency=currency, freight=zero, invoiced=zero, settled=zero, not_invoiced=zero)
    lines = price_lines(drafts, None, currency=currency, on=TODAY)
    return confirmed(with_lines(empty, lines, Money.of(freight, currency)))


def in_parts(order: Order, *parts: int) -> tuple[Order, list[Invoice]]:
    """The order and its invoices, each of so many pieces of the first line."""
    found: list[Invoice] = []
    for pieces in parts:
        order, invoice = invoiced(shipped(order, {1: pieces}), {1: pieces}, number=len(found) + 1)
        found.append(invoice)
    return order, found


@pytest.mark.parametrize(
    ("pieces", "price", "tax", "payable"),
    [(10, "0.335", 0, "3.35"), (3, "33.335", 0, "100.00"), (10, "1.005", 0, "10.05"), (8, "0.125", 1900, "1.19")],
)
def test_an_order_invoiced_piece_by_piece_is_paid_as_one_invoiced_at_once(
    pieces: int, price: str, tax: int, payable: str
) -> None:
    whole = in_parts(an_order((pieces, price, tax)), pieces)[1]
    order, single = in_parts(an_order((pieces, price, tax)), *[1] * pieces)
    assert (order.billing, order.not_invoiced, order.invoiced) == (BillingState.INVOICED, eur("0"), eur(payable))
    assert total([one.payable for one in single], "EUR") == whole[0].payable == eur(payable)


def test_an_order_whose_first_invoices_were_rounded_each_by_itself_is_set_right_by_the_next() -> None:
    order, _ = in_parts(an_order((10, "0.335", 0)), *[1] * 5)
    behind = replace(order, invoiced=eur("1.70"))
    _, rest = in_parts(behind, 5)
    assert rest[0].payable == eur("1.65")
    beyond = replace(order, invoiced=eur("3.40"))
    _, rest = in_parts(beyond, 5)
    assert rest[0].payable == eur("0")


def test_an_invoice_is_never_negative_when_an_imported_amount_is_off_its_arithmetic() -> None:
    line = a_line(1, 3, unit_price=eur("0.0150"), discount=eur("0.0350"), amount=eur("0.0000"))
    order, found = in_parts(of_lines(line), 1, 1, 1)
    assert [one.payable.amount >= 0 for one in found] == [True] * 3
    assert order.invoiced == order.totals.total.payable()


class Split(NamedTuple):
    """An order and the pieces of each invoice by line."""

    order: Order
    parts: list[dict[int, int]]


@st.composite
def splits(draw: st.DrawFn) -> Split:
    """Orders in currencies of 0, 2 and 3 decimals with taxes and freight, and any split into invoices."""
    currency = draw(st.sampled_from(sorted(MINOR)))
    finest = Decimal(1) if currency == "JPY" else Decimal("0.0001")
    lines = [
        (
            draw(st.integers(1, 15)),
            str(draw(st.integers(0, 50_000)) * finest),
            draw(st.sampled_from([0, 0, 500, 700, 1900, 2100, 333])),
        )
        for _ in range(draw(st.integers(1, 3)))
    ]
    freight = str(draw(st.integers(0, 999)) * finest)
    order = an_order(*lines, currency=currency, freight=freight)
    left = {line.line_number: line.quantity for line in order.goods}
    parts = []
    while any(left.values()):
        wanted = {number: draw(st.integers(0, count)) for number, count in left.items()}
        part = {number: count for number, count in wanted.items() if count} or {
            number: 1 for number, count in left.items() if count
        }
        parts.append(part)
        left = {number: count - part.get(number, 0) for number, count in left.items()}
    return Split(order, parts)


@given(splits(), st.data())
def test_what_is_paid_comes_to_the_rounded_order_whatever_the_split_and_the_credits(
    split: Split, data: st.DataObject
) -> None:
    order, currency = split.order, split.order.currency
    exact = sum((line.unit_price.decimal * line.quantity + line.tax.decimal for line in order.lines), Decimal(0))
    exact += order.freight.decimal
    invoices: list[Invoice] = []
    charged = Decimal(0)
    for part in split.parts:
        order, invoice = invoiced(shipped(order, part), part, number=len(invoices) + 1)
        charged += invoice.totals.total.decimal
        invoices.append(invoice)
        assert invoice.payable.amount >= 0
        assert abs(invoice.payable.decimal - invoice.totals.total.decimal) < 2 * MINOR[currency]
        assert order.invoiced.decimal == rounded(charged, currency), "what is charged so far is rounded once"
    assert total([one.payable for one in invoices], currency).decimal == rounded(exact, currency)

    kept = Decimal(0)
    for invoice in invoices:
        after = _credited_at_random(invoice, data)
        assert after.open.amount >= 0
        assert after.credited <= after.payable
        drift = after.credited.decimal - after.credited_total.decimal
        assert abs(drift) < 2 * MINOR[currency], "credit notes never drift from what they are exactly of"
        kept += after.payable.decimal - after.credited.decimal
        if after.credited_total == after.totals.total:
            assert after.credited == after.payable, "who is credited all of it pays nothing"
        if after.open.amount:
            after = pay(after, after.open, now=NOW)
        assert after.open.amount == 0
    assert kept >= 0


@given(splits(), st.data())
def test_what_is_paid_of_a_closed_order_comes_to_what_was_shipped_with_charges_and_the_whole_freight(
    split: Split, data: st.DataObject
) -> None:
    """Shipped in parts, invoiced in time or late, closed after any of them."""
    order, currency = split.order, split.order.currency
    count = data.draw(st.integers(1, len(split.parts)))
    invoices: list[Invoice] = []
    for number, part in enumerate(split.parts[:count], start=1):
        order = shipped(order, part, number=number)
        if data.draw(st.booleans()):
            order, invoice = invoiced(order, number=number)
            invoices.append(invoice)
    shipped_pieces = {line.line_number: line.shipped_quantity for line in order.goods}
    if any(line.shipped_quantity < line.quantity for line in order.goods):
        order, event = transitions.close(order, CancelReason.OUT_OF_STOCK, now=NOW)
        assert {line.line_number: line.quantity for line in event.lines} == {
            line.line_number: line.quantity - line.shipped_quantity
            for line in order.goods
            if line.shipped_quantity < line.quantity
        }
    if any(line.shipped_quantity > line.invoiced_quantity for line in order.goods):
        order, invoice = invoiced(order, number=count + 1)
        invoices.append(invoice)
    exact = sum((_of_pieces(line, shipped_pieces[line.line_number]) for line in split.order.lines), Decimal(0))
    exact += order.freight.decimal
    assert total([one.totals.total for one in invoices], currency).decimal == exact
    assert total([one.payable for one in invoices], currency).decimal == rounded(exact, currency)
    assert (order.billing, order.not_invoiced) == (BillingState.INVOICED, Money.zero(currency))


def _of_pieces(line: OrderLine, pieces: int) -> Decimal:
    """What pieces of a line come to with their tax; the oracle, in decimals alone."""
    tax = (line.tax.decimal * pieces / line.quantity).quantize(Decimal("0.0001"), rounding=ROUND_HALF_EVEN)
    return line.unit_price.decimal * pieces + tax


def _credited_at_random(invoice: Invoice, data: st.DataObject) -> Invoice:
    """The invoice after some credit notes of pieces, of money, or of all that is open."""
    for _ in range(data.draw(st.integers(0, 4))):
        line = data.draw(st.sampled_from(invoice.lines))
        what = data.draw(st.sampled_from(["pieces", "pieces", "amount", "all"]))
        wanted = (
            CreditLine(line_number=line.line_number, quantity=data.draw(st.integers(1, line.quantity)))
            if what == "pieces"
            else CreditLine(
                line_number=line.line_number,
                amount=Money(data.draw(st.integers(1, line.amount.amount + 1)), invoice.currency),
            )
        )
        try:
            credit = credit_of_all_open(invoice) if what == "all" else credit_of_lines(invoice, [wanted])
        except MoreThanInvoiced:
            continue
        invoice = apply_credit(invoice, credit, now=NOW)
    return invoice


def test_many_small_credits_take_back_what_they_come_to_at_every_step() -> None:
    invoice = in_parts(an_order((1000, "0.004", 0)), 1000)[1][0]
    for _ in range(999):
        invoice = apply_credit(invoice, credit_of_lines(invoice, [CreditLine(line_number=1, quantity=1)]), now=NOW)
    assert (invoice.payable, invoice.credited) == (eur("4.00"), eur("4.00"))
    assert invoice.credited_total == eur("3.996")
