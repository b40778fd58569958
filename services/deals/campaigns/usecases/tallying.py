"""Keeps the tallies of campaigns: an event makes those stale that it may change, a job counts them anew."""

import msgspec
from msgspec.structs import replace

from libs.call import Command
from libs.store.port import create, get, get_all
from services.deals.campaigns.documents import TALLIES
from services.deals.campaigns.domain.tallies import CampaignTally
from services.deals.campaigns.reads import touches_of
from services.deals.campaigns.usecases.measuring import measured
from services.deals.claims.documents import REGISTRATIONS
from services.deals.leads.documents import LEADS
from services.deals.settings import Env


class MarkTallies(Command, frozen=True, kw_only=True):
    """Say that something has changed about a lead, or a claim, that campaigns may have touched."""

    lead_id: str = ""
    registration_id: str = ""


class TallyCampaign(Command, frozen=True, kw_only=True):
    """Count anew what came of a campaign."""

    id: str


class Marked(msgspec.Struct, frozen=True):
    """How many tallies were made stale."""

    count: int = 0


async def mark_tallies(env: Env, cmd: MarkTallies) -> Marked:
    """Make the tallies of all campaigns stale that have touched the lead or the claim. One that is stale is written
    too: what is being counted then is not kept. Calls of this process wait for each other."""
    lead = await get(env.store, LEADS, cmd.lead_id) if cmd.lead_id else None
    claim = await get(env.store, REGISTRATIONS, cmd.registration_id) if cmd.registration_id else None
    claim_id = lead.value.registration_id if lead else cmd.registration_id
    touches = await touches_of(env, claim_id, claim.value.lead_id if claim else cmd.lead_id)
    campaigns = sorted({one.campaign_id for one in touches})
    if campaigns:
        async with env.settings.locks.of("campaign tallies"):
            held = await get_all(env.store, TALLIES, campaigns)
            writes = [
                held[one].put(replace(held[one].value, stale=True))
                if one in held
                else create(TALLIES, CampaignTally(id=one))
                for one in campaigns
            ]
            await env.commit(*writes, call=cmd.call)
    return Marked(len(campaigns))


async def tally_campaign(env: Env, cmd: TallyCampaign) -> CampaignTally:
    """The tally with what is stored now; one that is not stale stays as it is."""
    loaded = await env.load(TALLIES, cmd.id, call=cmd.call)
    if not loaded.value.stale:
        return loaded.value
    return await env.commit(loaded.put(await measured(env, loaded.value)), call=cmd.call)
