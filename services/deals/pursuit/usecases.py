"""Invites partners to a pursuit, takes their answers, and keeps their steps and activities."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from libs.call import SYSTEM, Call, Command, ResourceCommand
from libs.errors import InvalidInput, NotFound, Violation, require_state
from libs.partner_projection import active_partner
from libs.store.listing import everything
from libs.store.paging import ListCommand, filters_of, paged
from libs.store.port import Page, create, get
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.states import CLAIMING, ActivityType
from services.deals.pursuit import events
from services.deals.pursuit.documents import ACTIVITIES, MEMBERSHIPS, SNAPSHOTS, STEPS
from services.deals.pursuit.domain import members as domain
from services.deals.pursuit.domain.members import (
    PursuitActivity,
    PursuitChannel,
    PursuitMembership,
    PursuitRole,
    PursuitState,
    PursuitStep,
    PursuitStepState,
)
from services.deals.pursuit.domain.snapshots import PursuitSnapshot, SharedField, guarded, refuse_personal, taken
from services.deals.settings import Env

Day = date  # for fields that are called date


class InviteMember(Command, frozen=True, kw_only=True):
    """Invite a partner to the pursuit of a claim."""

    registration_id: str
    partner_id: str
    role: PursuitRole
    shared_fields: tuple[SharedField, ...]
    valid_days: int


class AnswerInvitation(ResourceCommand, frozen=True, kw_only=True):
    """Accept or decline an invitation, or end a membership."""


class GetMembership(Command, frozen=True, kw_only=True):
    """Show a membership."""

    id: str


class Sweep(Command, frozen=True, kw_only=True):
    """Write what a job or an event found due for one membership."""

    id: str


class ListMemberships(ListCommand, frozen=True, kw_only=True):
    """List memberships; empty filters filter nothing."""

    partner_id: str = ""
    state: PursuitState | None = None
    registration_id: str = ""


class ListOfMembership(ListCommand, frozen=True, kw_only=True):
    """List the steps or the activities of a membership."""

    membership_id: str


class AddNextStep(Command, frozen=True, kw_only=True):
    """Plan a step."""

    membership_id: str
    type: ActivityType
    due_date: date


class ChangeNextStep(ResourceCommand, frozen=True, kw_only=True):
    """Move or end a step. due_date: None: as before."""

    state: PursuitStepState
    due_date: date | None = None


class RecordPursuitActivity(Command, frozen=True, kw_only=True):
    """Record what a member did."""

    membership_id: str
    channel: PursuitChannel
    type: ActivityType
    date: Day


class MemberShown(NamedTuple):
    """A membership, and its snapshot; None before it accepts, and after its end."""

    member: PursuitMembership
    snapshot: PursuitSnapshot | None


class MembersShown(NamedTuple):
    """A page of memberships, and the same rows with their snapshots."""

    page: Page[PursuitMembership]
    members: tuple[MemberShown, ...]


async def invite_member(env: Env, cmd: InviteMember) -> PursuitMembership:
    """The new membership. WrongState, InvalidInput, PartnerNotActive, AlreadyMember, TooManyMembers."""
    async with env.settings.locks.of(f"pursuit:{cmd.registration_id}"):
        loaded = await env.load(REGISTRATIONS, cmd.registration_id, call=cmd.call)
        reg = loaded.value
        require_state("registration", reg.id, reg.review, action="invite", allowed=CLAIMING)
        if cmd.partner_id == reg.partner_id:
            raise InvalidInput([Violation("partner_id", "is the partner of the claim", "OWN_CLAIM")])
        refuse_personal(reg, cmd.shared_fields)
        await active_partner(env, cmd.partner_id, call=cmd.call)
        now = env.clock.now()
        known = await everything(env.store, MEMBERSHIPS, {"registration_id": reg.id, "open": True})
        domain.refuse_further(known, cmd.partner_id, reg.id, now=now)
        member = PursuitMembership(
            id=env.ids.new("jpm"),
            partner_id=cmd.partner_id,
            registration_id=reg.id,
            role=cmd.role,
            shared_fields=cmd.shared_fields,
            expire_time=now + timedelta(days=cmd.valid_days),
            create_time=now,
            update_time=now,
        )
        event = events.PursuitInvited(**_about(member), role=member.role)
        for one in known:
            if one.partner_id == cmd.partner_id:  # it has expired; a partner has one open row
                await expire_invitation(env, Sweep(call=Call(caller=SYSTEM, method=cmd.call.method), id=one.id))
        return await env.commit(create(MEMBERSHIPS, member), events=[event], call=cmd.call)


async def accept_invitation(env: Env, cmd: AnswerInvitation) -> PursuitMembership:
    """The membership; the snapshot of the claim as it is now is stored beside it. WrongState."""
    held = await env.load(MEMBERSHIPS, cmd.id, call=cmd.call, etag=cmd.etag)
    now = env.clock.now()
    member = domain.accepted(held.value, now=now)
    reg = await get(env.store, REGISTRATIONS, member.registration_id)
    if reg is None:
        raise NotFound(MEMBERSHIPS.name, cmd.id)
    snapshot = taken(reg.value, member.shared_fields, id=member.id, partner=member.partner_id, now=now)
    event = events.PursuitAccepted(**_about(member))
    return await env.commit(held.put(member), create(SNAPSHOTS, snapshot), events=[event], call=cmd.call)


async def decline_invitation(env: Env, cmd: AnswerInvitation) -> PursuitMembership:
    """The membership, DECLINED. WrongState."""
    held = await env.load(MEMBERSHIPS, cmd.id, call=cmd.call, etag=cmd.etag)
    member = domain.declined(held.value, now=env.clock.now())
    return await env.commit(held.put(member), events=[events.PursuitDeclined(**_about(member))], call=cmd.call)


async def end_membership(env: Env, cmd: AnswerInvitation) -> PursuitMembership:
    """The membership, ENDED; its snapshot is deleted. WrongState."""
    held = await env.load(MEMBERSHIPS, cmd.id, call=cmd.call, etag=cmd.etag)
    member = domain.ended(held.value, now=env.clock.now())
    snapshot = await get(env.store, SNAPSHOTS, member.id)
    further = [snapshot.delete()] if snapshot else []
    return await env.commit(held.put(member), *further, events=[events.PursuitEnded(**_about(member))], call=cmd.call)


async def expire_invitation(env: Env, cmd: Sweep) -> PursuitMembership:
    """The membership: EXPIRED if nobody has answered in time, else unchanged."""
    held = await env.load(MEMBERSHIPS, cmd.id, call=cmd.call)
    member = domain.expired(held.value, now=env.clock.now())
    if member is None:
        return held.value
    return await env.commit(held.put(member), events=[events.PursuitExpired(**_about(member))], call=cmd.call)


async def withhold(env: Env, cmd: Sweep) -> PursuitSnapshot:
    """The snapshot, of which nothing is stored that became personal."""
    held = await env.load(SNAPSHOTS, cmd.id, call=cmd.call)
    reg = await get(env.store, REGISTRATIONS, held.value.registration_id)
    snapshot = guarded(held.value, reg.value if reg else None)
    return held.value if snapshot == held.value else await env.commit(held.put(snapshot), call=cmd.call)


async def get_membership(env: Env, cmd: GetMembership) -> MemberShown:
    """The membership with its snapshot. NotFound, for a partner's people also if it is not of their own partner."""
    return await with_snapshot(env, await _own(env, cmd.id, cmd.call))


async def with_snapshot(env: Env, member: PursuitMembership) -> MemberShown:
    """A membership that its caller may see, with its snapshot."""
    return (await _with_snapshots(env, [member]))[0]


async def list_memberships(env: Env, cmd: ListMemberships) -> MembersShown:
    """Memberships with their snapshots, by id. NotFound for a partner's people who name another partner, or a claim."""
    own = cmd.call.caller.partner_id
    if own and cmd.partner_id not in ("", own):
        raise NotFound("partner", cmd.partner_id)
    if own and cmd.registration_id:
        raise NotFound(REGISTRATIONS.name, cmd.registration_id)
    filters = {**filters_of(cmd, "state", "registration_id"), "partner_id": own or cmd.partner_id}
    page = await env.listing(MEMBERSHIPS, filters, call=cmd.call, **paged(cmd))
    return MembersShown(page, await _with_snapshots(env, [one.value for one in page.rows]))


async def add_next_step(env: Env, cmd: AddNextStep) -> PursuitStep:
    """The new step. WrongState, TooManyPursuitEntries, InvalidInput for a day in the past."""
    held = await env.load(MEMBERSHIPS, cmd.membership_id, call=cmd.call)
    now = env.clock.now()
    member = domain.with_step(held.value, now=now)
    step = domain.planned(member, cmd.type, cmd.due_date, id=env.ids.new("jps"), now=now)
    return await env.commit(create(STEPS, step), held.put(member), call=cmd.call)


async def change_next_step(env: Env, cmd: ChangeNextStep) -> PursuitStep:
    """The step, changed. WrongState, TooManyPursuitEntries."""
    held = await env.load(STEPS, cmd.id, call=cmd.call, etag=cmd.etag)
    step = domain.changed(held.value, cmd.state, cmd.due_date, now=env.clock.now())
    if step is held.value:
        return await env.unchanged(held, call=cmd.call)
    return await env.commit(held.put(step), call=cmd.call)


async def record_pursuit_activity(env: Env, cmd: RecordPursuitActivity) -> PursuitActivity:
    """The new activity. WrongState, TooManyPursuitEntries, InvalidInput."""
    held = await env.load(MEMBERSHIPS, cmd.membership_id, call=cmd.call)
    member = domain.with_activity(held.value, cmd.date, now=env.clock.now())
    activity = PursuitActivity(
        id=env.ids.new("jpa"),
        membership_id=member.id,
        partner_id=member.partner_id,
        channel=cmd.channel,
        type=cmd.type,
        date=cmd.date,
        create_time=env.clock.now(),
    )
    event = events.PursuitActivityRecorded(**_about(member), channel=cmd.channel, type=cmd.type, date=cmd.date)
    return await env.commit(create(ACTIVITIES, activity), held.put(member), events=[event], call=cmd.call)


async def list_next_steps(env: Env, cmd: ListOfMembership) -> Page[PursuitStep]:
    """The steps of a membership, by id. NotFound as `get_membership`."""
    member = await _own(env, cmd.membership_id, cmd.call)
    filters = {"membership_id": member.id, "partner_id": member.partner_id}
    return await env.listing(STEPS, filters, call=cmd.call, **paged(cmd))


async def list_pursuit_activities(env: Env, cmd: ListOfMembership) -> Page[PursuitActivity]:
    """The activities of a membership, by id. NotFound as `get_membership`."""
    member = await _own(env, cmd.membership_id, cmd.call)
    filters = {"membership_id": member.id, "partner_id": member.partner_id}
    return await env.listing(ACTIVITIES, filters, call=cmd.call, **paged(cmd))


async def _own(env: Env, id: str, call: Call) -> PursuitMembership:
    """The membership; its partner alone sees it, and not the partners above that one: one of them may be a rival."""
    member = await env.show(MEMBERSHIPS, id, call=call)
    if call.caller.partner_id not in ("", member.partner_id):
        raise NotFound(MEMBERSHIPS.name, id)
    return member


def _about(member: PursuitMembership) -> dict[str, str]:
    return {
        "membership_id": member.id,
        "registration_id": member.registration_id,
        "partner_id": member.partner_id,
    }


async def _with_snapshots(env: Env, members: Sequence[PursuitMembership]) -> tuple[MemberShown, ...]:
    """Without what became personal, whether or not that is deleted from the snapshot yet."""
    snapshots = await env.store.get_many(SNAPSHOTS, [one.id for one in members])
    claims = await env.store.get_many(REGISTRATIONS, sorted({one.value.registration_id for one in snapshots.values()}))
    found = []
    for one in members:
        held, claim = snapshots.get(one.id), claims.get(one.registration_id)
        found.append(MemberShown(one, guarded(held.value, claim.value if claim else None) if held else None))
    return tuple(found)
