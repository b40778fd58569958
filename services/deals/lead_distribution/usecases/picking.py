"""A partner picks a lead from the pool."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from libs.call import Caller, ResourceCommand
from libs.errors import EtagMismatch, NotFound
from libs.partner_projection import active_partner
from libs.store.port import get
from services.deals.lead_distribution.domain.distribution import (
    LeadExclusionReason,
    Load,
    Protection,
    Seller,
    foreign,
    reason_against,
)
from services.deals.lead_distribution.domain.picking import LeadNotPickable
from services.deals.lead_distribution.reads import Roster, limits, protections_of
from services.deals.leads.documents import LEAD_ACCOUNTS, LEADS, POOL
from services.deals.leads.domain import transitions
from services.deals.leads.domain.accounts import LeadAccount, entered, picked
from services.deals.leads.domain.lead import Lead
from services.deals.leads.domain.states import LeadState
from services.deals.leads.reads.moving import commit_move, put_account
from services.deals.settings import Env


class PickLead(ResourceCommand, frozen=True, kw_only=True):
    """Pick a lead of the pool for a partner. etag: of its entry there."""

    partner_id: str


async def pick_lead(env: Env, cmd: PickLead) -> Lead:
    """The lead, which the partner has now. PickLimitReached, LeadNotPickable, and NotFound for a partner's people if it
    is not in the pool, or its customer is protected for others: ListPoolLeads does not show it to them either."""
    partner = await active_partner(env, cmd.partner_id, call=cmd.call)
    async with env.settings.locks.of(f"leads {partner.id}"):
        loaded = await get(env.store, LEADS, cmd.id)
        if loaded is None or not _may_know(loaded.value, cmd.call.caller, env.clock.now()):
            raise NotFound(LEADS.name, cmd.id)
        protections = await protections_of(env, loaded.value)
        if foreign(protections, partner.id) and cmd.call.caller.partner_id:
            raise NotFound(LEADS.name, cmd.id)
        lead, events = transitions.pick(loaded.value, partner.id, env.ids.new("lof"), now=env.clock.now())
        held = await get(env.store, LEAD_ACCOUNTS, partner.id)
        before = held.value if held else LeadAccount(id=partner.id)
        entry = await get(env.store, POOL, cmd.id)
        if cmd.etag and (entry is None or cmd.etag != str(entry.value.version)):
            raise EtagMismatch(POOL.name, cmd.id, str(entry.value.version) if entry else "")
        await _refuse_unable(env, loaded.value, before, protections)
        policy = env.settings.policy
        account = picked(before, limit=policy.lead_picks, window=policy.lead_pick_window, now=env.clock.now())
        write = put_account(held, entered(account, env.today(), opened=1, picked=1))
        return await commit_move(env, loaded, lead, events, write, call=cmd.call)


def _may_know(lead: Lead, caller: Caller, now: datetime) -> bool:
    """Whether the caller may learn the state of the lead: a partner's people if it is in the pool or their own."""
    return transitions.effective(lead, now) is LeadState.IN_POOL or caller.partner_id in ("", lead.partner_id)


async def _refuse_unable(env: Env, lead: Lead, account: LeadAccount, protections: Sequence[Protection]) -> None:
    """LeadNotPickable with the first reason why the partner cannot get the lead. Partners for which the customer is
    protected can, whatever else is so."""
    if foreign(protections, account.id):
        raise LeadNotPickable(lead.id, LeadExclusionReason.PROTECTED_FOR_ANOTHER)
    if protections:
        return
    sellers = await Roster(env).sellers(lead)
    none = Seller(partner_id=account.id, weight=1, reason=LeadExclusionReason.NO_TERRITORY)
    seller = next((one for one in sellers if one.partner_id == account.id), none)
    if seller.reason is LeadExclusionReason.NO_WEIGHT:
        seller = replace(seller, reason=None)  # a weight is of what is given, not of what is picked
    reason = reason_against(seller, Load(open_leads=account.open_leads), lead.had, limits(env), now=env.clock.now())
    if reason is not None:
        raise LeadNotPickable(lead.id, reason)
