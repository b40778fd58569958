"""Nothing is gained or lost between a line, its shares, the order and its invoices."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.money import Money, total
from services.orders.billing.domain.invoice import Invoice
from services.orders.ordering.domain.drafting import OrderLineDraft, allocate_freight, price_lines
from services.orders.record.domain.order import LineAmounts, OrderLine, Totals, allocate, totals_of
from services.orders.record.domain.states import BillingState, LineKind
from tests.unit.orders.orders import TODAY, a_draft, a_line, charge, confirmed, eur, goods, invoiced, of_lines, shipped

AMOUNTS = st.integers(0, 10**9).map(lambda amount: Money(amount, "EUR"))


@st.composite
def order_lines(draw: st.DrawFn) -> tuple[OrderLine, ...]:
    """Lines as imports have them: any amounts, an amount of a line up to a cent off its arithmetic."""
    found = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        quantity = draw(st.integers(1, 12))
        price = draw(st.integers(100, 10**6))
        discount = draw(st.integers(0, price * quantity - 100))
        off = draw(st.sampled_from([0, 0, 0, 1, -1, 37, 100, -100]))
        found.append(
            a_line(
                number,
                quantity,
                kind=draw(st.sampled_from([LineKind.PRODUCT, LineKind.PRODUCT, LineKind.CHARGE])),
                unit_price=Money(price, "EUR"),
                discount=Money(discount, "EUR"),
                amount=Money(price * quantity - discount + off, "EUR"),
                tax=draw(AMOUNTS),
                freight=draw(AMOUNTS),
            )
        )
    return tuple(found)


@given(AMOUNTS, st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_parts_come_to_the_whole_and_keep_their_proportion(amount: Money, weights: list[int]) -> None:
    parts = allocate(amount, weights)
    assert total(list(parts), "EUR") == amount
    whole = sum(weights) or len(weights)
    for part, weight in zip(parts, weights if any(weights) else [1] * len(weights), strict=True):
        assert abs(part.amount - Fraction(amount.amount * weight, whole)) <= 1


@given(order_lines(), AMOUNTS)
def test_freight_is_spread_without_a_rest(lines: tuple[OrderLine, ...], freight: Money) -> None:
    assert total([line.freight for line in allocate_freight(lines, freight)], "EUR") == freight


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 10**8), st.integers(0, 10_000)), min_size=1, max_size=10))
def test_the_totals_of_an_order_are_the_sums_of_its_lines(asked: list[tuple[int, int, int]]) -> None:
    drafts = tuple(
        OrderLineDraft(
            kind=LineKind.PRODUCT, sku="A", quantity=pieces, unit_price=Money(price, "EUR"), tax_basis_points=tax
        )
        for pieces, price, tax in asked
    )
    lines = price_lines(drafts, None, currency="EUR", on=TODAY)
    assert [line.amount.amount for line in lines] == [pieces * price for pieces, price, _ in asked]
    for line, (pieces, price, tax) in zip(lines, asked, strict=True):
        assert abs(line.tax.amount - Fraction(pieces * price * tax, 10_000)) <= Fraction(1, 2)
    totals = totals_of(lines, "EUR")
    assert totals == Totals(
        subtotal=_sum(lines, "amount"),
        discount=_sum(lines, "discount"),
        tax=_sum(lines, "tax"),
        freight=_sum(lines, "freight"),
        total=total([line.total for line in lines], "EUR"),
    )


@given(order_lines(), st.data())
def test_invoices_in_any_parts_come_to_exactly_the_order(lines: tuple[OrderLine, ...], data: st.DataObject) -> None:
    order = of_lines(*lines)
    found: list[Invoice] = []
    whole = order.totals
    while order.billing is not BillingState.INVOICED:
        left = {line.line_number: line.quantity - line.shipped_quantity for line in order.goods}
        pieces = {
            number: data.draw(st.integers(0 if count < lines[number - 1].quantity else 1, count))
            for number, count in left.items()
            if count
        }
        pieces = {number: count for number, count in pieces.items() if count} or {
            number: count for number, count in left.items() if count
        }
        order = shipped(order, pieces) if pieces else order
        before = order.not_invoiced
        order, invoice = invoiced(order, pieces, number=len(found) + 1)
        assert before == order.not_invoiced + invoice.totals.total
        found.append(invoice)
    assert (order.not_invoiced, order.invoiced) == (eur("0"), whole.total.payable())
    assert total([one.payable for one in found], "EUR") == whole.total.payable()
    assert _together(found) == whole
    assert found[0].totals.freight == whole.freight


def test_charges_and_freight_go_with_the_first_invoice() -> None:
    order = shipped(confirmed(a_draft(goods(10), goods(5, "20", sku="B"), charge(), freight="30")), {1: 3})
    order, first = invoiced(order)
    assert [(line.line_number, line.quantity, line.amount) for line in first.lines] == [
        (1, 3, eur("300")),
        (3, 1, eur("7.50")),
    ]
    assert (first.totals.freight, first.totals.total) == (eur("30"), eur("394.50"))
    _, second = invoiced(shipped(order, {1: 7, 2: 5}), number=2)
    assert [(line.line_number, line.quantity, line.freight) for line in second.lines] == [
        (1, 7, eur("0")),
        (2, 5, eur("0")),
    ]


def test_the_total_is_rounded_once_not_line_by_line() -> None:
    line = a_line(1, 3, unit_price=eur("0.3333"), amount=eur("0.9999"), tax=eur("0.1951"))
    _, invoice = invoiced(shipped(of_lines(line, replace(line, line_number=2)), {1: 3, 2: 3}))
    assert (invoice.totals.total, invoice.payable) == (eur("2.39"), eur("2.39"))
    _, invoice = invoiced(shipped(of_lines(line), {1: 3}))
    assert (invoice.totals.total, invoice.payable) == (eur("1.195"), eur("1.20"))


def _sum(lines: tuple[LineAmounts, ...], field: str) -> Money:
    return total([getattr(line, field) for line in lines], "EUR")


def _together(invoices: list[Invoice]) -> Totals:
    return totals_of(tuple(line for invoice in invoices for line in invoice.lines), "EUR")
