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
from tests.component.partners.harness import Harness


async def test_asking_changes_nothing_but_that_something_waits(harness: Harness) -> None:
    partner = await harness.active()
    harness.events()
    outcome = await ask(harness, partner, anna(on_behalf_of="dev:chef"), status_note=NOTE)
    assert outcome.resource == partner == await harness.value(PARTNERS, partner.id)
    decision = outcome.decision
    assert decision is not None
    assert decision == await harness.value(DECISIONS, decision.id)
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
    assert harness.events() == [("DecisionProposed", 1, told)]


async def test_a_second_person_makes_it_happen_with_the_author_on_record(harness: Harness) -> None:
    partner = await harness.active()
    decision = await pending(harness, partner, status_note=NOTE)
    harness.events()
    done = await confirm(harness, decision, etag="1")
    people = (done.state, done.author, done.decider, done.decide_time)
    assert people == (DecisionState.CONFIRMED, ANNA, BERND, NOW)
    ended = await harness.value(PARTNERS, partner.id)
    assert (ended.status, ended.version) == (PartnerStatus.TERMINATED, partner.version + 1)
    assert (ended.status_reason, ended.status_note) == (StatusReason.AGREEMENT_BREACH, NOTE)
    assert [(one.type.rpartition(".")[2], one.about, one.version, one.actor) for one in harness.told] == [
        ("DecisionConfirmed", decision.id, 2, BERND),
        ("PartnerTerminated", partner.id, ended.version, BERND),
    ]


@pytest.mark.parametrize(
    "call", [anna(), asked_by("dev:portal", MAY, on_behalf_of=ANNA), asked_by(ANNA, MAY, on_behalf_of=BERND)]
)
async def test_the_author_cannot_confirm_whoever_they_say_they_are_for(harness: Harness, call: Call) -> None:
    partner = await harness.active()
    decision = await pending(harness, partner)
    with pytest.raises(SecondPersonRequired):
        await confirm(harness, decision, call)
    assert await status(harness, partner) is PartnerStatus.ACTIVE
    assert await harness.value(DECISIONS, decision.id) == decision


@pytest.mark.parametrize("move", [confirm, decline])
async def test_deciding_takes_the_permission_for_the_act_itself(harness: Harness, move: Callable[..., Any]) -> None:
    decision = await pending(harness, await harness.active())
    with pytest.raises(PermissionDenied) as refused:
        await move(harness, decision, asked_by(BERND, "partners.decision.decide"))
    assert refused.value.metadata == {"permission": MAY, "roles": ""}
    assert await harness.value(DECISIONS, decision.id) == decision


async def test_what_would_be_refused_is_refused_at_once(harness: Harness) -> None:
    applicant = await harness.apply()
    with pytest.raises(WrongState):
        await ask(harness, applicant)
    with pytest.raises(EtagMismatch):
        await ask(harness, applicant, etag="7")
    with pytest.raises(NotFound):
        await FOUR_EYES.run(
            harness.env, TerminatePartner(call=anna(), id=an_id("ptn", 9), status_reason=StatusReason.OTHER)
        )
    assert await everything(harness.env.store, DECISIONS, {"state": DecisionState.PENDING}) == ()


async def test_what_is_not_allowed_any_more_is_refused_and_the_decision_stays(harness: Harness) -> None:
    partner = await harness.active()
    decision = await pending(harness, partner)
    await harness.end(partner)
    with pytest.raises(WrongState) as refused:
        await confirm(harness, decision)
    assert refused.value.metadata["kind"] == "partner"
    assert await harness.value(DECISIONS, decision.id) == decision
    assert (await decline(harness, decision)).state is DecisionState.DECLINED


async def test_a_change_of_the_partner_meanwhile_does_not_stop_it(harness: Harness) -> None:
    partner = await harness.active()
    decision = await pending(harness, partner, etag=str(partner.version))
    await harness.update(partner.id, trade_name="ZU")
    await confirm(harness, decision)
    assert await status(harness, partner) is PartnerStatus.TERMINATED


async def test_a_stale_etag_of_the_decision_is_refused(harness: Harness) -> None:
    decision = await pending(harness, await harness.active())
    with pytest.raises(EtagMismatch):
        await confirm(harness, decision, etag="2")


async def test_one_act_of_a_kind_waits_for_a_partner_and_another_once_it_was_declined(harness: Harness) -> None:
    partner = await harness.active()
    first = await pending(harness, partner)
    with pytest.raises(Duplicate) as refused:
        await ask(harness, partner, bernd())
    assert refused.value.metadata["id"] == first.id
    declined = await decline(harness, first, anna())
    assert (declined.state, declined.decider) == (DecisionState.DECLINED, ANNA)
    second = await pending(harness, partner, call=bernd())
    with pytest.raises(WrongState):
        await confirm(harness, first)
    await confirm(harness, second, anna())
    assert await status(harness, partner) is PartnerStatus.TERMINATED


async def test_after_a_week_nobody_confirms_and_the_job_says_so(harness: Harness) -> None:
    partner = await harness.active()
    decision = await pending(harness, partner)
    harness.clock.advance(WEEK - timedelta(seconds=1))
    assert await sweep(harness) == 0
    harness.clock.advance(timedelta(seconds=2))
    with pytest.raises(DecisionTooOld):
        await confirm(harness, decision)
    harness.events()
    assert [await sweep(harness), await sweep(harness)] == [1, 0]
    assert [(name, version) for name, version, _ in harness.events()] == [("DecisionExpired", 2)]
    with pytest.raises(DecisionTooOld):
        await confirm(harness, decision)
    assert (await harness.value(DECISIONS, decision.id)).state is DecisionState.EXPIRED
    assert await status(harness, partner) is PartnerStatus.ACTIVE


async def test_what_expired_makes_room_before_the_job_has_seen_it(harness: Harness) -> None:
    partner = await harness.active()
    first = await pending(harness, partner)
    harness.clock.advance(WEEK)
    second = await pending(harness, partner)
    assert (await harness.value(DECISIONS, first.id)).state is DecisionState.EXPIRED
    await confirm(harness, second)
    assert await status(harness, partner) is PartnerStatus.TERMINATED


async def test_who_is_named_by_the_note_is_found_while_it_waits_and_then_with_the_partner(harness: Harness) -> None:
    partner = await harness.active()
    for move in (decline, confirm):
        decision = await pending(harness, partner, status_note=NOTE)
        assert await _found_by(harness) == {("decision", decision.id)}
        await move(harness, decision)
        kept = await harness.value(DECISIONS, decision.id)
        assert (kept.command, kept.person_ids) == (None, ())
    assert await _found_by(harness) == {("partner", partner.id)}


async def test_decisions_are_listed_by_state_and_resource(harness: Harness) -> None:
    partners = [await harness.active(number=number) for number in range(3)]
    first, second, third = [await pending(harness, one) for one in partners]
    second = await decline(harness, second)

    async def listed(**fields: Any) -> list[Decision]:
        page = await FOUR_EYES.list(harness.env, ListDecisions(call=bernd(), **fields))
        return [loaded.value for loaded in page.rows]

    assert await listed() == [first, second, third]
    assert await listed(state=DecisionState.PENDING) == [first, third]
    assert await listed(resource_id=partners[1].id, state=DecisionState.DECLINED) == [second]
    assert await listed(resource_id=partners[1].id, state=DecisionState.PENDING) == []


async def _found_by(harness: Harness) -> set[tuple[str, str]]:
    """Kind and row of everything the note's person is found by."""
    keys = harness.env.keys
    [one] = hashes(keys, Person(person_id=NOTE.person_id))
    return {(alias.kind, alias.row) for alias in await everything(harness.env.store, ALIASES, {"hash": one})}
