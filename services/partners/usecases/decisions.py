"""The vendor's moves: vetting, approval, suspension, the end, the tier."""

from libs.call import Command
from libs.document import same_content
from libs.person import PersonalText
from services.partners.documents import PARTNERS
from services.partners.domain import moves
from services.partners.domain.partner import Partner
from services.partners.domain.states import StatusReason
from services.partners.usecases.applications import person_writes
from services.partners.usecases.settings import Env


class StartVetting(Command, frozen=True, kw_only=True):
    """Examine an applicant."""

    id: str
    etag: str = ""


class ApprovePartner(Command, frozen=True, kw_only=True):
    """Accept an applicant."""

    id: str
    etag: str = ""


class RejectPartner(Command, frozen=True, kw_only=True):
    """Turn an applicant down."""

    id: str
    etag: str = ""
    status_reason: StatusReason
    status_note: PersonalText | None = None


class SuspendPartner(Command, frozen=True, kw_only=True):
    """Let a partner start nothing new."""

    id: str
    etag: str = ""
    status_reason: StatusReason
    status_note: PersonalText | None = None


class ReinstatePartner(Command, frozen=True, kw_only=True):
    """Let a partner sell again."""

    id: str
    etag: str = ""
    status_note: PersonalText | None = None


class TerminatePartner(Command, frozen=True, kw_only=True):
    """Part with a partner."""

    id: str
    etag: str = ""
    status_reason: StatusReason
    status_note: PersonalText | None = None


class SetTier(Command, frozen=True, kw_only=True):
    """Put a partner on a level."""

    id: str
    etag: str = ""
    tier: str
    tier_rank: int


class SetDownlineAccess(Command, frozen=True, kw_only=True):
    """Let a partner's people see the rows of its downline, or no more."""

    id: str
    etag: str = ""
    sees_downline: bool = False


async def start_vetting(env: Env, cmd: StartVetting) -> Partner:
    """The applicant, in VETTING."""
    held = await env.load(PARTNERS, cmd.id, call=cmd.call, etag=cmd.etag)
    partner, event = moves.start_vetting(held.value, now=env.clock.now())
    return await env.commit(held.put(partner), events=[event], call=cmd.call)


async def approve_partner(env: Env, cmd: ApprovePartner) -> Partner:
    """The partner, in ACTIVE."""
    held = await env.load(PARTNERS, cmd.id, call=cmd.call, etag=cmd.etag)
    partner, event = moves.approve(held.value, now=env.clock.now())
    return await env.commit(held.put(partner), events=[event], call=cmd.call)


async def reject_partner(env: Env, cmd: RejectPartner) -> Partner:
    """The applicant, in REJECTED; its registration id is free again."""
    held = await env.load(PARTNERS, cmd.id, call=cmd.call, etag=cmd.etag)
    partner, event = moves.reject(held.value, cmd.status_reason, note=cmd.status_note, now=env.clock.now())
    return await env.commit(held.put(partner), *person_writes(env, held.value, partner), events=[event], call=cmd.call)


async def suspend_partner(env: Env, cmd: SuspendPartner) -> Partner:
    """The partner, in SUSPENDED."""
    held = await env.load(PARTNERS, cmd.id, call=cmd.call, etag=cmd.etag)
    partner, event = moves.suspend(held.value, cmd.status_reason, note=cmd.status_note, now=env.clock.now())
    return await env.commit(held.put(partner), *person_writes(env, held.value, partner), events=[event], call=cmd.call)


async def reinstate_partner(env: Env, cmd: ReinstatePartner) -> Partner:
    """The partner, in ACTIVE again."""
    held = await env.load(PARTNERS, cmd.id, call=cmd.call, etag=cmd.etag)
    partner, event = moves.reinstate(held.value, note=cmd.status_note, now=env.clock.now())
    return await env.commit(held.put(partner), *person_writes(env, held.value, partner), events=[event], call=cmd.call)


async def terminate_partner(env: Env, cmd: TerminatePartner) -> Partner:
    """The partner, in TERMINATED; its registration id is free again."""
    held = await env.load(PARTNERS, cmd.id, call=cmd.call, etag=cmd.etag)
    partner, event = moves.terminate(held.value, cmd.status_reason, note=cmd.status_note, now=env.clock.now())
    return await env.commit(held.put(partner), *person_writes(env, held.value, partner), events=[event], call=cmd.call)


async def set_tier(env: Env, cmd: SetTier) -> Partner:
    """The partner on its level."""
    held = await env.load(PARTNERS, cmd.id, call=cmd.call, etag=cmd.etag)
    partner, event = moves.set_tier(held.value, cmd.tier, cmd.tier_rank, now=env.clock.now())
    if same_content(held.value, partner):
        return await env.unchanged(held.value, call=cmd.call)
    return await env.commit(held.put(partner), events=[event], call=cmd.call)


async def set_downline_access(env: Env, cmd: SetDownlineAccess) -> Partner:
    """The partner with that right, or without it."""
    held = await env.load(PARTNERS, cmd.id, call=cmd.call, etag=cmd.etag)
    partner, event = moves.set_downline_access(held.value, sees_downline=cmd.sees_downline, now=env.clock.now())
    if same_content(held.value, partner):
        return await env.unchanged(held.value, call=cmd.call)
    return await env.commit(held.put(partner), events=[event], call=cmd.call)
