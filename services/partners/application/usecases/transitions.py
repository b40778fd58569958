"""The decisions of the vendor: vetting, approval, rejection, suspension, reinstatement, termination, tier."""

from libs.call import ResourceCommand
from libs.decisions.four_eyes import FourEyes
from libs.decisions.guarded import Guarded
from libs.document import same_content
from libs.person import PersonalText
from services.partners.application import domain
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import StatusReason
from services.partners.screening.reads import require_screened
from services.partners.settings import Env


class StartVetting(ResourceCommand, frozen=True, kw_only=True):
    """Start the vetting of an applicant."""


class ApprovePartner(ResourceCommand, frozen=True, kw_only=True):
    """Approve an applicant."""


class RejectPartner(ResourceCommand, frozen=True, kw_only=True):
    """Reject an applicant."""

    status_reason: StatusReason
    status_note: PersonalText | None = None


class SuspendPartner(ResourceCommand, frozen=True, kw_only=True):
    """Suspend a partner: it can start nothing new."""

    status_reason: StatusReason
    status_note: PersonalText | None = None


class ReinstatePartner(ResourceCommand, frozen=True, kw_only=True):
    """Reinstate a suspended partner."""

    status_note: PersonalText | None = None


class TerminatePartner(ResourceCommand, frozen=True, kw_only=True):
    """Terminate a partner."""

    status_reason: StatusReason
    status_note: PersonalText | None = None


class SetTier(ResourceCommand, frozen=True, kw_only=True):
    """Set the tier of a partner."""

    tier: str
    tier_rank: int


async def start_vetting(env: Env, cmd: StartVetting) -> Partner:
    """The applicant, in VETTING."""
    loaded = await env.load(PARTNERS, cmd.id, call=cmd.call, etag=cmd.etag)
    partner, event = domain.start_vetting(loaded.value, now=env.clock.now())
    return await env.commit(loaded.put(partner), events=[event], call=cmd.call)


async def approve_partner(env: Env, cmd: ApprovePartner) -> Partner:
    """The partner, in ACTIVE. ScreeningOpen if the policy asks for screening."""
    loaded = await env.load(PARTNERS, cmd.id, call=cmd.call, etag=cmd.etag)
    partner, event = domain.approve(loaded.value, now=env.clock.now())
    await require_screened(env, partner)
    return await env.commit(loaded.put(partner), events=[event], call=cmd.call)


async def reject_partner(env: Env, cmd: RejectPartner) -> Partner:
    """The applicant, in REJECTED; its registration id is free again."""
    loaded = await env.load(PARTNERS, cmd.id, call=cmd.call, etag=cmd.etag)
    partner, event = domain.reject(loaded.value, cmd.status_reason, note=cmd.status_note, now=env.clock.now())
    return await env.commit(loaded.put(partner), events=[event], call=cmd.call)


async def suspend_partner(env: Env, cmd: SuspendPartner) -> Partner:
    """The partner, in SUSPENDED."""
    loaded = await env.load(PARTNERS, cmd.id, call=cmd.call, etag=cmd.etag)
    partner, event = domain.suspend(loaded.value, cmd.status_reason, note=cmd.status_note, now=env.clock.now())
    return await env.commit(loaded.put(partner), events=[event], call=cmd.call)


async def reinstate_partner(env: Env, cmd: ReinstatePartner) -> Partner:
    """The partner, in ACTIVE again."""
    loaded = await env.load(PARTNERS, cmd.id, call=cmd.call, etag=cmd.etag)
    partner, event = domain.reinstate(loaded.value, note=cmd.status_note, now=env.clock.now())
    return await env.commit(loaded.put(partner), events=[event], call=cmd.call)


async def terminate_partner(env: Env, cmd: TerminatePartner) -> Partner:
    """The partner, in TERMINATED; its registration id is free again."""
    loaded = await env.load(PARTNERS, cmd.id, call=cmd.call, etag=cmd.etag)
    partner, event = domain.terminate(loaded.value, cmd.status_reason, note=cmd.status_note, now=env.clock.now())
    return await env.commit(loaded.put(partner), events=[event], call=cmd.call)


async def set_tier(env: Env, cmd: SetTier) -> Partner:
    """The partner with this tier; unchanged if it has it already."""
    loaded = await env.load(PARTNERS, cmd.id, call=cmd.call, etag=cmd.etag)
    partner, event = domain.set_tier(loaded.value, cmd.tier, cmd.tier_rank, now=env.clock.now())
    if same_content(loaded.value, partner):
        return await env.unchanged(loaded, call=cmd.call)
    return await env.commit(loaded.put(partner), events=[event], call=cmd.call)


# The termination of a partner, which needs a second person.
FOUR_EYES = FourEyes(
    Guarded(
        method="/prm.partners.v1.PartnerService/TerminatePartner",
        permission="partners.partner.terminate",
        kind=PARTNERS,
        command=TerminatePartner,
        use_case=terminate_partner,
        summary=lambda cmd, partner: f"terminate {partner.id}: {cmd.status_reason.name}",
    )
)
