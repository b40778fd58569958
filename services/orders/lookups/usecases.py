"""Gets and lists documents of orders."""

from datetime import date, datetime

from libs.call import Command
from libs.partner_projection import PARTNERS
from libs.store.listing import Sieve
from libs.store.paging import UPDATED, ListCommand, Range, filters_of, paged
from libs.store.port import Page, get
from services.orders.billing.documents import CREDIT_NOTES, INVOICES, PAYMENTS
from services.orders.billing.domain.credit_note import CreditNote
from services.orders.billing.domain.invoice import Invoice
from services.orders.billing.domain.payment import Payment
from services.orders.billing.domain.states import InvoiceState
from services.orders.credit.documents import ACCOUNTS
from services.orders.credit.domain import CreditAccount
from services.orders.pricing.documents import PRICE_LISTS
from services.orders.pricing.domain import PriceList
from services.orders.record.documents import SHIPMENTS
from services.orders.record.domain.goods import Shipment
from services.orders.returns.documents import RETURNS
from services.orders.returns.domain.rma import Return
from services.orders.returns.domain.states import ReturnState
from services.orders.settings import Env

_ISSUED = Range("issue_date", "issue_date_from", "issue_date_before")
_DUE = Range("due_date", "due_date_from", "due_date_before")
_RECEIVED = Range("value_date", "value_date_from", "value_date_before")
_SHIPPED = Range("ship_date", "ship_date_from", "ship_date_before")


class GetDocument(Command, frozen=True, kw_only=True):
    """Look one up by its id."""

    id: str


class ListDocuments(ListCommand, frozen=True, kw_only=True):
    """Look up those of a partner; empty filters filter nothing, here and in those that derive from it."""

    partner_id: str = ""


class ListChanging(ListDocuments, frozen=True, kw_only=True):
    """Look up those of an order, and those that changed in a time."""

    order_id: str = ""
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class ListInvoices(ListChanging, frozen=True, kw_only=True):
    """Look up invoices."""

    state: InvoiceState | None = None
    number: str = ""
    issue_date_from: date | None = None
    issue_date_before: date | None = None
    due_date_from: date | None = None
    due_date_before: date | None = None


class ListPayments(ListChanging, frozen=True, kw_only=True):
    """Look up payments."""

    invoice_id: str = ""
    value_date_from: date | None = None
    value_date_before: date | None = None


class ListCreditNotes(ListChanging, frozen=True, kw_only=True):
    """Look up credit notes."""

    invoice_id: str = ""
    number: str = ""
    issue_date_from: date | None = None
    issue_date_before: date | None = None


class ListShipments(ListChanging, frozen=True, kw_only=True):
    """Look up shipments."""

    ship_date_from: date | None = None
    ship_date_before: date | None = None


class ListReturns(ListChanging, frozen=True, kw_only=True):
    """Look up returns."""

    state: ReturnState | None = None
    ticket_id: str = ""


class ListPriceLists(ListCommand, frozen=True, kw_only=True):
    """Look up price lists."""

    currency: str = ""


class ListCreditAccounts(ListDocuments, frozen=True, kw_only=True):
    """Look up the accounts that have terms."""

    currency: str = ""


async def get_invoice(env: Env, cmd: GetDocument) -> Invoice:
    """The invoice; NotFound."""
    return await env.show(INVOICES, cmd.id, call=cmd.call)


async def list_invoices(env: Env, cmd: ListInvoices) -> Page[Invoice]:
    """A page of invoices."""
    filters = filters_of(cmd, "partner_id", "state", "order_id", "number")
    return await env.listing(INVOICES, filters, call=cmd.call, **paged(cmd, UPDATED, _ISSUED, _DUE))


async def get_payment(env: Env, cmd: GetDocument) -> Payment:
    """The payment; NotFound."""
    return await env.show(PAYMENTS, cmd.id, call=cmd.call)


async def list_payments(env: Env, cmd: ListPayments) -> Page[Payment]:
    """A page of payments."""
    filters = filters_of(cmd, "partner_id", "order_id", "invoice_id")
    return await env.listing(PAYMENTS, filters, call=cmd.call, **paged(cmd, UPDATED, _RECEIVED))


async def get_credit_note(env: Env, cmd: GetDocument) -> CreditNote:
    """The credit note; NotFound."""
    return await env.show(CREDIT_NOTES, cmd.id, call=cmd.call)


async def list_credit_notes(env: Env, cmd: ListCreditNotes) -> Page[CreditNote]:
    """A page of credit notes."""
    filters = filters_of(cmd, "partner_id", "order_id", "invoice_id", "number")
    return await env.listing(CREDIT_NOTES, filters, call=cmd.call, **paged(cmd, UPDATED, _ISSUED))


async def get_shipment(env: Env, cmd: GetDocument) -> Shipment:
    """The shipment; NotFound."""
    return await env.show(SHIPMENTS, cmd.id, call=cmd.call)


async def list_shipments(env: Env, cmd: ListShipments) -> Page[Shipment]:
    """A page of shipments."""
    filters = filters_of(cmd, "partner_id", "order_id")
    return await env.listing(SHIPMENTS, filters, call=cmd.call, **paged(cmd, UPDATED, _SHIPPED))


async def get_return(env: Env, cmd: GetDocument) -> Return:
    """The return; NotFound."""
    return await env.show(RETURNS, cmd.id, call=cmd.call)


async def list_returns(env: Env, cmd: ListReturns) -> Page[Return]:
    """A page of returns."""
    filters = filters_of(cmd, "partner_id", "state", "order_id", "ticket_id")
    return await env.listing(RETURNS, filters, call=cmd.call, **paged(cmd, UPDATED))


async def list_price_lists(env: Env, cmd: ListPriceLists) -> Page[PriceList]:
    """A page of price lists. To a partner's people there are only those for everybody, or for its tier as it is now."""
    partner_id, sieve = cmd.call.caller.partner_id, None
    if partner_id:
        buyer = await get(env.store, PARTNERS, partner_id)
        tier = buyer.value.tier if buyer else ""
        sieve = Sieve(lambda one: one.is_for(tier), f"for {tier}")
    return await env.listing(PRICE_LISTS, filters_of(cmd, "currency"), call=cmd.call, sieve=sieve, **paged(cmd))


async def list_credit_accounts(env: Env, cmd: ListCreditAccounts) -> Page[CreditAccount]:
    """A page of accounts; those without terms are not shown."""
    filters = filters_of(cmd, "partner_id", "currency") | {"has_terms": True}
    return await env.listing(ACCOUNTS, filters, call=cmd.call, **paged(cmd))
