"""A partner is terminated by two persons: one asks, another confirms; nothing happens before or without that."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from libs.call import Call
from libs.decisions.decision import Decision, DecisionState, DecisionTooOld, SecondPersonRequired
from libs.decisions.documents import DECISIONS
from libs.decisions.four_eyes import (
    ConfirmDecision,
    DeclineDecision,
    FourEyes,
    ListDecisions,
    MethodGone,
    Outcome,
)
from libs.decisions.guarded import Guarded
from libs.errors import Duplicate, EtagMismatch, NotFound, PermissionDenied, RequestIdReused, WrongState
from libs.mapping import to_wire
from libs.partner import PartnerStatus
from libs.pb.prm.partners.v1 import decision_events_pb2
from libs.person import Person, PersonalText
from libs.privacy.aliases import ALIASES, hashes
from libs.privacy.keys import Keys
from libs.store.listing import everything
from libs.store.port import Store
from services.partners.documents import KINDS, PARTNERS
from services.partners.domain.partner import Partner
from services.partners.domain.states import StatusReason
from services.partners.jobs import JOBS
from services.partners.usecases import contacts
from services.partners.usecases.decisions import TerminatePartner, terminate_partner
from services.partners.usecases.four_eyes import FOUR_EYES
from tests.builders import NOW, an_id, asked_by
from tests.component.partners.desk import Desk
from tests.component.replica import opened

MAY = "partners.partner.terminate"
METHOD = "/prm.partners.v1.PartnerService/TerminatePartner"
ANNA, BERND = "dev:anna", "dev:bernd"
WEEK = timedelta(days=7)
NOTE = PersonalText(person_id=an_id("psn"), text="She told customers to wait.")


def anna(**fields: str) -> Call:
    """The one who asks."""
    return asked_by(ANNA, MAY, **fields)


def bernd(**fields: str) -> Call:
    """A second person."""
    return asked_by(BERND, MAY, **fields)


async def ask(desk: Desk, partner: Partner, call: Call | None = None, **fields: Any) -> Outcome[Any]:
    """Ask for the end of a partner."""
    content = {"status_reason": StatusReason.AGREEMENT_BREACH, **fields}
    return await FOUR_EYES.run(desk.env, TerminatePartner(call=call or anna(), id=partner.id, **content))


async def pending(desk: Desk, partner: Partner, **fields: Any) -> Decision:
    """What waits once somebody asked."""
    decision = (await ask(desk, partner, **fields)).decision
    assert decision is not None
    return decision


async def confirm(desk: Desk, decision: Decision, call: Call | None = None, *, etag: str = "") -> Decision:
    """Somebody confirms."""
    return await desk.env.run(FOUR_EYES.confirm, ConfirmDecision(call=call or bernd(), id=decision.id, etag=etag))


async def decline(desk: Desk, decision: Decision, call: Call | None = None) -> Decision:
    """Somebody lets it be."""
    return await desk.env.run(FOUR_EYES.decline, DeclineDecision(call=call or bernd(), id=decision.id))


async def sweep(desk: Desk) -> int:
    """The job runs once."""
    [job] = [one for one in JOBS if one.name == "partners__expire_decisions"]
    return await job.run(desk.env)


async def status(desk: Desk, partner: Partner) -> PartnerStatus:
    """Where the partner stands."""
    return (await desk.value(PARTNERS, partner.id)).status


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
    told = decision_events_pb2.DecisionProposed(
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


async def test_of_two_who_ask_at_once_one_is_told_of_the_other(desk: Desk, store: Store, keys: Keys) -> None:
    partner, other = await desk.active(), Desk(store, keys)
    found = await asyncio.gather(ask(desk, partner), ask(other, partner, bernd()), return_exceptions=True)
    [outcome] = [one for one in found if isinstance(one, Outcome)]
    [refused] = [one for one in found if isinstance(one, Duplicate)]
    assert outcome.decision is not None
    assert refused.metadata["id"] == outcome.decision.id


async def test_of_two_who_confirm_at_once_one_does(desk: Desk, store: Store, keys: Keys) -> None:
    partner, other = await desk.active(), Desk(store, keys)
    decision = await pending(desk, partner)
    desk.events()
    carla = asked_by("dev:carla", MAY)
    found = await asyncio.gather(confirm(desk, decision), confirm(other, decision, carla), return_exceptions=True)
    assert sorted(type(one).__name__ for one in found) == ["Decision", "WrongState"]
    told = [name for name, _, _ in (*desk.events(), *other.events())]
    assert told == ["DecisionConfirmed", "PartnerTerminated"]


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


async def test_a_repetition_gets_the_first_answer_before_and_after(desk: Desk) -> None:
    partner = await desk.active()
    first = await ask(desk, partner, anna(request_id="a"))
    assert await ask(desk, partner, anna(request_id="a")) == first
    with pytest.raises(RequestIdReused):
        await ask(desk, partner, anna(request_id="a", fingerprint="another"))
    assert first.decision is not None
    confirmed = await confirm(desk, first.decision, bernd(request_id="b"))
    assert await confirm(desk, first.decision, bernd(request_id="b")) == confirmed
    again = await ask(desk, partner, anna(request_id="a"))
    assert (again.decision, again.resource.status) == (first.decision, PartnerStatus.TERMINATED)


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


async def test_a_decision_survives_that_everything_is_opened_anew(tmp_path: Path, keys: Keys) -> None:
    async with opened(tmp_path, KINDS) as store:
        desk = Desk(store, keys)
        partner = await desk.active()
        decision = await pending(desk, partner, status_note=NOTE)
    async with opened(tmp_path, KINDS) as store:
        desk = Desk(store, keys)
        with pytest.raises(SecondPersonRequired):
            await confirm(desk, decision, anna())
        await confirm(desk, decision)
        assert (await desk.value(PARTNERS, partner.id)).status_note == NOTE


async def test_what_a_release_does_not_know_any_more_can_only_be_declined(desk: Desk) -> None:
    decision = await pending(desk, await desk.active())

    class Terminate(TerminatePartner, frozen=True, kw_only=True):
        notice_days: int

    renamed = FourEyes()
    changed = FourEyes(
        Guarded(
            method=METHOD,
            permission=MAY,
            kind=PARTNERS,
            command=Terminate,
            use_case=terminate_partner,
            summary=lambda cmd, partner: partner.id,
        )
    )
    for later in (renamed, changed):
        with pytest.raises(MethodGone):
            await later.confirm(desk.env, ConfirmDecision(call=bernd(), id=decision.id))
    done = await renamed.decline(desk.env, DeclineDecision(call=bernd(), id=decision.id))
    assert done.state is DecisionState.DECLINED


def test_a_command_that_can_hold_a_person_is_refused_when_the_service_is_made() -> None:
    with pytest.raises(TypeError, match="AddContact can hold a Person"):
        FourEyes(
            Guarded(
                method=METHOD,
                permission=MAY,
                kind=PARTNERS,
                command=contacts.AddContact,
                use_case=contacts.add_contact,
                summary=lambda cmd, contact: "",
            )
        )


async def _found_by(desk: Desk) -> set[tuple[str, str]]:
    """Kind and row of everything the note's person is found by."""
    keys = desk.env.settings.keys
    [one] = hashes(keys, Person(person_id=NOTE.person_id))
    return {(alias.kind, alias.row) for alias in await everything(desk.env.store, ALIASES, {"hash": one})}
