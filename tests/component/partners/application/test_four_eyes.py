"""A partner is terminated by two persons: one asks, another confirms; nothing happens before or without that."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from libs.call import Call
from libs.decisions.decision import Decision, DecisionState, DecisionTooOld, SecondPersonRequired
from libs.decisions.documents import DECISIONS
from libs.decisions.four_eyes import (
    ListDecisions,
)
from libs.errors import (
    Duplicate,
    EtagMismatch,
    NotFound,
    PermissionDenied,
    WrongState,
)
from libs.mapping import to_wire
from libs.partner import PartnerStatus
from libs.pb.prm.partners import v1 as pb
from libs.person import Person
from libs.privacy.aliases import ALIASES, hashes
from libs.store.listing import everything
from services.partners.application.usecases.transitions import FOUR_EYES, TerminatePartner
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.states import StatusReason
from tests.builders import NOW, an_id, asked_by
from tests.component.partners.application.deciding import (
    ANNA,
    BERND,
    MAY,
    METHOD,
    NOTE,
    WEEK,
    anna,
    ask,
    bernd,
    confirm,
    decline,
    pending,
    status,
    sweep,
)
from tests.component.partners.desk import Desk


async def test_asking_changes_nothing_but_that_something_waits(desk: Desk) -> None:
    partner = await desk.active()
    desk.events()
    outcome = await ask(desk, partner, anna(on_behalf_of="dev:chef"), status_note=NOTE)
    assert outcome.resource == partner == await desk.value(PARTNERS, partner.id)
    decision = outcome.decision
    assert decision is not None
    assert decision == await desk.value(DECISIONS, decision.id)
    assert decision == Decision(
        id=decision.id,
        version=1,
        method=METHOD,
        permission=MAY,
        resource_id=partner.id,
        summary=f"terminate {partner.id}: AGREEMENT_BREACH",
        author=ANNA,
        author_for="dev:chef",
        command=decision.command,
        person_ids=(NOTE.person_id,),
        pending_key=f"{METHOD}:{partner.id}:",
        due_at=NOW + WEEK,
        create_time=NOW,
        expire_time=NOW + WEEK,
    )
    told = pb.DecisionProposed(
        decision_id=decision.id, method=METHOD, resource_id=partner.id, author=ANNA, expire_time=to_wire(NOW + WEEK)
    )
    assert desk.events() == [("DecisionProposed", 1, told)]


async def test_a_second_person_makes_it_happen_with_the_author_on_record(desk: Desk) -> None:
    partner = await desk.active()
    decision = await pending(desk, partner, status_note=NOTE)
    desk.events()
    done = await confirm(desk, decision, etag="1")
    people = (done.state, done.author, done.decider, done.decide_time)
    assert people == (DecisionState.CONFIRMED, ANNA, BERND, NOW)
    ended = await desk.value(PARTNERS, partner.id)
    assert (ended.status, ended.version) == (PartnerStatus.TERMINATED, partner.version + 1)
    assert (ended.status_reason, ended.status_note) == (StatusReason.AGREEMENT_BREACH, NOTE)
    assert [(one.type.rpartition(".")[2], one.about, one.version, one.actor) for one in desk.told] == [
        ("DecisionConfirmed", decision.id, 2, BERND),
        ("PartnerTerminated", partner.id, ended.version, BERND),
    ]


@pytest.mark.parametrize(
    "call", [anna(), asked_by("dev:portal", MAY, on_behalf_of=ANNA), asked_by(ANNA, MAY, on_behalf_of=BERND)]
)
async def test_the_author_cannot_confirm_whoever_they_say_they_are_for(desk: Desk, call: Call) -> None:
    partner = await desk.active()
    decision = await pending(desk, partner)
    with pytest.raises(SecondPersonRequired):
        await confirm(desk, decision, call)
    assert await status(desk, partner) is PartnerStatus.ACTIVE
    assert await desk.value(DECISIONS, decision.id) == decision


@pytest.mark.parametrize("move", [confirm, decline])
async def test_deciding_takes_the_permission_for_the_act_itself(desk: Desk, move: Callable[..., Any]) -> None:
    decision = await pending(desk, await desk.active())
    with pytest.raises(PermissionDenied) as refused:
        await move(desk, decision, asked_by(BERND, "partners.decision.decide"))
    assert refused.value.metadata == {"permission": MAY, "roles": ""}
    assert await desk.value(DECISIONS, decision.id) == decision


async def test_what_would_be_refused_is_refused_at_once(desk: Desk) -> None:
    applicant = await desk.apply()
    with pytest.raises(WrongState):
        await ask(desk, applicant)
    with pytest.raises(EtagMismatch):
        await ask(desk, applicant, etag="7")
    with pytest.raises(NotFound):
        await FOUR_EYES.run(
            desk.env, TerminatePartner(call=anna(), id=an_id("ptn", 9), status_reason=StatusReason.OTHER)
        )
    assert await everything(desk.env.store, DECISIONS, {"state": DecisionState.PENDING}) == ()


async def test_what_is_not_allowed_any_more_is_refused_and_the_decision_stays(desk: Desk) -> None:
    partner = await desk.active()
    decision = await pending(desk, partner)
    await desk.end(partner)
    with pytest.raises(WrongState) as refused:
        await confirm(desk, decision)
    assert refused.value.metadata["kind"] == "partner"
    assert await desk.value(DECISIONS, decision.id) == decision
    assert (await decline(desk, decision)).state is DecisionState.DECLINED


async def test_a_change_of_the_partner_meanwhile_does_not_stop_it(desk: Desk) -> None:
    partner = await desk.active()
    decision = await pending(desk, partner, etag=str(partner.version))
    await desk.update(partner.id, trade_name="ZU")
    await confirm(desk, decision)
    assert await status(desk, partner) is PartnerStatus.TERMINATED


async def test_a_stale_etag_of_the_decision_is_refused(desk: Desk) -> None:
    decision = await pending(desk, await desk.active())
    with pytest.raises(EtagMismatch):
        await confirm(desk, decision, etag="2")


async def test_one_act_of_a_kind_waits_for_a_partner_and_another_once_it_was_declined(desk: Desk) -> None:
    partner = await desk.active()
    first = await pending(desk, partner)
    with pytest.raises(Duplicate) as refused:
        await ask(desk, partner, bernd())
    assert refused.value.metadata["id"] == first.id
    declined = await decline(desk, first, anna())
    assert (declined.state, declined.decider) == (DecisionState.DECLINED, ANNA)
    second = await pending(desk, partner, call=bernd())
    with pytest.raises(WrongState):
        await confirm(desk, first)
    await confirm(desk, second, anna())
    assert await status(desk, partner) is PartnerStatus.TERMINATED


async def test_after_a_week_nobody_confirms_and_the_job_says_so(desk: Desk) -> None:
    partner = await desk.active()
    decision = await pending(desk, partner)
    desk.clock.advance(WEEK - timedelta(seconds=1))
    assert await sweep(desk) == 0
    desk.clock.advance(timedelta(seconds=2))
    with pytest.raises(DecisionTooOld):
        await confirm(desk, decision)
    desk.events()
    assert [await sweep(desk), await sweep(desk)] == [1, 0]
    assert [(name, version) for name, version, _ in desk.events()] == [("DecisionExpired", 2)]
    with pytest.raises(DecisionTooOld):
        await confirm(desk, decision)
    assert (await desk.value(DECISIONS, decision.id)).state is DecisionState.EXPIRED
    assert await status(desk, partner) is PartnerStatus.ACTIVE


async def test_what_expired_makes_room_before_the_job_has_seen_it(desk: Desk) -> None:
    partner = await desk.active()
    first = await pending(desk, partner)
    desk.clock.advance(WEEK)
    second = await pending(desk, partner)
    assert (await desk.value(DECISIONS, first.id)).state is DecisionState.EXPIRED
    await confirm(desk, second)
    assert await status(desk, partner) is PartnerStatus.TERMINATED


async def test_who_is_named_by_the_note_is_found_while_it_waits_and_then_with_the_partner(desk: Desk) -> None:
    partner = await desk.active()
    for move in (decline, confirm):
        decision = await pending(desk, partner, status_note=NOTE)
        assert await _found_by(desk) == {("decision", decision.id)}
        await move(desk, decision)
        kept = await desk.value(DECISIONS, decision.id)
        assert (kept.command, kept.person_ids) == (None, ())
    assert await _found_by(desk) == {("partner", partner.id)}


async def test_decisions_are_listed_by_state_and_resource(desk: Desk) -> None:
    partners = [await desk.active(number=number) for number in range(3)]
    first, second, third = [await pending(desk, one) for one in partners]
    second = await decline(desk, second)

    async def listed(**fields: Any) -> list[Decision]:
        page = await FOUR_EYES.list(desk.env, ListDecisions(call=bernd(), **fields))
        return [held.value for held in page.rows]

    assert await listed() == [first, second, third]
    assert await listed(state=DecisionState.PENDING) == [first, third]
    assert await listed(resource_id=partners[1].id, state=DecisionState.DECLINED) == [second]
    assert await listed(resource_id=partners[1].id, state=DecisionState.PENDING) == []


async def _found_by(desk: Desk) -> set[tuple[str, str]]:
    """Kind and row of everything the note's person is found by."""
    keys = desk.env.keys
    [one] = hashes(keys, Person(person_id=NOTE.person_id))
    return {(alias.kind, alias.row) for alias in await everything(desk.env.store, ALIASES, {"hash": one})}
