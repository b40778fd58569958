"""What a partner or a person has open goes to whoever takes over, once; the rest stays and says why."""

import pytest
from msgspec.structs import replace

from libs.errors import InvalidInput
from libs.handover.documents import TASKS, HandoverTask, TaskState
from libs.handover_row import HandoverOutcome
from libs.partner import PartnerNotActive
from libs.pb.prm.tickets import v1 as tickets_pb
from libs.store.port import create
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.states import Review
from services.deals.conflicts.documents import ACCOUNTS, SLOTS
from services.orders.record.documents import ORDERS
from services.orders.record.documents import REGISTRATIONS as KNOWN_REGISTRATIONS
from services.partners.handover import usecases
from services.partners.handover.documents import HANDOVERS
from services.partners.handover.domain import (
    HandoverNotListed,
    HandoverOpen,
    HandoverPartState,
    HandoverState,
    TargetLeaves,
)
from services.partners.record.documents import PARTNERS
from services.tickets.handling.documents import ORDERS as KNOWN_ORDERS
from services.tickets.record.documents import TICKETS
from tests.builders import an_id
from tests.component.deals.harness import a_customer
from tests.component.handover.world import World

LEAVING = "auth0|leaving"
TAKING_OVER = "auth0|taking.over"


async def test_open_documents_of_every_service_go_to_the_target_and_finished_ones_do_not(world: World) -> None:
    leaver, target = world.leaver.id, world.target.id
    claim = await world.deals.approved(leaver, customer=a_customer("Acme"))
    withdrawn = await world.deals.withdraw(await world.deals.claimed(leaver, customer=a_customer("Beta")))
    draft = await world.orders.draft(partner=leaver)
    confirmed = await world.orders.confirmed(partner=leaver)
    canceled = await world.orders.cancel(await world.orders.draft(partner=leaver))
    ticket = await world.tickets.file(partner_id=leaver)
    buyer = await world.partners.apply(parent=leaver)
    await world.arrive()
    opened = await world.open()
    assert opened.state is HandoverState.LISTED
    moving = {claim.id, draft.id, confirmed.id, ticket.id, buyer.id}
    assert await world.outcomes(opened) == dict.fromkeys(moving, "TO_MOVE")
    done = await world.confirm(opened)
    assert (done.state, done.missing_services) == (HandoverState.COMPLETED, ())
    assert {part.state for part in done.parts} == {HandoverPartState.MOVED}
    assert await world.moved(done) == moving
    regs, orders = await world.rows("deals", REGISTRATIONS), await world.rows("orders", ORDERS)
    tickets, partners = await world.rows("tickets", TICKETS), await world.rows("partners", PARTNERS)
    owners = {id: row.partner_id for id, row in regs.items()}
    owners |= {id: row.partner_id for id, row in orders.items()}
    owners |= {id: row.partner_id for id, row in tickets.items()}
    assert owners == {
        claim.id: target,
        withdrawn.id: leaver,
        draft.id: target,
        confirmed.id: target,
        canceled.id: leaver,
        ticket.id: target,
    }
    assert partners[buyer.id].parent_partner_id == target
    assert regs[claim.id].protected_until == claim.protected_until


async def test_what_depends_on_a_moved_document_follows_it(world: World) -> None:
    leaver, target = world.leaver.id, world.target.id
    claim = await world.deals.claimed(leaver, customer=a_customer("Acme"))
    confirmed = await world.orders.confirmed(partner=leaver)
    await world.arrive()
    await world.confirm(await world.open())
    slots = await world.rows("deals", SLOTS)
    assert {one.partner_id for slot in slots.values() for one in slot.claims} == {target}
    accounts = await world.rows("deals", ACCOUNTS)
    assert {id: one.open_claims for id, one in accounts.items()} == {leaver: 0, target: 1}
    total = confirmed.totals.total
    assert (await world.orders.account(partner=leaver)).open_orders == total - total
    assert (await world.orders.account(partner=target)).open_orders == total
    assert (await world.rows("orders", KNOWN_REGISTRATIONS))[claim.id].partner_id == target
    assert (await world.rows("tickets", KNOWN_ORDERS))[confirmed.id].partner_id == target


async def test_an_order_in_fulfillment_its_invoice_and_a_claim_in_a_foreign_territory_stay(world: World) -> None:
    leaver = world.leaver.id
    shipped = await world.orders.confirmed(partner=leaver)
    invoice = await world.orders.invoice(shipped, await world.orders.ship(shipped))
    claim = await world.deals.claimed(leaver, customer=a_customer("Acme"))
    await world.deals.territory(partner=leaver)
    await world.arrive()
    opened = await world.open()
    expected = {shipped.id: "IN_FULFILLMENT", invoice.id: "KEEPS_DEBTOR", claim.id: "TARGET_LACKS_TERRITORY"}
    assert await world.outcomes(opened) == expected
    done = await world.confirm(opened)
    assert done.state is HandoverState.COMPLETED
    assert await world.outcomes(done) == expected


async def test_a_document_that_appears_after_the_list_is_moved_and_said_to_be_late(world: World) -> None:
    opened = await world.open()
    late = await world.orders.draft(partner=world.leaver.id)
    done = await world.confirm(opened)
    [item] = await world.items(done)
    assert (item.document_id, item.outcome, item.late) == (late.id, HandoverOutcome.MOVED, True)


async def test_a_document_that_appears_after_the_move_is_moved_later(world: World) -> None:
    done = await world.confirm(await world.open())
    late = await world.orders.draft(partner=world.leaver.id)
    await world.work()
    assert await world.moved(done) == set()
    world.later(minutes=11)
    await world.work()
    assert await world.moved(done) == {late.id}
    world.later(days=31)
    await world.work()
    too_late = await world.orders.draft(partner=world.leaver.id)
    world.later(minutes=11)
    await world.work()
    assert (await world.orders.order(too_late)).partner_id == world.leaver.id


async def test_a_service_that_is_down_is_named_and_moves_later(world: World) -> None:
    claim = await world.deals.claimed(world.leaver.id, customer=a_customer("Acme"))
    order = await world.orders.draft(partner=world.leaver.id)
    await world.arrive()
    opened = await world.open()
    waiting = await world.confirm(opened, down="deals")
    assert (waiting.state, waiting.missing_services) == (HandoverState.CONFIRMED, ("deals",))
    assert await world.moved(waiting) == {order.id}
    await world.arrive()
    await world.work()
    done = await world.handover(opened)
    assert (done.state, done.missing_services) == (HandoverState.COMPLETED, ())
    assert await world.moved(done) == {claim.id, order.id}


async def test_it_cannot_be_confirmed_before_every_service_has_listed(world: World) -> None:
    fields = {"leaving_partner_id": world.leaver.id, "target_partner_id": world.target.id}
    asked = await world.partners.run(usecases.open_handover, usecases.OpenHandover, **fields)
    await world.arrive(down="tickets")
    with pytest.raises(HandoverNotListed, match="tickets"):
        await world.partners.run(usecases.confirm_handover, usecases.ConfirmHandover, id=asked.id)


async def test_a_canceled_handover_moves_nothing_and_another_may_be_opened(world: World) -> None:
    order = await world.orders.draft(partner=world.leaver.id)
    opened = await world.open()
    with pytest.raises(HandoverOpen, match=opened.id):
        await world.open()
    await world.partners.run(usecases.cancel_handover, usecases.CancelHandover, id=opened.id)
    await world.arrive()
    await world.work()
    assert (await world.orders.order(order)).partner_id == world.leaver.id
    assert (await world.open()).state is HandoverState.LISTED


async def test_who_takes_over_must_not_be_leaving(world: World) -> None:
    back = {"leaving_partner_id": world.target.id, "target_partner_id": world.leaver.id}
    opened = await world.open()
    with pytest.raises(TargetLeaves, match=opened.id):
        await world.open(**back)
    await world.partners.run(usecases.cancel_handover, usecases.CancelHandover, id=opened.id)
    first = await world.open(leaving_user=LEAVING, target_user=TAKING_OVER)
    with pytest.raises(TargetLeaves, match=first.id):
        await world.open(leaving_user=TAKING_OVER, target_user=LEAVING)
    crossing = await world.open(**back)
    circle = replace(crossing, id=an_id("hov"), version=0, open_key=world.leaver.id, leaving_partner_id=world.leaver.id)
    await world.partners.env.store.commit([create(HANDOVERS, replace(circle, target_partner_id=world.target.id))])
    for one in (crossing, circle):
        with pytest.raises(TargetLeaves):
            await world.confirm(one)


async def test_what_appears_for_one_who_has_come_back_stays_there(world: World) -> None:
    order = await world.orders.draft(partner=world.leaver.id)
    await world.arrive()
    left = await world.confirm(await world.open())
    back = {"leaving_partner_id": world.target.id, "target_partner_id": world.leaver.id}
    await world.confirm(await world.open(**back))
    late = await world.orders.draft(partner=world.leaver.id)
    await world.arrive()
    world.later(minutes=11)
    await world.work()
    assert [(await world.orders.order(one)).partner_id for one in (order, late)] == [world.leaver.id] * 2
    assert await world.moved(left) == {order.id}


async def test_the_tickets_of_an_assignee_go_to_another_person_and_no_event_names_either(world: World) -> None:
    mine, closed, other = [await world.tickets.file(partner_id=world.leaver.id) for _ in range(3)]
    for one, assignee in ((mine, LEAVING), (closed, LEAVING), (other, "auth0|other")):
        await world.tickets.call(tickets_pb.AssignTicketRequest(id=one.id, assignee=assignee))
    await world.tickets.call(tickets_pb.CloseTicketRequest(id=closed.id, close_code=tickets_pb.CLOSE_CODE_CANCELED))
    await world.arrive()
    fields = {"leaving_user": LEAVING, "target_user": TAKING_OVER}
    made = await world.partners.run(usecases.open_handover, usecases.OpenHandover, **fields)
    [asked] = world.partners.told
    assert LEAVING.encode() not in asked.body
    assert TAKING_OVER.encode() not in asked.body
    await world.arrive()
    done = await world.confirm(await world.handover(made))
    assert await world.moved(done) == {mine.id}
    tickets = await world.rows("tickets", TICKETS)
    assignees = {id: one.assignee for id, one in tickets.items()}
    assert assignees == {mine.id: TAKING_OVER, closed.id: LEAVING, other.id: "auth0|other"}


@pytest.mark.parametrize(
    ("leaving", "target", "leaving_user", "target_user", "reasons"),
    [
        (False, False, "", "", {"REQUIRED"}),
        (True, False, "", "", {"REQUIRED"}),
        (True, True, "a", "b", {"NOT_ALLOWED"}),
        (False, False, "a", "a", {"SAME_AS_LEAVING"}),
    ],
)
async def test_who_leaves_and_who_takes_over_are_two_of_a_kind(
    world: World, leaving: bool, target: bool, leaving_user: str, target_user: str, reasons: set[str]
) -> None:
    command = usecases.OpenHandover
    with pytest.raises(InvalidInput) as refused:
        await world.partners.run(
            usecases.open_handover,
            command,
            leaving_partner_id=world.leaver.id if leaving else "",
            target_partner_id=world.target.id if target else "",
            leaving_user=leaving_user,
            target_user=target_user,
        )
    assert {one.reason for one in refused.value.violations} == reasons


async def test_the_target_must_be_active(world: World) -> None:
    applicant = await world.partners.apply()
    with pytest.raises(PartnerNotActive):
        await world.open(leaving_partner_id=world.leaver.id, target_partner_id=applicant.id)


async def test_a_draft_stays_a_draft(world: World) -> None:
    draft = await world.deals.draft(world.leaver.id)
    await world.arrive()
    await world.confirm(await world.open())
    moved = await world.deals.reg(draft)
    assert (moved.review, moved.partner_id) == (Review.DRAFT, world.target.id)


async def test_a_task_whose_persons_cannot_be_read_does_not_hold_up_another(world: World) -> None:
    ticket = await world.tickets.file(partner_id=world.leaver.id)
    await world.arrive()
    forged = HandoverTask(
        id=an_id("hov", 9),
        object_name="handover/forged",
        sealed=b"x",
        state=TaskState.MOVING,
        look_at=world.tickets.clock.now(),
    )
    await world.tickets.env.store.commit([create(TASKS, forged)])
    assert await world.moved(await world.confirm(await world.open())) == {ticket.id}
