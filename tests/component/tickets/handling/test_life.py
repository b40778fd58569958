"""The life of a ticket as its callers see it: every move, what is told of it, and what is refused."""

from typing import Any

import pytest

from libs.country import Cell, Directory
from libs.errors import (
    AppError,
    EtagMismatch,
    InvalidInput,
    NotFound,
    NotYetKnown,
    RequestIdReused,
    WrongCell,
    WrongState,
)
from libs.partner import PartnerNotActive, PartnerStatus
from libs.pb.prm.common.v1 import person_pb2
from libs.pb.prm.tickets import v1 as pb
from services.tickets.handling.domain.refusals import NotForPartners, OrderNotOfPartner
from tests.builders import NOW, an_id
from tests.component.tickets.harness import ORDER, OTHER_PARTNER, PARTNER, Harness, a_filing, stamp, text

PARTNER_READS, VENDOR_READS = pb.VISIBILITY_PARTNER, pb.VISIBILITY_INTERNAL
VENDOR, REQUESTER = pb.COMMENT_SIDE_VENDOR, pb.COMMENT_SIDE_REQUESTER


def _states(ticket: pb.Ticket) -> dict[str, str]:
    return {
        pb.ClockType.Name(clock.type).removeprefix("CLOCK_TYPE_"): pb.ClockState.Name(clock.state).removeprefix(
            "CLOCK_STATE_"
        )
        for clock in ticket.clocks
    }


async def test_a_ticket_is_filed_with_its_priority_and_its_clocks_in_the_country_of_the_partner(
    served: Harness,
) -> None:
    ticket = await served.file(sku="RTR-1", serial="SN-1")
    assert ticket.country == "DE"
    assert ticket.state == pb.TICKET_STATE_NEW
    assert ticket.priority == pb.PRIORITY_CRITICAL
    assert ticket.requester.person_id.startswith("psn_local_")
    assert (ticket.service_policy_id, ticket.service_policy_version) == ("standard", 1)
    assert _states(ticket) == {"FIRST_RESPONSE": "RUNNING", "RESOLUTION": "RUNNING"}
    assert ticket.create_time == stamp(NOW)
    created = pb.TicketCreated(
        ticket_id=ticket.id,
        partner_id=PARTNER,
        channel=pb.CHANNEL_PORTAL,
        priority=pb.PRIORITY_CRITICAL,
        country="DE",
        sku="RTR-1",
        serial="SN-1",
    )
    assert served.events() == [("TicketCreated", 1, created)]


async def test_the_whole_life_is_told_step_by_step_with_rising_versions(served: Harness) -> None:
    id = (await served.file()).id
    steps: list[Any] = [
        pb.AssignTicketRequest(id=id, assignment_group="desk"),
        pb.AddCommentRequest(ticket_id=id, visibility=PARTNER_READS, body=text("We are on it")),
        pb.SetPendingRequest(id=id, pending_reason=pb.PENDING_REASON_AWAITING_REQUESTER),
        pb.AddCommentRequest(ticket_id=id, visibility=PARTNER_READS, side=REQUESTER, body=text("It is blue")),
        pb.SetPendingRequest(id=id, pending_reason=pb.PENDING_REASON_AWAITING_PARTS),
        pb.ResumeTicketRequest(id=id),
        pb.ResolveTicketRequest(id=id, resolution_code="REPLACED", resolution_note=text("New power supply")),
        pb.ReopenTicketRequest(id=id, reason=text("It is broken again")),
        pb.ResolveTicketRequest(id=id, resolution_code="REPLACED"),
        pb.CloseTicketRequest(id=id, close_code=pb.CLOSE_CODE_SOLVED),
        pb.RecordSatisfactionRequest(id=id, score=4),
    ]
    for step in steps:
        served.later(minutes=2)
        await served.call(step)
    assert [(name, version) for name, version, _ in served.events()] == [
        ("TicketCreated", 1),
        ("TicketAssigned", 2),
        ("CommentAdded", 3),
        ("TicketPaused", 4),
        ("TicketResumed", 5),
        ("CommentAdded", 5),
        ("TicketPaused", 6),
        ("TicketResumed", 7),
        ("TicketResolved", 8),
        ("TicketReopened", 9),
        ("CommentAdded", 9),
        ("TicketResolved", 10),
        ("TicketClosed", 11),
        ("SurveyOpened", 11),
        ("SatisfactionRecorded", 12),
    ]
    found = await served.get(id)
    assert [pb.TicketState.Name(change.state).removeprefix("TICKET_STATE_") for change in found.changes] == (
        ["NEW", "OPEN", "PENDING", "OPEN", "HELD", "OPEN", "RESOLVED", "OPEN", "RESOLVED", "CLOSED"]
    )
    assert [(comment.side, comment.body.text) for comment in found.comments] == [
        (VENDOR, "We are on it"),
        (REQUESTER, "It is blue"),
        (REQUESTER, "It is broken again"),
    ]
    ticket = found.ticket
    assert (ticket.reopen_count, ticket.satisfaction.score, ticket.etag) == (1, 4, "12")
    assert ticket.sla_outcome == pb.SLA_OUTCOME_MET
    assert _states(ticket) == {"FIRST_RESPONSE": "MET", "NEXT_RESPONSE": "MET", "RESOLUTION": "MET"}


@pytest.mark.parametrize("status", PartnerStatus)
async def test_a_partner_files_once_it_is_admitted_and_until_it_is_gone(
    harness: Harness, status: PartnerStatus
) -> None:
    await harness.know_partner(status=status)
    if status in (PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED):
        assert (await harness.file()).partner_id == PARTNER
    else:
        with pytest.raises(PartnerNotActive):
            await harness.file()


async def test_a_partner_nobody_told_of_may_not_file(harness: Harness) -> None:
    with pytest.raises(NotFound, match="is not known here, or not yet"):
        await harness.file()


async def test_an_order_must_be_known_as_the_partners_own(served: Harness) -> None:
    await served.know_partner(OTHER_PARTNER)
    with pytest.raises(NotYetKnown):
        await served.file(order_id=ORDER)
    await served.know_order(partner=OTHER_PARTNER)
    with pytest.raises(OrderNotOfPartner):
        await served.file(order_id=ORDER)
    assert (await served.file(order_id=ORDER, partner_id=OTHER_PARTNER)).order_id == ORDER


async def test_a_country_is_needed_known_and_served_here(harness: Harness) -> None:
    await harness.know_partner(country="")
    for country, reason in [("", "REQUIRED"), ("XQ", "UNKNOWN_COUNTRY")]:
        with pytest.raises(InvalidInput) as refused:
            await harness.file(country=country)
        assert [(v.field, v.reason) for v in refused.value.violations] == [("country", reason)]
    assert (await harness.file(country="CN")).country == "CN"


async def test_a_requester_belongs_to_the_cell_that_serves_where_they_live(harness: Harness) -> None:
    await harness.know_partner()
    harness.env.directory = Directory(Cell(code="local", countries=("DE",), time_zone="Europe/Berlin", currency="EUR"))
    claire = person_pb2.Person(name="Claire Dubois", address=person_pb2.PostalAddress(country="FR"))
    with pytest.raises(WrongCell):
        await harness.file(country="DE", requester=claire)
    claire.address.country = "QQ"
    with pytest.raises(InvalidInput, match=r"requester\.address\.country"):
        await harness.file(country="DE", requester=claire)
    claire.address.country = "DE"
    assert (await harness.file(country="DE", requester=claire)).requester.address.country == "DE"


async def test_ids_of_another_cell_are_refused_by_name(served: Harness) -> None:
    with pytest.raises(WrongCell):
        await served.file(partner_id=an_id("ptn", cell="cn"))
    with pytest.raises(WrongCell):
        await served.get(an_id("tkt", cell="cn"))


async def test_a_repeated_request_gets_the_first_answer_and_another_one_under_its_id_is_refused(
    served: Harness,
) -> None:
    first = await served.file(request_id="r1")
    again = await served.file(request_id="r1")
    assert again == first
    with pytest.raises(RequestIdReused):
        await served.file(request_id="r1", sku="OTHER")
    comment = pb.AddCommentRequest(ticket_id=first.id, request_id="r2", visibility=PARTNER_READS, body=text("Hello"))
    said = await served.call(comment)
    assert await served.call(comment) == said
    found = await served.get(first.id)
    assert (len(found.comments), found.ticket.etag) == (1, "2")
    assert served.names() == ["TicketCreated", "CommentAdded"]


async def test_a_stale_etag_is_refused_also_after_a_comment(served: Harness) -> None:
    ticket = await served.file()
    await served.call(pb.AddCommentRequest(ticket_id=ticket.id, visibility=PARTNER_READS, body=text("Hello")))
    with pytest.raises(EtagMismatch):
        await served.call(pb.AssignTicketRequest(id=ticket.id, etag=ticket.etag, assignee="u1"))
    with pytest.raises(EtagMismatch):
        await served.call(
            pb.AddCommentRequest(ticket_id=ticket.id, etag=ticket.etag, visibility=PARTNER_READS, body=text("Hi"))
        )


async def test_work_notes_are_the_vendors_alone(served: Harness) -> None:
    id = (await served.file()).id
    await served.call(pb.AddCommentRequest(ticket_id=id, visibility=VENDOR_READS, body=text("Known fault")))
    mine = await served.call(
        pb.AddCommentRequest(ticket_id=id, visibility=PARTNER_READS, body=text("Please hurry")), partner=PARTNER
    )
    assert mine.comment.side == REQUESTER
    assert mine.comment.author == "partner-user"
    inside, outside = await served.get(id), await served.get(id, partner=PARTNER)
    assert [note.body.text for note in inside.work_notes] == ["Known fault"]
    assert inside.work_notes[0].side == VENDOR
    assert ([*outside.work_notes], [*outside.comments]) == ([], [*inside.comments])
    for fields in ({"visibility": VENDOR_READS}, {"visibility": PARTNER_READS, "side": VENDOR}):
        with pytest.raises(NotForPartners):
            await served.call(pb.AddCommentRequest(ticket_id=id, body=text("x"), **fields), partner=PARTNER)


async def test_a_wrong_state_names_itself_and_what_would_be_allowed(served: Harness) -> None:
    id = (await served.file()).id
    with pytest.raises(WrongState) as refused:
        await served.call(pb.ResolveTicketRequest(id=id, resolution_code="REPLACED"))
    assert refused.value.metadata == {
        "kind": "ticket",
        "id": id,
        "state": "NEW",
        "allowed": "HELD, OPEN, PENDING",
    }
    served.events()
    with pytest.raises(InvalidInput):
        await served.call(pb.CloseTicketRequest(id=id, close_code=pb.CLOSE_CODE_SOLVED))
    assert served.events() == []


@pytest.mark.parametrize(
    "request_",
    [
        pb.GetTicketRequest(id=an_id("tkt")),
        pb.AssignTicketRequest(id=an_id("tkt"), assignee="u1"),
        pb.AddCommentRequest(ticket_id=an_id("tkt"), visibility=PARTNER_READS, body=text("x")),
        pb.ExplainDeadlineRequest(id=an_id("tkt"), clock_type=pb.CLOCK_TYPE_RESOLUTION),
    ],
)
async def test_a_ticket_that_does_not_exist_is_not_found(served: Harness, request_: Any) -> None:
    with pytest.raises(NotFound):
        await served.call(request_)


async def test_every_rule_that_a_filing_breaks_is_named_at_once(served: Harness) -> None:
    bad = a_filing(subject=text(""), impact=pb.IMPACT_UNSPECIFIED, serial="no spaces", country="Germany")
    bad.requester.name = ""
    with pytest.raises(AppError) as refused:
        await served.call(bad)
    assert isinstance(refused.value, InvalidInput)
    fields = {violation.field for violation in refused.value.violations}
    assert fields == {"subject", "impact", "serial", "country", "requester"}


async def test_the_newest_two_hundred_of_everything_are_shown_oldest_first(served: Harness) -> None:
    id = (await served.file()).id
    for number in range(205):
        body = text(f"word {number}")
        await served.call(pb.AddCommentRequest(ticket_id=id, visibility=PARTNER_READS, body=body))
        await served.call(pb.AssignTicketRequest(id=id, assignee=f"u{number}"))
    found = await served.get(id)
    assert [comment.body.text for comment in found.comments] == [f"word {number}" for number in range(5, 205)]
    assert [change.assignee for change in found.changes] == [f"u{number}" for number in range(5, 205)]
    assert found.ticket.reassignment_count == 204


async def test_a_ticket_about_which_very_much_was_said_is_still_shown_with_the_newest(served: Harness) -> None:
    id = (await served.file()).id
    for number in range(60):
        said = text(f"{number:02}" + "\N{MUSICAL SYMBOL G CLEF}" * 19_000)
        await served.call(pb.AddCommentRequest(ticket_id=id, visibility=PARTNER_READS, body=said))
    shown = (await served.call(pb.GetTicketRequest(id=id))).comments
    assert [comment.body.text[:2] for comment in shown] == [f"{number:02}" for number in range(60 - len(shown), 60)]
    assert 10 <= len(shown) < 20
