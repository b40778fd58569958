"""Payments and credit notes never exceed the invoice, in whatever order and size they come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.errors import InvalidInput, Violation
from libs.money import Money, total
from services.orders.billing.domain.credit_note import (
    Credit,
    CreditLine,
    MoreThanInvoiced,
    apply_credit,
    check_credit_lines,
    credit_of_all_open,
    credit_of_lines,
)
from services.orders.billing.domain.invoice import Invoice
from services.orders.billing.domain.payment import MoreThanOpen, pay
from services.orders.billing.domain.states import InvoiceState
from tests.builders import NOW
from tests.unit.orders.orders import a_draft, a_line, charge, confirmed, eur, goods, invoiced, of_lines, shipped
from tests.unit.orders.record.test_amounts import order_lines


def an_invoice() -> Invoice:
    """Ten routers at 100.00 and postage, 1197.50 with tax, and 12 freight."""
    return invoiced(shipped(confirmed(a_draft(goods(), charge(), freight="12")), {1: 10}))[1]


def credited(invoice: Invoice, *lines: CreditLine) -> tuple[Invoice, Credit]:
    """The invoice with these lines credited, all that is open for none."""
    credit = credit_of_lines(invoice, lines) if lines else credit_of_all_open(invoice)
    return apply_credit(invoice, credit, now=NOW), credit


def pieces(count: int, *, line: int = 1) -> CreditLine:
    """Pieces of a line."""
    return CreditLine(line_number=line, quantity=count)


def test_pieces_are_credited_by_their_share_of_the_line() -> None:
    invoice, credit = credited(an_invoice(), pieces(3))
    assert (credit.totals.subtotal, credit.totals.tax) == (eur("300"), eur("57"))
    assert credit.payable == credit.totals.total.payable()
    assert invoice.open == invoice.payable - credit.payable
    assert invoice.state is InvoiceState.PARTIALLY_PAID


def test_a_lower_price_is_credited_with_its_tax_and_the_pieces_stay() -> None:
    invoice, credit = credited(an_invoice(), CreditLine(line_number=1, amount=eur("100")))
    assert (credit.totals.subtotal, credit.totals.tax, credit.totals.freight) == (eur("100"), eur("19"), eur("0"))
    assert credit.lines[0].quantity == 0
    _, rest = credited(invoice, pieces(10))
    assert rest.totals.subtotal == eur("900")


def test_all_that_is_open_leaves_nothing_open() -> None:
    invoice, credit = credited(an_invoice())
    assert (credit.payable, invoice.open, invoice.state) == (invoice.payable, eur("0"), InvoiceState.CREDITED)
    assert [line.quantity for line in credit.lines] == [10, 1]
    invoice, credit = credited(pay(an_invoice(), eur("1000"), now=NOW))
    assert (credit.payable, invoice.open, invoice.state) == (eur("209.50"), eur("0"), InvoiceState.PAID)
    assert {line.quantity for line in credit.lines} == {0}
    with pytest.raises(MoreThanInvoiced):
        credited(invoice)


def test_credits_carry_what_roundings_left_over_until_nothing_is_open() -> None:
    line = a_line(1, 3, unit_price=eur("3.335"), amount=eur("10.005"))
    invoice = invoiced(shipped(of_lines(line), {1: 3}))[1]
    assert (invoice.totals.total, invoice.payable) == (eur("10.005"), eur("10.00"))
    payables = []
    for _ in range(3):
        invoice, credit = credited(invoice, pieces(1))
        payables.append(credit.payable)
    assert (payables, invoice.open) == ([eur("3.34"), eur("3.33"), eur("3.33")], eur("0"))


def test_what_was_paid_can_be_credited_too_and_then_nothing_is_open() -> None:
    paid = pay(an_invoice(), eur("1209.50"), now=NOW)
    invoice, credit = credited(paid, pieces(10))
    assert (invoice.open, invoice.state) == (eur("0"), InvoiceState.PAID)
    assert invoice.credited == credit.payable
    with pytest.raises(MoreThanInvoiced):
        credited(invoice, pieces(1))


@pytest.mark.parametrize(
    "line",
    [
        pieces(11),
        pieces(2, line=2),
        CreditLine(line_number=1, amount=eur("1000.0001")),
        CreditLine(line_number=1, quantity=1, amount=eur("1000.01")),
    ],
)
def test_no_line_is_credited_beyond_what_was_invoiced(line: CreditLine) -> None:
    with pytest.raises(MoreThanInvoiced):
        credited(an_invoice(), line)


def test_every_wrong_line_is_named_at_once() -> None:
    lines = (pieces(1, line=9), CreditLine(line_number=1), pieces(1))
    with pytest.raises(InvalidInput) as refused:
        check_credit_lines(lines, an_invoice())
    assert refused.value.violations == (
        Violation("lines[0].line_number", "is no line of the invoice", "UNKNOWN_LINE"),
        Violation("lines[1].amount", "is needed without pieces", "REQUIRED"),
        Violation("lines[2].line_number", "stands there twice", "DUPLICATE_LINE"),
    )


def test_a_credit_in_another_currency_is_named_beside_whatever_else_is_wrong() -> None:
    lines = (CreditLine(line_number=1, amount=Money.of(1, "USD")), pieces(1, line=9))
    with pytest.raises(InvalidInput) as refused:
        check_credit_lines(lines, an_invoice())
    assert refused.value.violations == (
        Violation("lines[0].amount", "is in USD, not in EUR", "CURRENCY_MISMATCH"),
        Violation("lines[1].line_number", "is no line of the invoice", "UNKNOWN_LINE"),
    )


def test_a_payment_is_at_most_what_is_open_in_the_currency_and_can_be_transferred() -> None:
    invoice = pay(an_invoice(), eur("1209.49"), now=NOW)
    assert (invoice.open, invoice.state) == (eur("0.01"), InvoiceState.PARTIALLY_PAID)
    with pytest.raises(MoreThanOpen):
        pay(invoice, eur("0.02"), now=NOW)
    with pytest.raises(InvalidInput) as refused:
        pay(invoice, Money.of("0.01", "USD"), now=NOW)
    assert refused.value.violations == (Violation("amount", "is in USD, not in EUR", "CURRENCY_MISMATCH"),)
    with pytest.raises(InvalidInput):
        pay(invoice, eur("0.001"), now=NOW)
    assert pay(invoice, eur("0.01"), now=NOW).state is InvoiceState.PAID


@given(order_lines(), st.data())
def test_payments_and_credits_never_exceed_the_invoice(lines: object, data: st.DataObject) -> None:
    order = of_lines(*lines)  # type: ignore[misc]  # hypothesis hands over what order_lines draws
    left = {line.line_number: line.quantity for line in order.goods}
    invoice = invoiced(shipped(order, left) if left else order, left)[1]
    notes: list[Credit] = []
    for _ in range(data.draw(st.integers(0, 8))):
        before = invoice
        try:
            invoice = _step(invoice, notes, data)
        except (MoreThanInvoiced, MoreThanOpen):
            assert invoice == before
        nothing = eur("0")
        assert nothing <= invoice.open
        assert invoice.paid <= invoice.payable
        assert invoice.credited <= invoice.payable
        assert invoice.open == max(nothing, invoice.payable - invoice.paid - invoice.credited)
        assert invoice.credited == total([note.payable for note in notes], "EUR")
        for line in invoice.lines:
            taken = [one for note in notes for one in note.lines if one.line_number == line.line_number]
            for field in ("amount", "tax", "freight"):
                assert total([getattr(one, field) for one in taken], "EUR") <= getattr(line, field)
            assert sum(one.quantity for one in taken) <= line.quantity


def _step(invoice: Invoice, notes: list[Credit], data: st.DataObject) -> Invoice:
    what = data.draw(st.sampled_from(["pay", "pieces", "amount", "all"]))
    if what == "pay":
        cents = data.draw(st.integers(1, max(1, invoice.open.amount // 100 + 1)))
        return pay(invoice, Money(cents * 100, "EUR"), now=NOW)
    line = data.draw(st.sampled_from(invoice.lines))
    if what == "pieces":
        wanted = [pieces(data.draw(st.integers(1, line.quantity)), line=line.line_number)]
    else:
        amount = Money(data.draw(st.integers(1, max(1, line.amount.amount + 1))), "EUR")
        wanted = [CreditLine(line_number=line.line_number, amount=amount)]
    invoice, credit = credited(invoice, *([] if what == "all" else wanted))
    notes.append(credit)
    return invoice
