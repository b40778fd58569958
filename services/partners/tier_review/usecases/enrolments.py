"""Enrols partners, ends memberships, confirms promotions, overrides levels, and shows memberships with their
history."""

from datetime import date, datetime

from libs.call import Call, Command, ResourceCommand
from libs.country import time_zone_of
from libs.errors import InvalidInput, NotFound, Violation, require_state
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Loaded, Page, Query
from services.partners.program.domain.program import Program, ProgramLevel
from services.partners.program.reads import program_in_force
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import MAY_SET_TIER
from services.partners.settings import Env
from services.partners.tier_review.documents import ENROLMENTS, TIER_CHANGES
from services.partners.tier_review.domain import enrolment as domain
from services.partners.tier_review.domain.enrolment import (
    Enrolment,
    EnrolmentEnd,
    EnrolmentState,
    TierChange,
    TierOverride,
)
from services.partners.tier_review.domain.errors import AlreadyEnrolled
from services.partners.tier_review.domain.levels import EnrolmentEndReason, OverrideReason, TierChangeCause
from services.partners.tier_review.usecases.steps import take

_ENTRY_RANK = 1


class Enroll(Command, frozen=True, kw_only=True):
    """Enrol a partner. level: empty for that of rank 1."""

    partner_id: str
    program: str
    level: str = ""


class EndEnrolment(ResourceCommand, frozen=True, kw_only=True):
    """End a membership. last_day: None for at once."""

    reason: EnrolmentEndReason | None = None
    last_day: date | None = None


class WithdrawEnrolmentEnd(ResourceCommand, frozen=True, kw_only=True):
    """Withdraw the announced end of a membership."""


class ConfirmPromotion(ResourceCommand, frozen=True, kw_only=True):
    """Move a partner up as a review has proposed."""


class OverrideTier(ResourceCommand, frozen=True, kw_only=True):
    """Give a partner another level for a time."""

    level: str
    reason: OverrideReason
    reference: str = ""
    last_day: date


class ListEnrolments(ListCommand, frozen=True, kw_only=True):
    """List memberships; an empty filter matches all of them."""

    partner_id: str = ""
    program: str = ""
    state: EnrolmentState | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class ListTierHistory(ListCommand, frozen=True, kw_only=True):
    """List changes of levels; an empty filter matches all of them."""

    partner_id: str = ""
    cause: TierChangeCause | None = None


async def enroll(env: Env, cmd: Enroll) -> Enrolment:
    """The new membership. WrongState, AlreadyEnrolled, NoProgramInForce, InvalidInput."""
    async with env.settings.locks.of(cmd.partner_id):
        partner = await _partner(env, cmd.partner_id, cmd.call, action="enrol")
        query = Query(kind=ENROLMENTS, equals={"active_key": cmd.partner_id}, limit=1)
        for found in (await env.store.find(query)).rows:
            raise AlreadyEnrolled(cmd.partner_id, found.value.id)
        program = await program_in_force(env, cmd.program, on=env.today())
        step = domain.start(
            env.ids.new("enr"),
            cmd.partner_id,
            program,
            level=_level(program, cmd.level),
            time_zone=time_zone_of(partner.value.country, env.directory.here.time_zone),
            now=env.clock.now(),
        )
        return await take(env, cmd, step, loaded=None, partner=partner)


async def end_enrolment(env: Env, cmd: EndEnrolment) -> Enrolment:
    """The membership in ENDED, or with its last day; WrongState, InvalidInput."""
    loaded = await env.load(ENROLMENTS, cmd.id, call=cmd.call, etag=cmd.etag)
    partner = await env.load(PARTNERS, loaded.value.partner_id, call=cmd.call)
    now = env.clock.now()
    if cmd.last_day is None:
        step = domain.end(loaded.value, reason=cmd.reason, now=now)
        return await take(env, cmd, step, loaded=loaded, partner=partner)
    given = EnrolmentEnd(reason=cmd.reason, last_day=cmd.last_day)
    if loaded.value.end == given and loaded.value.state is EnrolmentState.ACTIVE:
        return await env.unchanged(loaded, call=cmd.call)
    step = domain.announce_end(loaded.value, given, now=now)
    if wrong := [*domain.last_day_violations(cmd.last_day, today=loaded.value.today(now))]:
        raise InvalidInput(wrong)
    return await take(env, cmd, step, loaded=loaded, partner=partner)


async def withdraw_enrolment_end(env: Env, cmd: WithdrawEnrolmentEnd) -> Enrolment:
    """The membership without an end; WrongState, NoEndAnnounced."""
    loaded = await env.load(ENROLMENTS, cmd.id, call=cmd.call, etag=cmd.etag)
    partner = await env.load(PARTNERS, loaded.value.partner_id, call=cmd.call)
    step = domain.withdraw_end(loaded.value, now=env.clock.now())
    return await take(env, cmd, step, loaded=loaded, partner=partner)


async def confirm_promotion(env: Env, cmd: ConfirmPromotion) -> Enrolment:
    """The membership at its new level; WrongState, NoPromotionPending."""
    loaded = await env.load(ENROLMENTS, cmd.id, call=cmd.call, etag=cmd.etag)
    partner = await _partner(env, loaded.value.partner_id, cmd.call, action="promote")
    step = domain.confirm(loaded.value, now=env.clock.now())
    return await take(env, cmd, step, loaded=loaded, partner=partner)


async def override_tier(env: Env, cmd: OverrideTier) -> Enrolment:
    """The membership with the override; WrongState, NoProgramInForce, InvalidInput."""
    loaded = await env.load(ENROLMENTS, cmd.id, call=cmd.call, etag=cmd.etag)
    partner = await _partner(env, loaded.value.partner_id, cmd.call, action="override the tier")
    now = env.clock.now()
    if wrong := [*domain.last_day_violations(cmd.last_day, today=loaded.value.today(now))]:
        raise InvalidInput(wrong)
    program = await program_in_force(env, loaded.value.program, on=env.today())
    level = domain.held(program, _level(program, cmd.level))
    given = TierOverride(level=level, reason=cmd.reason, reference=cmd.reference, last_day=cmd.last_day)
    if loaded.value.override == given:
        return await env.unchanged(loaded, call=cmd.call)
    return await take(env, cmd, domain.override(loaded.value, given, now=now), loaded=loaded, partner=partner)


async def list_enrolments(env: Env, cmd: ListEnrolments) -> Page[Enrolment]:
    """One page of memberships, by id unless the caller asks for another order."""
    filters = {**filters_of(cmd, "program", "state"), "partner_id": own(cmd.partner_id, call=cmd.call)}
    return await env.listing(ENROLMENTS, filters, call=cmd.call, **paged(cmd, UPDATED))


async def list_tier_history(env: Env, cmd: ListTierHistory) -> Page[TierChange]:
    """One page of changes, in the order of time unless the caller asks for the newest first."""
    filters = {**filters_of(cmd, "cause"), "partner_id": own(cmd.partner_id, call=cmd.call)}
    return await env.listing(TIER_CHANGES, filters, call=cmd.call, **paged(cmd))


def own(partner_id: str, *, call: Call) -> str:
    """The partner that is asked about: for a partner's people their own, whatever they see of its downline. NotFound
    for another one."""
    mine = call.caller.partner_id
    if mine and partner_id not in ("", mine):
        raise NotFound("partner", partner_id)
    return mine or partner_id


async def _partner(env: Env, id: str, call: Call, *, action: str) -> Loaded[Partner]:
    """The partner; WrongState unless its tier may be set."""
    partner = await env.load(PARTNERS, id, call=call)
    require_state("partner", id, partner.value.status, action=action, allowed=MAY_SET_TIER)
    return partner


def _level(program: Program, code: str) -> ProgramLevel:
    """The level of a version with this code, or with rank 1; InvalidInput."""
    found = program.level(code) if code else next((one for one in program.levels if one.rank == _ENTRY_RANK), None)
    if found is None:
        known = ", ".join(one.code for one in program.levels)
        raise InvalidInput([Violation("level", f"{code} is none of {known}", "UNKNOWN_LEVEL")])
    return found
