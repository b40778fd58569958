"""What a partner does with a lead: accept, decline, pick, convert; and what happens to one that it does not answer."""

from datetime import date

import msgspec
from msgspec.structs import replace

from libs.call import Command, ResourceCommand
from libs.env import About
from libs.partner_projection import active_partner
from libs.store.port import Loaded, create
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain import drafts
from services.deals.claims.domain.customers import with_person_keys
from services.deals.claims.domain.registration import ClaimContent, RegistrationLine
from services.deals.leads.domain import transitions
from services.deals.leads.domain.lead import Lead
from services.deals.leads.domain.states import LeadDeclineReason, LeadState
from services.deals.leads.reads.moving import account_write, commit_move, lead_lock, reply_seconds
from services.deals.settings import Env


class AcceptLead(ResourceCommand, frozen=True, kw_only=True):
    """Accept an offer."""


class DeclineLead(ResourceCommand, frozen=True, kw_only=True):
    """Decline an offer, or give back a lead."""

    reason: LeadDeclineReason


class ConvertLead(ResourceCommand, frozen=True, kw_only=True):
    """Make a claim of a lead."""

    lines: tuple[RegistrationLine, ...] = ()
    expected_close_date: date | None = None


class Sweep(Command, frozen=True, kw_only=True):
    """Do with one lead what a job found due."""

    id: str


async def accept_lead(env: Env, cmd: AcceptLead) -> Lead:
    """The lead, which its partner has now."""
    async with lead_lock(env, cmd.id, call=cmd.call, etag=cmd.etag) as loaded:
        before = loaded.value
        lead, events = transitions.accept(before, now=env.clock.now())
        await active_partner(env, before.partner_id, call=cmd.call)
        account = await account_write(
            env, before.partner_id, accepted=1, reply_count=1, reply_seconds=reply_seconds(env, before)
        )
        return await commit_move(env, loaded, lead, events, *account, call=cmd.call)


async def decline_lead(env: Env, cmd: DeclineLead) -> Lead:
    """The lead, which is nobody's now."""
    async with lead_lock(env, cmd.id, call=cmd.call, etag=cmd.etag) as loaded:
        before = loaded.value
        lead, events = transitions.decline(before, cmd.reason, now=env.clock.now())
        counts = {"given_back": 1}
        if before.state is LeadState.OFFERED:
            counts = {"declined": 1, "reply_count": 1, "reply_seconds": reply_seconds(env, before)}
        account = await account_write(env, before.partner_id, opened=-1, **counts)
        return await commit_move(env, loaded, lead, events, *account, call=cmd.call)


async def convert_lead(env: Env, cmd: ConvertLead) -> Lead:
    """The lead in CONVERTED; its claim is a draft of its partner, written with it."""
    async with lead_lock(env, cmd.id, call=cmd.call, etag=cmd.etag) as loaded:
        before, now = loaded.value, env.clock.now()
        lead, events = transitions.convert(before, env.ids.new("reg"), now=now)
        await active_partner(env, before.partner_id, call=cmd.call)
        content = ClaimContent(
            partner_id=before.partner_id,
            customer=before.customer,
            customer_contact=before.contact,
            sales_contact=None,
            lines=cmd.lines,
            expected_close_date=cmd.expected_close_date,
            description=before.text,
        )
        draft, created = drafts.create(content, id=lead.registration_id, now=now)
        put = create(REGISTRATIONS, with_person_keys(replace(draft, lead_id=before.id), env.keys.keyed))
        account = await account_write(env, before.partner_id, opened=-1, converted=1)
        told: tuple[msgspec.Struct | About, ...] = (*events, About(created, put.document))
        return await commit_move(env, loaded, lead, told, put, *account, call=cmd.call)


async def take_back_lead(env: Env, cmd: Sweep) -> Lead:
    """The lead after its offer has lapsed, or after its partner has not followed it up in time; unchanged if neither is
    so."""
    async with lead_lock(env, cmd.id, call=cmd.call) as loaded:
        before, now = loaded.value, env.clock.now()
        if (lapsed := transitions.lapse(before, now=now)) is not None:
            return await _back(env, loaded, lapsed, cmd, lapsed=1)
        late = transitions.not_followed_up(before, refusals=env.settings.policy.lead_refusals, now=now)
        return await _back(env, loaded, late, cmd, given_back=1) if late is not None else before


async def leave_lead(env: Env, cmd: Sweep) -> Lead:
    """The lead of a partner that was terminated, for somebody else; unchanged if no partner has it."""
    async with lead_lock(env, cmd.id, call=cmd.call) as loaded:
        left = transitions.leave(loaded.value, now=env.clock.now())
        return await _back(env, loaded, left, cmd, given_back=1) if left is not None else loaded.value


async def _back(env: Env, loaded: Loaded[Lead], moved: transitions.Moved, cmd: Sweep, **counts: int) -> Lead:
    lead, events = moved
    account = await account_write(env, loaded.value.partner_id, opened=-1, **counts)
    return await commit_move(env, loaded, lead, events, *account, call=cmd.call)
