"""An orders service without its process: real use cases on a real store, and what it told the others."""

from datetime import date, timedelta
from typing import Any, TypeVar

import msgspec

from libs import partner_projection
from libs.country import Directory
from libs.cross_checks.subjects import CheckPolicy
from libs.money import Money
from libs.partner import PartnerFacts, PartnerStatus, TerritoryFacts
from libs.privacy.keys import Keys
from libs.store.port import Document, Store, get
from services.orders.billing.domain.credit_note import CreditLine, CreditNote
from services.orders.billing.domain.invoice import Invoice
from services.orders.billing.domain.payment import Payment
from services.orders.billing.domain.states import CreditNoteReason
from services.orders.billing.usecases.crediting import IssueCreditNote, issue_credit_note
from services.orders.billing.usecases.invoicing import IssueInvoice, issue_invoice
from services.orders.billing.usecases.payments import RecordPayment, record_payment
from services.orders.credit.documents import ACCOUNTS
from services.orders.credit.domain import CreditAccount, account_id
from services.orders.credit.usecases import SetCreditTerms, set_credit_terms
from services.orders.ordering.domain.drafting import OrderLineDraft
from services.orders.ordering.usecases.drafting import CreateOrder, create_order
from services.orders.ordering.usecases.submission import (
    CancelOrder,
    CloseOrder,
    SubmitOrder,
    cancel_order,
    close_order,
    submit_order,
)
from services.orders.record.documents import ORDERS
from services.orders.record.domain.goods import Shipment, ShipmentLine
from services.orders.record.domain.order import Order
from services.orders.record.domain.states import CancelReason, LineKind
from services.orders.record.usecases import KnowRegistration, know_registration
from services.orders.returns.domain.rma import AcceptedLine, Return, ReturnLineDraft
from services.orders.returns.domain.states import ReturnReason, ReturnResolution
from services.orders.returns.usecases import (
    AuthorizeReturn,
    InspectReturn,
    ReceiveReturn,
    authorize_return,
    inspect_return,
    receive_return,
)
from services.orders.service import COMPOSITION
from services.orders.settings import Policy, Settings
from services.orders.shipping.usecases import RecordDelivery, RecordShipment, record_delivery, record_shipment
from tests.builders import NOW, a_call, an_id
from tests.component.replica import Replica, Shelf

PARTNER = an_id("ptn")
TODAY = NOW.date()

R = TypeVar("R", bound=msgspec.Struct)
D = TypeVar("D", bound=Document)
T = TypeVar("T")


class Harness(Replica[Settings]):
    """One replica of orders."""

    def __init__(
        self,
        store: Store,
        keys: Keys,
        *,
        directory: Directory | None = None,
        checks: CheckPolicy | None = None,
        policy: Policy | None = None,
    ) -> None:
        self.shelf = Shelf()
        super().__init__(
            "orders",
            store,
            keys=keys,
            objects=self.shelf,
            encode=COMPOSITION.encode,
            settings=Settings(policy=policy or Policy(), checks=checks or CheckPolicy()),
            directory=directory,
            partners=COMPOSITION.partners,
        )

    @property
    def today(self) -> date:
        """The day it is by the clock."""
        return self.clock.now().date()

    async def partner(self, status: PartnerStatus = PartnerStatus.ACTIVE, *, id: str = PARTNER, **facts: Any) -> str:
        """A partner as its service told of it; told again, it is as it was told last."""
        loaded = await get(self.env.store, partner_projection.PARTNERS, id)
        version = loaded.value.facts_version + 1 if loaded else 1
        fact = PartnerFacts(id=id, facts_version=version, status=status, **{"country": "DE", "tier": "GOLD", **facts})
        await self.env.run(
            partner_projection.project_partner, partner_projection.ProjectPartner(call=a_call(), fact=fact)
        )
        return id

    async def registration(self, number: int = 1, *, partner: str = PARTNER) -> str:
        """A registration as deals told of it."""
        known = an_id("reg", number)
        await self.run(know_registration, KnowRegistration, registration_id=known, partner_id=partner)
        return known

    async def territory(self, number: int = 1, *, partner: str = PARTNER, **facts: Any) -> None:
        """A grant in Germany."""
        content = {"country": "DE", "partner_id": partner, "facts_version": 1, **facts}
        fact = TerritoryFacts(id=an_id("trr", number), **content)
        await self.env.run(
            partner_projection.project_territory, partner_projection.ProjectTerritory(call=a_call(), fact=fact)
        )

    async def terms(self, limit: str = "100000", *, days: int = 14, partner: str = PARTNER) -> CreditAccount:
        """Credit terms in euros."""
        return await self.run(set_credit_terms, SetCreditTerms, partner_id=partner, limit=eur(limit), terms_days=days)

    async def account(self, *, partner: str = PARTNER, currency: str = "EUR") -> CreditAccount:
        """What is owed now."""
        return await self.value(ACCOUNTS, account_id(partner, currency))

    async def draft(self, *lines: OrderLineDraft, partner: str = PARTNER, **fields: Any) -> Order:
        """A draft of these lines, of ten routers at 100.00 without tax if none are named."""
        content = {"currency": "EUR", "ship_to_country": "DE", **fields}
        return await self.run(create_order, CreateOrder, partner_id=partner, lines=lines or (goods(),), **content)

    async def submit(self, order: Order, **fields: Any) -> Order:
        """Hand an order in."""
        return await self.run(submit_order, SubmitOrder, id=order.id, **fields)

    async def cancel(self, order: Order) -> Order:
        """End an order."""
        reason = CancelReason.PARTNER_REQUEST
        return await self.run(cancel_order, CancelOrder, id=order.id, cancel_reason=reason)

    async def close(self, order: Order, **fields: Any) -> Order:
        """End what was not shipped of an order."""
        content = {"cancel_reason": CancelReason.OUT_OF_STOCK, **fields}
        return await self.run(close_order, CloseOrder, id=order.id, **content)

    async def confirmed(self, *lines: OrderLineDraft, **fields: Any) -> Order:
        """An order that stands, within terms."""
        if await get(self.env.store, ACCOUNTS, account_id(fields.get("partner", PARTNER), "EUR")) is None:
            await self.terms(partner=fields.get("partner", PARTNER))
        return await self.submit(await self.draft(*lines, **fields))

    async def ship(self, order: Order, pieces: int = 10, *serials: str, line: int = 1, **fields: Any) -> Shipment:
        """Send pieces of a line."""
        lines = (ShipmentLine(line_number=line, quantity=pieces, serials=serials),)
        content = {"ship_date": self.today, **fields}
        return await self.run(record_shipment, RecordShipment, order_id=order.id, lines=lines, **content)

    async def deliver(self, shipment: Shipment) -> Shipment:
        """Goods arrive today."""
        return await self.run(record_delivery, RecordDelivery, id=shipment.id, deliver_date=self.today)

    async def invoice(self, order: Order, *shipments: Shipment, **fields: Any) -> Invoice:
        """Charge for these shipments, for everything sent if none are named."""
        ids = tuple(one.id for one in shipments)
        return await self.run(issue_invoice, IssueInvoice, order_id=order.id, shipment_ids=ids, **fields)

    async def pay(self, invoice: Invoice, amount: str, **fields: Any) -> Payment:
        """Money comes in."""
        content = {"value_date": self.today, **fields}
        return await self.run(record_payment, RecordPayment, invoice_id=invoice.id, amount=eur(amount), **content)

    async def credit(self, invoice: Invoice, *lines: CreditLine, **fields: Any) -> CreditNote:
        """Take something off an invoice."""
        content = {"reason": CreditNoteReason.OTHER, **fields}
        return await self.run(issue_credit_note, IssueCreditNote, invoice_id=invoice.id, lines=lines, **content)

    async def authorize(self, order: Order, pieces: int, *serials: str, **fields: Any) -> Return:
        """Let pieces of the first line come back."""
        content = {"reason": ReturnReason.DEFECTIVE, "resolution": ReturnResolution.REFUND, **fields}
        return await self.run(
            authorize_return,
            AuthorizeReturn,
            order_id=order.id,
            lines=_back(pieces, serials),
            **content,
        )

    async def receive(self, rma: Return, pieces: int, *serials: str, **fields: Any) -> Return:
        """They arrive."""
        content = {"receive_date": self.today, **fields}
        return await self.run(receive_return, ReceiveReturn, id=rma.id, lines=_back(pieces, serials), **content)

    async def inspect(self, rma: Return, accepted: int, *serials: str) -> Return:
        """They are looked at."""
        lines = (AcceptedLine(line_number=1, quantity=accepted, serials=serials),) if accepted else ()
        return await self.run(inspect_return, InspectReturn, id=rma.id, lines=lines)

    async def order(self, order: Order) -> Order:
        """The order as it is now."""
        return await self.value(ORDERS, order.id)

    def days(self, count: int) -> None:
        """Time passes."""
        self.clock.advance(timedelta(days=count))


def eur(amount: str) -> Money:
    """Euros, from a decimal."""
    return Money.of(amount, "EUR")


def goods(quantity: int = 10, price: str = "100", *, sku: str = "RTR-1", tax: int = 0) -> OrderLineDraft:
    """Pieces at a given price."""
    return OrderLineDraft(
        kind=LineKind.PRODUCT, sku=sku, quantity=quantity, unit_price=eur(price), tax_basis_points=tax
    )


def _back(pieces: int, serials: tuple[str, ...]) -> tuple[ReturnLineDraft, ...]:
    return (ReturnLineDraft(line_number=1, quantity=pieces, serials=serials),)
