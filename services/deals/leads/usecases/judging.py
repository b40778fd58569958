"""What the vendor decides about a lead: its basis, whether it is worth passing on, and its end."""

from libs.call import ResourceCommand
from services.deals.leads.documents import LEADS
from services.deals.leads.domain import transitions
from services.deals.leads.domain.lead import Lead
from services.deals.leads.domain.states import LeadBasis, LeadClosureCode, LeadState
from services.deals.leads.reads.moving import account_write, commit_move, lead_lock
from services.deals.leads.usecases.answering import Sweep
from services.deals.settings import Env


class StateLeadBasis(ResourceCommand, frozen=True, kw_only=True):
    """State why the data of the person may be passed on; None: it may not."""

    basis: LeadBasis | None = None
    consent_reference: str = ""


class QualifyLead(ResourceCommand, frozen=True, kw_only=True):
    """Say that a lead is worth passing on."""


class DisqualifyLead(ResourceCommand, frozen=True, kw_only=True):
    """Say that a lead leads to nothing."""

    code: LeadClosureCode


async def state_lead_basis(env: Env, cmd: StateLeadBasis) -> Lead:
    """The lead. Without a basis it is taken back from the partner to which it is offered, and from the pool."""
    async with lead_lock(env, cmd.id, call=cmd.call, etag=cmd.etag) as loaded:
        before = loaded.value
        lead, events = transitions.state_basis(before, cmd.basis, cmd.consent_reference, now=env.clock.now())
        if before.basis is cmd.basis and before.consent_reference == cmd.consent_reference:
            return await env.unchanged(loaded, call=cmd.call)
        taken = before.state is LeadState.OFFERED and lead.state is not before.state
        account = await account_write(env, before.partner_id, opened=-1) if taken else ()
        return await commit_move(env, loaded, lead, events, *account, call=cmd.call)


async def qualify_lead(env: Env, cmd: QualifyLead) -> Lead:
    """The lead in QUALIFIED; the service passes it on."""
    loaded = await env.load(LEADS, cmd.id, call=cmd.call, etag=cmd.etag)
    lead, events = transitions.qualify(loaded.value, now=env.clock.now())
    return await env.commit(loaded.put(lead), events=events, call=cmd.call)


async def disqualify_lead(env: Env, cmd: DisqualifyLead) -> Lead:
    """The lead in DISQUALIFIED."""
    async with lead_lock(env, cmd.id, call=cmd.call, etag=cmd.etag) as loaded:
        before, by_partner = loaded.value, bool(cmd.call.caller.partner_id)
        lead, events = transitions.disqualify(before, cmd.code, by_partner=by_partner, now=env.clock.now())
        counts = {"disqualified": 1} if before.state is LeadState.ACCEPTED else {}
        account = await account_write(env, before.partner_id, opened=-1, **counts)
        return await commit_move(env, loaded, lead, events, *account, call=cmd.call)


async def expire_lead(env: Env, cmd: Sweep) -> Lead:
    """The lead in EXPIRED if nobody has taken it in time; else unchanged."""
    loaded = await env.load(LEADS, cmd.id, call=cmd.call)
    ended = transitions.expire(loaded.value, now=env.clock.now())
    if ended is None:
        return loaded.value
    return await commit_move(env, loaded, ended[0], ended[1], call=cmd.call)
