"""What callers do with balances, as short as a test wants to say it."""

from typing import Any

from msgspec.structs import replace

from libs.money import Money
from libs.store.listing import everything
from libs.store.port import Page, get
from services.orders.balance.documents import ALLOCATIONS
from services.orders.balance.domain.allocation import Allocation, AllocationPart
from services.orders.balance.domain.refund import Refund
from services.orders.balance.domain.statement import Statement
from services.orders.balance.usecases.allocating import (
    AllocateCredit,
    ReverseAllocation,
    allocate_credit,
    reverse_allocation,
)
from services.orders.balance.usecases.lookups import ListOpenCredits, list_open_credits
from services.orders.balance.usecases.payments import RecordPaymentOnAccount, record_payment_on_account
from services.orders.balance.usecases.refunds import RecordRefund, record_refund
from services.orders.balance.usecases.reversals import ReversePayment, reverse_payment
from services.orders.balance.usecases.statements import GetStatement, get_statement
from services.orders.billing.documents import INVOICES
from services.orders.billing.domain.aging import AgingRow
from services.orders.billing.domain.credit_note import CreditLine
from services.orders.billing.domain.invoice import Invoice
from services.orders.billing.domain.payment import Payment
from services.orders.billing.domain.states import PaymentReversalReason
from services.orders.billing.usecases.aging import GetAging, get_aging
from services.orders.billing.usecases.payments import RecordPayment, record_payment
from services.orders.credit.documents import ACCOUNTS
from services.orders.credit.domain import PartnerCredit, account_id
from services.orders.credit.usecases import SetCreditTerms, set_credit_terms
from services.orders.migration.domain.history import HistoricDocument, HistoricLine, ImportDocument
from services.orders.migration.usecases import ImportDocumentRow, import_document
from services.orders.record.domain.states import LineKind
from tests.component.orders.harness import PARTNER, Harness, eur, goods

Part = tuple[Invoice, str | Money | None]  # an empty or no amount: as much as is open


async def invoiced(harness: Harness, price: str | Money = "10", count: int = 10, *, partner: str = PARTNER) -> Invoice:
    """An invoice of ten pieces, without tax: ten times the price."""
    unit = _money(price)
    held = await get(harness.env.store, ACCOUNTS, account_id(partner, unit.currency))
    if held is None or held.value.limit is None:
        limit = Money.of(100_000, unit.currency)
        await harness.run(set_credit_terms, SetCreditTerms, partner_id=partner, limit=limit, terms_days=14)
    line = replace(goods(count), unit_price=unit)
    order = await harness.submit(await harness.draft(line, partner=partner, currency=unit.currency))
    await harness.ship(order, count)
    return await harness.invoice(order)


async def an_orphan(harness: Harness, amount: Money, number: str) -> str:
    """The id of an imported credit note of today that amends nothing."""
    line = HistoricLine(kind=LineKind.CHARGE, sku="M", quantity=1, unit_price=amount)
    row = HistoricDocument(
        external_source="erp",
        external_id=f"C{number}",
        document=ImportDocument.CREDIT_NOTE,
        partner_id=PARTNER,
        currency=amount.currency,
        order_date=harness.today,
        ship_to_country="DE",
        lines=(line,),
        row_hash=f"C{number}",
    )
    return (await harness.run(import_document, ImportDocumentRow, row=row)).id


async def pay(harness: Harness, invoice: Invoice, amount: Money) -> Payment:
    """Money comes in for an invoice today."""
    return await harness.run(
        record_payment, RecordPayment, invoice_id=invoice.id, amount=amount, value_date=harness.today
    )


def pieces(count: int) -> CreditLine:
    """Some pieces of the first line."""
    return CreditLine(line_number=1, quantity=count)


async def receive(harness: Harness, amount: str | Money, *parts: Part, **fields: Any) -> PartnerCredit:
    """Money comes in on account, for these invoices."""
    content = {"partner_id": PARTNER, "amount": _money(amount), "value_date": harness.today, **fields}
    return await harness.run(record_payment_on_account, RecordPaymentOnAccount, parts=_parts(parts), **content)


async def allocate(harness: Harness, credit: PartnerCredit, *parts: Part, **fields: Any) -> PartnerCredit:
    """Settle these invoices, or those that are due first."""
    return await harness.run(allocate_credit, AllocateCredit, credit_id=credit.id, parts=_parts(parts), **fields)


async def reverse(harness: Harness, allocation: Allocation, **fields: Any) -> Allocation:
    """Take an allocation back."""
    return await harness.run(reverse_allocation, ReverseAllocation, id=allocation.id, **fields)


async def refund(harness: Harness, amount: str | Money, *credits: PartnerCredit, **fields: Any) -> Refund:
    """Money leaves, out of these credits or the oldest ones."""
    ids = tuple(one.id for one in credits)
    content = {"partner_id": PARTNER, "amount": _money(amount), "refund_date": harness.today, **fields}
    return await harness.run(record_refund, RecordRefund, credit_ids=ids, **content)


async def bounce(harness: Harness, payment_id: str, **fields: Any) -> Payment:
    """The bank takes a payment back today."""
    content = {"reverse_date": harness.today, "reason": PaymentReversalReason.RETURNED_BY_BANK, **fields}
    return await harness.run(reverse_payment, ReversePayment, id=payment_id, **content)


async def open_credits(harness: Harness, **fields: Any) -> list[PartnerCredit]:
    """What is open."""
    page: Page[PartnerCredit] = await harness.look(list_open_credits, ListOpenCredits, **fields)
    assert not page.next_cursor
    return [loaded.value for loaded in page.rows]


async def allocations_of(harness: Harness, credit: PartnerCredit) -> tuple[Allocation, ...]:
    """All of a credit."""
    return await everything(harness.env.store, ALLOCATIONS, {"credit_id": credit.id})


async def statement(harness: Harness, currency: str = "EUR", **fields: Any) -> Statement:
    """A whole statement of one page."""
    content = {"partner_id": PARTNER, "page_size": 200, **fields}
    page = await harness.look(get_statement, GetStatement, currency=currency, **content)
    assert not page.next_page_token
    return page.statement


async def aging(harness: Harness, currency: str = "EUR") -> AgingRow | None:
    """What is open in a currency."""
    rows = (await harness.look(get_aging, GetAging, partner_id=PARTNER)).rows
    return next((row for row in rows if row.currency == currency), None)


async def now(harness: Harness, invoice: Invoice) -> Invoice:
    """The invoice as it is now."""
    return await harness.value(INVOICES, invoice.id)


async def balance(harness: Harness) -> Money:
    """What the partner owes by its account, by its aging and by its statement, which are the same."""
    account = await harness.account()
    row = await aging(harness)
    assert (await statement(harness)).closing_balance == account.balance
    assert (row.balance if row else eur("0")) == account.balance
    assert total_open(await open_credits(harness, currency="EUR")) == account.owed
    return account.balance


def total_open(credits: list[PartnerCredit]) -> Money:
    """What is open on all of them."""
    return sum((one.open for one in credits), eur("0"))


def _parts(parts: tuple[Part, ...]) -> tuple[AllocationPart, ...]:
    return tuple(
        AllocationPart(invoice_id=invoice.id, amount=_money(amount) if amount else None) for invoice, amount in parts
    )


def _money(amount: str | Money) -> Money:
    return eur(amount) if isinstance(amount, str) else amount
