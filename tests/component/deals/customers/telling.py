"""Events that reach the end customers, and what the records then say."""

from contextlib import suppress
from datetime import date, datetime
from typing import Any

from google.type.date_pb2 import Date
from google.type.money_pb2 import Money

from libs.call import SYSTEM, Call
from libs.errors import Contended
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from libs.messaging.verdict import ATTEMPTS_AT_MOST
from libs.pb.prm.options.v1 import options_pb2
from libs.pb.prm.orders import v1 as orders_pb
from libs.pb.prm.tickets import v1 as tickets_pb
from libs.store.port import Page
from services.deals.claims.domain.registration import Registration
from services.deals.customers.consumers import CONSUMERS
from services.deals.customers.documents import ENTRIES
from services.deals.customers.domain.customers import EndCustomer
from services.deals.customers.domain.entries import CustomerEntry
from services.deals.customers.usecases import lists
from tests.builders import NOW, a_call_of, an_id
from tests.component.deals.harness import PARTNER, Harness


async def deliver(harness: Harness, envelope: Envelope) -> None:
    """Give an event to the consumer that takes it, if there is one."""
    subject = envelope.subject.split(".", 2)[2]
    for consumer in CONSUMERS:
        if consumer.takes(subject):
            await _until_handled(harness, consumer, envelope)


async def _until_handled(harness: Harness, consumer: Consumer[Any], envelope: Envelope) -> None:
    """As the broker does: an event whose rows another process changed meanwhile comes again."""
    for _ in range(ATTEMPTS_AT_MOST):
        with suppress(Contended):
            return await consumer.handle(harness.env, envelope, Call(caller=SYSTEM, method="test"))
    raise AssertionError(f"{envelope.id} is never handled")


async def settle(harness: Harness) -> None:
    """Deliver what the service itself has told, and keep what it tells then."""
    told, harness.told = harness.told, []
    for envelope in told:
        await deliver(harness, envelope)


def told(harness: Harness) -> list[tuple[str, Any]]:
    """Name and body of every event since the last time somebody asked."""
    return [(name, body) for name, _, body in harness.events()]


def event(message: Any, about: str, *, version: int = 1, time: datetime = NOW) -> Envelope:
    """An event of a peer."""
    subject: str = message.DESCRIPTOR.GetOptions().Extensions[options_pb2.event].subject
    return Envelope(
        id=f"{subject}:{about}:{version}",
        type=message.DESCRIPTOR.full_name,
        source="prm/local/peer",
        about=about,
        version=version,
        subject=f"prm.local.{subject}",
        time=time,
        body=message.SerializeToString(),
    )


def ordered(reg_id: str, number: int = 1, *, partner: str = PARTNER, total: Money | None = None) -> Envelope:
    """An order that names a claim was created."""
    id = an_id("ord", number)
    body = orders_pb.OrderCreated(order_id=id, partner_id=partner, registration_id=reg_id, total=total)
    return event(body, id)


def confirmed(
    reg_id: str, day: date, number: int = 1, *, partner: str = PARTNER, total: Money | None = None
) -> Envelope:
    """It was confirmed."""
    id, on = an_id("ord", number), Date(year=day.year, month=day.month, day=day.day)
    body = orders_pb.OrderConfirmed(order_id=id, partner_id=partner, registration_id=reg_id, order_date=on, total=total)
    return event(body, id, version=2)


def closed(number: int = 1, *, partner: str = PARTNER, canceled: Money | None = None) -> Envelope:
    """It was closed, and what was not shipped of it is canceled."""
    id = an_id("ord", number)
    return event(orders_pb.OrderClosed(order_id=id, partner_id=partner, canceled_total=canceled), id, version=4)


def canceled(number: int = 1, *, partner: str = PARTNER) -> Envelope:
    """It was canceled."""
    id = an_id("ord", number)
    return event(orders_pb.OrderCanceled(order_id=id, partner_id=partner), id, version=3)


def ticketed(number: int = 1, *, order: int = 1, partner: str = PARTNER) -> Envelope:
    """A ticket about an order was created."""
    id = an_id("tkt", number)
    return event(tickets_pb.TicketCreated(ticket_id=id, partner_id=partner, order_id=an_id("ord", order)), id)


async def listed(harness: Harness, partner: str = "", **asked: Any) -> list[EndCustomer]:
    """The records that the vendor's people, or those of a partner, find."""
    call = a_call_of(partner) if partner else a_call_of("", role="channel_manager")
    page: Page[EndCustomer] = await lists.list_customers(harness.env, lists.ListCustomers(call=call, **asked))
    return [loaded.value for loaded in page.rows]


async def history(harness: Harness, id: str, partner: str = "", *, page_size: int = 0) -> list[str]:
    """The ids of the documents, read page by page."""
    call = a_call_of(partner) if partner else a_call_of("", role="channel_manager")
    found, token = list[str](), ""
    while True:
        asked = lists.ListOfCustomer(call=call, customer_id=id, page_size=page_size, page_token=token)
        rows = await lists.get_customer_history(harness.env, asked)
        found += [one.document_id for one in rows.found]
        if not (token := rows.next_page_token):
            return found


async def entry(harness: Harness, reg: Registration) -> CustomerEntry:
    """The entry of a claim."""
    return await harness.value(ENTRIES, reg.id)
