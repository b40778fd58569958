"""Over the wire, with the tokens, the policy and the events of a running cell: what a partner's people can do there."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from libs.clock import SteppedClock
from libs.config import Settings
from libs.pb.prm.common.v1 import person_pb2
from libs.pb.prm.deals import v1 as deals_pb
from libs.pb.prm.orders import v1 as orders_pb
from libs.pb.prm.partners import v1 as partners_pb
from libs.pb.prm.tickets import v1 as tickets_pb
from libs.rpc.client import CallFailed
from libs.runtime.cell import RunningCell, running
from services.__main__ import builders
from services.demo.scenario import rpc_path
from tests.builders import NOW

SALES = partners_pb.CONTACT_ROLE_SALES


@pytest.fixture
async def cell(tmp_path: Path) -> AsyncIterator[RunningCell]:
    settings = Settings(data_dir=tmp_path, listen="127.0.0.1:0")
    async with running(
        builders("partners", "deals", "orders", "tickets"), settings, clock=SteppedClock(NOW), sweep=False
    ) as found:
        yield found


async def call(cell: RunningCell, request: Any, *roles: str, partner: str = "", subject: str = "local") -> Any:
    """The answer to a request of somebody with these roles, by default an administrator."""
    name = request.DESCRIPTOR.name.removesuffix("Request")
    service = request.DESCRIPTOR.file.package.split(".")[1]
    async with cell.client(*roles, partner_id=partner, subject=subject) as client:
        return await client.call(rpc_path(service, name), request)


async def refused(cell: RunningCell, request: Any, *roles: str, partner: str) -> tuple[str, str]:
    """Code and reason of the refusal."""
    with pytest.raises(CallFailed) as failed:
        await call(cell, request, *roles, partner=partner)
    return failed.value.code, failed.value.reason


@pytest.fixture
async def chain(cell: RunningCell) -> tuple[str, str]:
    """A distributor and a reseller who buys from it, known to everybody."""
    imported = []
    for number, parent in enumerate(("", "P-0")):
        row = partners_pb.ImportPartnerRow(
            external_source="crm",
            external_id=f"P-{number}",
            parent_external_id=parent,
            kind=partners_pb.PARTNER_KIND_DISTRIBUTOR,
            legal_name=f"Partner {number}",
            country="DE",
            status=partners_pb.PARTNER_STATUS_ACTIVE,
        )

        async def once(request: partners_pb.ImportPartnersRequest) -> AsyncIterator[partners_pb.ImportPartnersRequest]:
            yield request

        async with cell.client() as client:
            batch = once(partners_pb.ImportPartnersRequest(rows=[row]))
            [answer] = [one async for one in client.converse(rpc_path("partners", "ImportPartners"), batch)]
        imported.append(answer.results[0].id)
    await cell.settled()
    return imported[0], imported[1]


def a_claim(partner: str, request_id: str = "") -> deals_pb.CreateRegistrationRequest:
    """A claim on somebody."""
    customer = deals_pb.Customer(legal_name="Acme GmbH", country="DE")
    return deals_pb.CreateRegistrationRequest(partner_id=partner, customer=customer, request_id=request_id)


def an_order(partner: str) -> orders_pb.CreateOrderRequest:
    """An order without lines."""
    return orders_pb.CreateOrderRequest(partner_id=partner, currency="EUR", ship_to_country="DE")


def a_ticket(partner: str) -> tickets_pb.CreateTicketRequest:
    """A customer needs something."""
    return tickets_pb.CreateTicketRequest(
        partner_id=partner,
        requester=person_pb2.Person(name="Ngozi"),
        subject=person_pb2.PersonalText(text="It does not start"),
        channel=tickets_pb.CHANNEL_PORTAL,
        impact=tickets_pb.IMPACT_HIGH,
        urgency=tickets_pb.URGENCY_HIGH,
    )


async def test_a_partners_administrator_looks_after_its_people_and_its_sellers_do_not(
    cell: RunningCell, chain: tuple[str, str]
) -> None:
    top, below = chain
    person = person_pb2.Person(name="Ada")
    adding = partners_pb.AddContactRequest(partner_id=top, person=person, roles=[SALES])
    added = (await call(cell, adding, "partner_admin", partner=top)).contact
    changing = partners_pb.UpdateContactRequest(id=added.id, primary=True)
    changing.update_mask.paths.append("primary")
    assert (await call(cell, changing, "partner_admin", partner=top)).contact.primary
    removing = partners_pb.RemoveContactRequest(id=added.id)
    for role in ("partner_sales", "partner_support"):
        for request in (adding, changing, removing):
            assert await refused(cell, request, role, partner=top) == ("PERMISSION_DENIED", "PERMISSION_DENIED")
    listing = partners_pb.ListContactsRequest(partner_id=top)
    assert len((await call(cell, listing, "partner_sales", partner=top)).contacts) == 1
    for foreign in (adding, changing, removing, listing):
        assert await refused(cell, foreign, "partner_admin", partner=below) == ("NOT_FOUND", "NOT_FOUND")
    await call(cell, removing, "partner_admin", partner=top)
    assert not (await call(cell, listing, "partner_admin", partner=top)).contacts


async def test_a_downline_is_seen_from_the_word_of_the_vendor_on_and_until_the_next(
    cell: RunningCell, chain: tuple[str, str]
) -> None:
    top, below = chain
    claim = (await call(cell, a_claim(below), "partner_sales", partner=below)).registration
    order = (await call(cell, an_order(below), "partner_sales", partner=below)).order
    ticket = (await call(cell, a_ticket(below), "partner_support", partner=below)).ticket
    asked = (
        ("partner_sales", deals_pb.GetRegistrationRequest(id=claim.id), claim.id),
        ("partner_sales", deals_pb.ListRegistrationsRequest(partner_id=below), claim.id),
        ("partner_sales", orders_pb.GetOrderRequest(id=order.id), order.id),
        ("partner_sales", orders_pb.ListOrdersRequest(partner_id=below), order.id),
        ("partner_support", tickets_pb.GetTicketRequest(id=ticket.id), ticket.id),
        ("partner_support", tickets_pb.ListTicketsRequest(partner_id=below), ticket.id),
        ("partner_admin", partners_pb.GetPartnerRequest(id=below), below),
        ("partner_admin", partners_pb.ListDownlineRequest(partner_id=below), ""),
    )
    opening = partners_pb.SetDownlineAccessRequest(id=top, sees_downline=True)
    hidden = ("NOT_FOUND", "NOT_FOUND")
    assert await refused(cell, opening, "partner_admin", partner=top) == ("PERMISSION_DENIED", "PERMISSION_DENIED")
    for opened in (False, True, False):
        answer = await call(cell, partners_pb.SetDownlineAccessRequest(id=top, sees_downline=opened), "channel_manager")
        assert answer.partner.sees_downline is opened
        await cell.settled()
        for role, request, id in asked:
            if opened:
                assert id.encode() in (await call(cell, request, role, partner=top)).SerializeToString()
            else:
                assert await refused(cell, request, role, partner=top) == hidden
        withdrawing = deals_pb.WithdrawRegistrationRequest(id=claim.id)
        assert await refused(cell, withdrawing, "partner_sales", partner=top) == hidden
        own = deals_pb.ListRegistrationsRequest()
        assert not (await call(cell, own, "partner_sales", partner=top)).registrations


async def test_an_answer_is_given_again_to_the_partner_that_got_it_only(
    cell: RunningCell, chain: tuple[str, str]
) -> None:
    top, below = chain
    asked = a_claim(below, "r1")
    first = await call(cell, asked, "partner_sales", partner=below, subject="moved")
    assert await call(cell, asked, "partner_sales", partner=below, subject="moved") == first
    with pytest.raises(CallFailed) as failed:
        await call(cell, asked, "partner_sales", partner=top, subject="moved")
    assert (failed.value.code, failed.value.reason) == ("NOT_FOUND", "NOT_FOUND")


async def test_people_of_a_suspended_partner_comment_repeat_and_start_nothing(
    cell: RunningCell, chain: tuple[str, str]
) -> None:
    mine, _ = chain
    claiming = a_claim(mine, "before")
    claim = await call(cell, claiming, "partner_sales", partner=mine)
    ticket = (await call(cell, a_ticket(mine), "partner_support", partner=mine)).ticket
    suspending = partners_pb.SuspendPartnerRequest(id=mine, status_reason=partners_pb.STATUS_REASON_AGREEMENT_BREACH)
    await call(cell, suspending)
    await cell.settled()
    closed = ("FAILED_PRECONDITION", "PARTNER_NOT_ACTIVE")
    for role, request in (
        ("partner_support", a_ticket(mine)),
        ("partner_sales", a_claim(mine, "after")),
        ("partner_sales", deals_pb.WithdrawRegistrationRequest(id=claim.registration.id)),
        ("partner_sales", an_order(mine)),
        (
            "partner_admin",
            partners_pb.AddContactRequest(partner_id=mine, person=person_pb2.Person(name="Ada"), roles=[SALES]),
        ),
    ):
        assert await refused(cell, request, role, partner=mine) == closed
    said = tickets_pb.AddCommentRequest(
        ticket_id=ticket.id,
        visibility=tickets_pb.VISIBILITY_PARTNER,
        body=person_pb2.PersonalText(text="Serial number 7"),
    )
    assert (await call(cell, said, "partner_support", partner=mine)).comment.ticket_id == ticket.id
    assert await call(cell, claiming, "partner_sales", partner=mine) == claim
    assert (await call(cell, a_ticket(mine), "support_agent")).ticket.partner_id == mine
