"""The history of end customers follows a claim, an order or a ticket that is handed over."""

from typing import Any

from libs.pb.prm.orders import v1 as orders_pb
from libs.pb.prm.tickets import v1 as tickets_pb
from services.deals.customers.documents import ENTRIES
from services.deals.review import usecases as review
from tests.builders import an_id
from tests.component.deals.customers.telling import deliver, event, history, listed, ordered, ticketed
from tests.component.deals.harness import a_customer
from tests.component.handover.world import World


async def test_the_customer_of_a_claim_that_is_handed_over_is_one_of_the_new_partner(world: World) -> None:
    leaver, target = world.leaver.id, world.target.id
    reg = await world.deals.approved(leaver, customer=a_customer("Acme"))
    await world.arrive()
    [before] = await listed(world.deals, leaver)
    await world.confirm(await world.open())
    assert await listed(world.deals, leaver) == []
    [after] = await listed(world.deals, target)
    [whole] = await listed(world.deals)
    assert (after.customer, whole.customer_id) == (before.customer, whole.id)
    assert [await history(world.deals, after.id, target), await history(world.deals, whole.id)] == [[reg.id]] * 2


async def test_a_recalled_claim_that_is_handed_over_stays_in_the_history_of_its_customer(world: World) -> None:
    leaver, target = world.leaver.id, world.target.id
    reg = await world.deals.submit(await world.deals.draft(leaver, customer=a_customer("Acme")))
    await world.arrive()
    [whole] = await listed(world.deals)
    await world.deals.run(review.recall_registration, review.RecallRegistration, id=reg.id)
    await world.confirm(await world.open())
    assert await listed(world.deals, leaver) == []
    [own] = await listed(world.deals, target)
    assert await history(world.deals, own.id, target) == await history(world.deals, whole.id) == [reg.id]


async def test_a_draft_that_is_handed_over_is_nobodys_customer(world: World) -> None:
    await world.deals.draft(world.leaver.id, customer=a_customer("Acme"))
    await world.arrive()
    await world.confirm(await world.open())
    assert [await listed(world.deals, one) for one in ("", world.leaver.id, world.target.id)] == [[], [], []]


async def test_orders_and_tickets_name_their_new_partner_in_any_order_of_events(world: World) -> None:
    harness, leaver, target = world.deals, world.leaver.id, world.target.id
    reg = await harness.submit(await harness.draft(leaver, customer=a_customer("Acme")))
    submitted = next(one for one in harness.told if one.type.endswith("RegistrationSubmitted"))
    order, ticket = an_id("ord"), an_id("tkt")
    moved: dict[str, Any] = {"partner_id": target, "from_partner_id": leaver, "handover_id": an_id("hov")}
    events = [
        submitted,
        ordered(reg.id, partner=leaver),
        ticketed(partner=leaver),
        event(orders_pb.OrderHandedOver(order_id=order, **moved), order, version=2),
        event(tickets_pb.TicketHandedOver(ticket_id=ticket, **moved), ticket, version=2),
    ]
    for envelope in (*events, *reversed(events)):
        await deliver(harness, envelope)
    found = [await harness.value(ENTRIES, one) for one in (order, ticket)]
    assert [(one.partner_id, one.state) for one in found] == [(target, "CREATED")] * 2
    [own] = await listed(harness, leaver)
    assert await history(harness, own.id, leaver) == [reg.id]
