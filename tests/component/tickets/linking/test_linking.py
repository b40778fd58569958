"""Duplicates are merged and parts become tickets of their own, as callers see it."""

import asyncio
from typing import Any

import pytest

from libs.errors import EtagMismatch, NotFound, WrongState
from libs.pb.prm.tickets import v1 as pb
from services.tickets.linking.domain import PartnersDiffer
from tests.builders import an_id
from tests.component.tickets.harness import ORDER, OTHER_PARTNER, Harness, stamp, text


async def _two(harness: Harness) -> tuple[str, str]:
    found = (await harness.file()).id, (await harness.file()).id
    harness.events()
    return found


async def test_a_duplicate_is_merged_and_both_say_so(served: Harness) -> None:
    duplicate, other = await _two(served)
    said = pb.AddCommentRequest(ticket_id=duplicate, visibility=pb.VISIBILITY_PARTNER, body=text("Hello?"))
    await served.call(said)
    served.events()
    ended = (await served.call(pb.MergeTicketRequest(id=duplicate, into_ticket_id=other))).ticket
    found, into = await served.get(duplicate), await served.get(other)
    assert ended == found.ticket
    assert (ended.state, ended.close_code) == (pb.TICKET_STATE_CANCELED, pb.CLOSE_CODE_DUPLICATE)
    assert (ended.merged_into_ticket_id, [*into.ticket.merged_ticket_ids]) == (other, [duplicate])
    assert [comment.body.text for comment in found.comments] == ["Hello?"]
    assert [change.state for change in into.changes] == [pb.TICKET_STATE_NEW]
    assert [(name, version, event.ticket_id) for name, version, event in _told(served)] == [
        ("TicketClosed", 3, duplicate),
        ("TicketMerged", 3, duplicate),
        ("TicketLinked", 2, other),
    ]


async def test_a_merged_ticket_is_final(served: Harness) -> None:
    duplicate, other = await _two(served)
    third = (await served.file()).id
    await served.call(pb.MergeTicketRequest(id=duplicate, into_ticket_id=other))
    for request in (
        pb.MergeTicketRequest(id=other, into_ticket_id=duplicate),
        pb.MergeTicketRequest(id=duplicate, into_ticket_id=third),
        pb.SplitTicketRequest(id=duplicate, subject=text("x")),
        pb.ReopenTicketRequest(id=duplicate),
    ):
        with pytest.raises(WrongState):
            await served.call(request)
    await served.call(pb.MergeTicketRequest(id=other, into_ticket_id=third))
    assert (await served.get(other)).ticket.merged_into_ticket_id == third


async def test_tickets_of_two_partners_and_unknown_ones_are_not_merged(served: Harness) -> None:
    await served.know_partner(OTHER_PARTNER)
    ticket, foreign = (await served.file()).id, (await served.file(partner_id=OTHER_PARTNER)).id
    with pytest.raises(PartnersDiffer):
        await served.call(pb.MergeTicketRequest(id=ticket, into_ticket_id=foreign))
    with pytest.raises(NotFound):
        await served.call(pb.MergeTicketRequest(id=ticket, into_ticket_id=an_id("tkt", 9)))
    with pytest.raises(EtagMismatch):
        await served.call(pb.MergeTicketRequest(id=ticket, etag="7", into_ticket_id=foreign))


async def test_two_that_are_merged_into_each_other_at_once_leave_one(served: Harness) -> None:
    one, other = await _two(served)
    found = await asyncio.gather(
        served.call(pb.MergeTicketRequest(id=one, into_ticket_id=other)),
        served.call(pb.MergeTicketRequest(id=other, into_ticket_id=one)),
        return_exceptions=True,
    )
    assert [type(answer) for answer in found].count(WrongState) == 1
    states = {(await served.get(id)).ticket.state for id in (one, other)}
    assert states == {pb.TICKET_STATE_NEW, pb.TICKET_STATE_CANCELED}


async def test_a_part_becomes_a_ticket_of_its_own_with_clocks_from_now_on(served: Harness) -> None:
    await served.know_order()
    first = await served.file(order_id=ORDER, sku="RTR-1", serial="SN-1", category="network", subcategory="router")
    served.events()
    now = served.later(minutes=20)
    request = pb.SplitTicketRequest(
        id=first.id, request_id="r1", subject=text("The cable, too"), urgency=pb.URGENCY_LOW
    )
    part = (await served.call(request)).ticket
    assert (await served.call(request)).ticket == part
    found = await served.get(part.id)
    assert found.ticket == part
    assert (part.state, part.split_from_ticket_id) == (pb.TICKET_STATE_NEW, first.id)
    assert (part.subject.text, part.requester) == ("The cable, too", first.requester)
    for field in ("partner_id", "order_id", "sku", "serial", "category", "subcategory", "channel", "country", "impact"):
        assert getattr(part, field) == getattr(first, field)
    assert part.priority == pb.PRIORITY_MODERATE
    assert {clock.start_time.ToDatetime() for clock in part.clocks} == {stamp(now).ToDatetime()}
    assert len(found.changes) == 1
    again = (await served.get(first.id)).ticket
    assert ([*again.split_ticket_ids], again.clocks) == ([part.id], first.clocks)
    assert [(name, version, event.ticket_id) for name, version, event in _told(served)] == [
        ("TicketCreated", 1, part.id),
        ("TicketLinked", 2, first.id),
    ]


async def test_a_category_of_its_own_brings_no_subcategory_of_the_first(served: Harness) -> None:
    first = await served.file(category="network", subcategory="router")
    part = (await served.call(pb.SplitTicketRequest(id=first.id, subject=text("x"), category="power"))).ticket
    assert (part.category, part.subcategory) == ("power", "")


def _told(harness: Harness) -> list[tuple[str, int, Any]]:
    return harness.events()
