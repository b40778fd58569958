"""What deals, orders and tickets tell of a partner shows at once, and is summed up later to the same figures."""

from datetime import date
from typing import Any

from google.protobuf.message import Message
from google.type.date_pb2 import Date
from google.type.money_pb2 import Money as WireMoney

from libs.money import Money
from libs.pb.prm.deals import v1 as deals_pb
from libs.pb.prm.orders import v1 as orders_pb
from libs.pb.prm.tickets import v1 as tickets_pb
from services.partners.facts.domain.activity import PartnerActivity
from services.partners.overview import usecases as overview
from tests.builders import an_id
from tests.component.partners.facts.telling import settled, summed_up, tell
from tests.component.partners.harness import Harness

EUR_3 = WireMoney(currency_code="EUR", units=3)
EUR_10 = WireMoney(currency_code="EUR", units=10)
USD_7 = WireMoney(currency_code="USD", units=7, nanos=500_000_000)


async def seen(harness: Harness, partner_id: str) -> PartnerActivity:
    """What GetPartner answers."""
    found = await harness.look(overview.get_partner, overview.GetPartner, id=partner_id)
    return found.activity


def life(partner: str) -> list[Message]:
    """One of everything that peers tell of a partner, and its opposite where there is one."""
    of: dict[str, Any] = {"partner_id": partner}
    imported = deals_pb.REVIEW_CONVERTED
    return [
        deals_pb.RegistrationApproved(registration_id=an_id("reg", 1), **of),
        deals_pb.RegistrationConverted(registration_id=an_id("reg", 1), **of),
        deals_pb.RegistrationApproved(registration_id=an_id("reg", 2), **of),
        deals_pb.RegistrationImported(registration_id=an_id("reg", 3), review=imported, **of),
        deals_pb.RegistrationImported(registration_id=an_id("reg", 4), review=deals_pb.REVIEW_REJECTED, **of),
        orders_pb.OrderConfirmed(
            order_id=an_id("ord", 1), total=EUR_10, order_date=Date(year=2026, month=2, day=1), **of
        ),
        orders_pb.OrderConfirmed(
            order_id=an_id("ord", 2), total=USD_7, order_date=Date(year=2026, month=2, day=9), **of
        ),
        orders_pb.OrderConfirmed(
            order_id=an_id("ord", 3), total=EUR_10, order_date=Date(year=2026, month=3, day=1), **of
        ),
        orders_pb.OrderCanceled(order_id=an_id("ord", 3), confirmed=True, total=EUR_10, **of),
        orders_pb.OrderClosed(order_id=an_id("ord", 1), canceled_total=EUR_3, **of),
        orders_pb.OrderImported(
            order_id=an_id("ord", 4),
            state=orders_pb.ORDER_STATE_COMPLETED,
            total=EUR_10,
            order_date=Date(year=2011, month=5, day=6),
            **of,
        ),
        orders_pb.OrderImported(order_id=an_id("ord", 5), state=orders_pb.ORDER_STATE_CANCELED, total=EUR_10, **of),
        orders_pb.InvoiceFellOverdue(invoice_id=an_id("inv", 1), order_id=an_id("ord", 1), open=EUR_10, **of),
        orders_pb.InvoiceFellOverdue(invoice_id=an_id("inv", 2), order_id=an_id("ord", 2), open=USD_7, **of),
        orders_pb.InvoicePaid(invoice_id=an_id("inv", 2), order_id=an_id("ord", 2), overdue=True, **of),
        tickets_pb.TicketCreated(ticket_id=an_id("tkt", 1), **of),
        tickets_pb.DeadlineBreached(ticket_id=an_id("tkt", 1), **of),
        tickets_pb.TicketImported(ticket_id=an_id("tkt", 2), sla_outcome=tickets_pb.SLA_OUTCOME_BREACHED, **of),
        tickets_pb.TicketImported(ticket_id=an_id("tkt", 3), sla_outcome=tickets_pb.SLA_OUTCOME_MET, **of),
    ]


async def test_everything_told_shows_at_once_and_in_the_sums_alike(harness: Harness) -> None:
    partner, other = await harness.apply(), await harness.apply()
    for message in life(partner.id):
        await tell(harness, message)
    await tell(harness, tickets_pb.TicketCreated(ticket_id=an_id("tkt", 9), partner_id=other.id))
    wanted = PartnerActivity(
        approved_registration_count=3,
        converted_registration_count=2,
        order_count=3,
        order_totals=(Money.of(17, "EUR"), Money.of("7.5", "USD")),
        last_order_date=date(2026, 2, 9),
        overdue_invoice_count=1,
        ticket_count=3,
        breached_ticket_count=2,
    )
    assert await seen(harness, partner.id) == wanted
    await settled(harness)
    assert await seen(harness, partner.id) == wanted
    assert await seen(harness, other.id) == PartnerActivity(ticket_count=1)


async def test_the_order_in_which_events_come_and_when_sums_are_made_do_not_matter(harness: Harness) -> None:
    partner, other = await harness.apply(), await harness.apply()
    for message in life(partner.id):
        await tell(harness, message)
    for place, message in enumerate(reversed(life(other.id))):
        for field in ("registration_id", "order_id", "invoice_id", "ticket_id"):
            if getattr(message, field, ""):
                setattr(message, field, getattr(message, field).replace("local_01", "local_02"))
        await tell(harness, message)
        if place % 3 == 0:
            await summed_up(harness)
    assert await seen(harness, other.id) == await seen(harness, partner.id)


async def test_an_event_that_comes_again_counts_once(harness: Harness) -> None:
    partner = await harness.apply()
    event = orders_pb.OrderConfirmed(order_id=an_id("ord"), partner_id=partner.id, total=EUR_10)
    await tell(harness, event, id="e1")
    await tell(harness, event, id="e1")
    await tell(harness, event, id="e2")
    assert (await seen(harness, partner.id)).order_totals == (Money.of(10, "EUR"),)
    canceled = orders_pb.OrderCanceled(order_id=an_id("ord"), partner_id=partner.id, confirmed=True)
    await tell(harness, canceled, id="e3")
    await tell(harness, event, id="e1")
    assert await seen(harness, partner.id) == PartnerActivity()


async def test_more_reports_than_a_commit_holds_are_summed_up_in_turns(harness: Harness) -> None:
    partner = await harness.apply()
    for number in range(100, 295):
        await tell(harness, tickets_pb.TicketCreated(ticket_id=an_id("tkt", number), partner_id=partner.id))
    assert (await seen(harness, partner.id)).ticket_count == 195
    turns = 0
    while await summed_up(harness):
        turns += 1
        assert (await seen(harness, partner.id)).ticket_count == 195
    assert turns == 1
