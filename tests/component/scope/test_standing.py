"""When a partner is suspended, terminated or rejected its people read, and answer what they were asked; they change
nothing else. Every method that they may call, in every service, on either store."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from libs import partner_projection
from libs.partner import NOT_IN_BUSINESS, PartnerNotActive, PartnerStatus
from libs.pb.prm.tickets import v1 as pb
from libs.store.port import get
from services.deals.review import usecases as review
from services.partners.record.documents import PARTNERS
from tests.component.scope.asked import CHANGES, LISTED, NEEDED, READS, asked
from tests.component.scope.test_scope import METHODS
from tests.component.scope.world import ROLES, Loaded, Tree, World, access

ANSWERS = {
    "UpdateRegistration",
    "SubmitRegistration",
    "AddComment",
    "CloseTicket",
    "RecordSatisfaction",
    "AgreePlan",
    "ReturnPlan",
    "AppealAdjudication",
    "AppealConductCase",
    "SubmitConductStatement",
}
ADMIN = ROLES[0]
OUT = [one for one in PartnerStatus if one in NOT_IN_BUSINESS]


def test_a_method_of_partners_people_says_whether_it_is_an_answer() -> None:
    assert {name for name, one in METHODS.items() if access(one).answers} == ANSWERS
    assert set(CHANGES) >= ANSWERS


@pytest.mark.parametrize("status", OUT)
def test_nothing_is_changed_for_a_partner_that_is_not_in_business(
    world: World, runner: asyncio.Runner, status: PartnerStatus
) -> None:
    mine = runner.run(_partner(world))
    runner.run(_become(world, mine, status))
    before = world.commits
    for name in sorted(CHANGES.keys() - ANSWERS):
        with pytest.raises(PartnerNotActive) as refused:
            runner.run(world.call(METHODS[name], asked(METHODS[name], CHANGES[name](mine)), mine, ADMIN))
        assert refused.value.metadata == {"partner_id": mine.id, "state": status.name}, name
    assert world.commits == before


@pytest.mark.parametrize("status", OUT)
def test_everything_is_read_for_a_partner_that_is_not_in_business(
    world: World, runner: asyncio.Runner, status: PartnerStatus
) -> None:
    mine = runner.run(_partner(world))
    runner.run(_become(world, mine, status))
    for name, fields in READS.items():
        runner.run(world.call(METHODS[name], asked(METHODS[name], fields(mine)), mine, ADMIN))
    for name in LISTED:
        runner.run(world.call(METHODS[name], asked(METHODS[name], NEEDED.get(name, {})), mine, ADMIN))


@pytest.mark.parametrize("status", OUT)
def test_what_was_not_asked_is_no_answer(world: World, runner: asyncio.Runner, status: PartnerStatus) -> None:
    mine = runner.run(_partner(world))
    draft = runner.run(world.deals.draft(mine.id))
    runner.run(_become(world, mine, status))
    before = world.commits
    for name, fields in (
        ("UpdateRegistration", {"id": draft.id, "update_mask": "description", "description": {"text": "x"}}),
        ("SubmitRegistration", {"id": draft.id}),
        ("CloseTicket", {"id": mine.rows["tkt"], "close_code": "CLOSE_CODE_CANCELED"}),
    ):
        with pytest.raises(PartnerNotActive):
            runner.run(world.call(METHODS[name], asked(METHODS[name], fields), mine, ADMIN))
    assert world.commits == before


def test_people_of_a_suspended_partner_answer_what_they_were_asked(world: World, runner: asyncio.Runner) -> None:
    mine = runner.run(_partner(world))
    runner.run(_ask(world, mine))
    runner.run(_become(world, mine, PartnerStatus.SUSPENDED))
    text = {"text": "As you asked."}
    for name, fields in (
        ("UpdateRegistration", {"id": mine.rows["reg"], "update_mask": "description", "description": text}),
        ("SubmitRegistration", {"id": mine.rows["reg"]}),
        ("AddComment", {"ticket_id": mine.rows["tkt"], "visibility": "VISIBILITY_PARTNER", "body": text}),
        ("RecordSatisfaction", {"id": mine.rows["tkt"], "score": 5}),
        ("CloseTicket", {"id": mine.rows["tkt"], "close_code": "CLOSE_CODE_SOLVED"}),
        ("AgreePlan", {"id": mine.rows["pln"]}),
        ("SubmitConductStatement", {"id": mine.rows["cdc"], "statement": text}),
        ("AppealConductCase", {"id": mine.rows["cdc"], "text": text}),
    ):
        before = world.commits
        runner.run(world.call(METHODS[name], asked(METHODS[name], fields), mine, ADMIN))
        assert world.commits == before + 1, name


async def _ask(world: World, mine: Loaded) -> None:
    """The vendor wants to know more about the claim, and has solved the ticket."""
    await world.deals.run(
        review.request_changes, review.RequestChanges, id=mine.rows["reg"], requested_fields=("description",)
    )
    ticket = mine.rows["tkt"]
    await world.tickets.call(pb.AssignTicketRequest(id=ticket, assignment_group="desk"))
    await world.tickets.call(pb.ResolveTicketRequest(id=ticket, resolution_code="DONE"))


async def _partner(world: World) -> Loaded:
    [mine] = await world.plant([Tree(None, True, "")])
    return mine


async def _become(world: World, mine: Loaded, status: PartnerStatus) -> None:
    for service, store in world.stores.items():
        kind: Any = PARTNERS if service == "partners" else partner_projection.PARTNERS
        loaded = await get(store, kind, mine.id)
        assert loaded is not None
        await store.commit([loaded.put(replace(loaded.value, status=status))])
