"""Records and lists the touches of leads and claims."""

from datetime import date

from libs.call import Command
from libs.errors import InvalidInput, require_state
from libs.store.paging import ListCommand, filters_of, paged
from libs.store.port import Page, create, get
from services.deals.campaigns.documents import CAMPAIGNS, TOUCHES
from services.deals.campaigns.domain.campaign import TOUCHES_AT_MOST, TooManyTouches, Touch, touch_violations
from services.deals.campaigns.domain.states import NOT_CANCELED
from services.deals.campaigns.events import TouchRecorded
from services.deals.campaigns.reads import touches_of
from services.deals.claims.documents import REGISTRATIONS
from services.deals.leads.documents import LEADS
from services.deals.settings import Env


class RecordTouch(Command, frozen=True, kw_only=True):
    """Record that a lead or a claim came about with a campaign."""

    campaign_id: str
    lead_id: str = ""
    registration_id: str = ""
    day: date


class ListTouches(ListCommand, frozen=True, kw_only=True):
    """List touches; empty filters filter nothing."""

    campaign_id: str = ""
    lead_id: str = ""
    registration_id: str = ""


async def record_touch(env: Env, cmd: RecordTouch) -> Touch:
    """The touch; one that is there stays as it is. WrongState, TooManyTouches; InvalidInput lists every violation."""
    if wrong := [*touch_violations(cmd.lead_id, cmd.registration_id, cmd.day, today=env.today())]:
        raise InvalidInput(wrong)
    campaign = (await env.load(CAMPAIGNS, cmd.campaign_id, call=cmd.call)).value
    lead_id, claim_id = await _subject(env, cmd)
    async with env.settings.locks.of(f"touches {lead_id or claim_id}"):
        subject = cmd.lead_id or cmd.registration_id
        place = env.ids.derived("tch", env.keys.keyed(f"touch {campaign.id} {subject} {cmd.day}"))
        if (held := await get(env.store, TOUCHES, place)) is not None:
            return await env.unchanged(held, call=cmd.call)
        require_state("campaign", campaign.id, campaign.state, action="record a touch", allowed=NOT_CANCELED)
        if len(await touches_of(env, claim_id, lead_id)) >= TOUCHES_AT_MOST:
            raise TooManyTouches(subject)
        made = Touch(
            id=place,
            campaign_id=campaign.id,
            lead_id=cmd.lead_id,
            registration_id=cmd.registration_id,
            day=cmd.day,
            create_time=env.clock.now(),
        )
        event = TouchRecorded(
            touch_id=place,
            campaign_id=campaign.id,
            lead_id=made.lead_id,
            registration_id=made.registration_id,
            day=made.day,
        )
        return await env.commit(create(TOUCHES, made), events=[event], call=cmd.call)


async def list_touches(env: Env, cmd: ListTouches) -> Page[Touch]:
    """By id."""
    filters = filters_of(cmd, "campaign_id", "lead_id", "registration_id")
    return await env.listing(TOUCHES, filters, call=cmd.call, **paged(cmd))


async def _subject(env: Env, cmd: RecordTouch) -> tuple[str, str]:
    """The lead and the claim that share their touches; either may be empty. NotFound."""
    if cmd.lead_id:
        lead = (await env.load(LEADS, cmd.lead_id, call=cmd.call)).value
        return lead.id, lead.registration_id
    claim = (await env.load(REGISTRATIONS, cmd.registration_id, call=cmd.call)).value
    return claim.lead_id, claim.id
