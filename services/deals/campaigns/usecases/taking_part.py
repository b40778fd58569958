"""Invites partners, takes their answers, records who came, and shows participations."""

from typing import NamedTuple

from libs.call import Command, ResourceCommand
from libs.errors import require_state
from libs.partner_projection import active_partner
from libs.store.paging import ListCommand, filters_of, paged
from libs.store.port import Page, create, get, get_all
from services.deals.campaigns.documents import CAMPAIGNS, PARTICIPATIONS
from services.deals.campaigns.domain import campaign as domain
from services.deals.campaigns.domain.campaign import Campaign, Participation
from services.deals.campaigns.domain.states import MAY_INVITE, ParticipationState
from services.deals.campaigns.events import ParticipationInvited
from services.deals.settings import Env


class InvitePartner(Command, frozen=True, kw_only=True):
    """Invite a partner to a campaign."""

    campaign_id: str
    partner_id: str


class AnswerInvitation(ResourceCommand, frozen=True, kw_only=True):
    """Say whether the partner comes."""

    answer: ParticipationState


class RecordAttendance(ResourceCommand, frozen=True, kw_only=True):
    """Say whether the partner came."""

    attendance: ParticipationState


class GetParticipation(ResourceCommand, frozen=True, kw_only=True):
    """Show a participation."""


class ListParticipations(ListCommand, frozen=True, kw_only=True):
    """List participations; empty filters filter nothing."""

    campaign_id: str = ""
    partner_id: str = ""
    state: ParticipationState | None = None


class ShownParticipation(NamedTuple):
    """A participation with its campaign."""

    participation: Participation
    campaign: Campaign


class ShownPage(NamedTuple):
    """A page of participations, and their campaigns by id."""

    page: Page[Participation]
    campaigns: dict[str, Campaign]


async def invite_partner(env: Env, cmd: InvitePartner) -> Participation:
    """The participation; one that is there stays as it is. WrongState, and as `active_partner`."""
    campaign = (await env.load(CAMPAIGNS, cmd.campaign_id, call=cmd.call)).value
    place = env.ids.derived("cpa", env.keys.keyed(f"participation {campaign.id} {cmd.partner_id}"))
    if (held := await get(env.store, PARTICIPATIONS, place)) is not None:
        return await env.unchanged(held, call=cmd.call)
    require_state("campaign", campaign.id, campaign.state, action="invite", allowed=MAY_INVITE)
    partner, now = await active_partner(env, cmd.partner_id, call=cmd.call), env.clock.now()
    made = Participation(id=place, campaign_id=campaign.id, partner_id=partner.id, create_time=now, update_time=now)
    event = ParticipationInvited(participation_id=place, campaign_id=campaign.id, partner_id=partner.id)
    return await env.commit(create(PARTICIPATIONS, made), events=[event], call=cmd.call)


async def answer_invitation(env: Env, cmd: AnswerInvitation) -> Participation:
    """The participation with its partner's answer; the same answer again changes nothing. WrongState."""
    loaded = await env.load(PARTICIPATIONS, cmd.id, call=cmd.call, etag=cmd.etag)
    if loaded.value.state is cmd.answer:
        return await env.unchanged(loaded, call=cmd.call)
    campaign = (await _campaigns(env, loaded.value))[loaded.value.campaign_id]
    moved, event = domain.answer(loaded.value, campaign, cmd.answer, now=env.clock.now())
    return await env.commit(loaded.put(moved), events=[event], call=cmd.call)


async def record_attendance(env: Env, cmd: RecordAttendance) -> Participation:
    """The participation after the campaign; the same record again changes nothing. WrongState."""
    loaded = await env.load(PARTICIPATIONS, cmd.id, call=cmd.call, etag=cmd.etag)
    if loaded.value.state is cmd.attendance:
        return await env.unchanged(loaded, call=cmd.call)
    campaign = (await _campaigns(env, loaded.value))[loaded.value.campaign_id]
    moved, event = domain.attend(loaded.value, campaign, cmd.attendance, now=env.clock.now())
    return await env.commit(loaded.put(moved), events=[event], call=cmd.call)


async def get_participation(env: Env, cmd: GetParticipation) -> ShownParticipation:
    """The participation with its campaign."""
    found = await env.show(PARTICIPATIONS, cmd.id, call=cmd.call)
    campaigns = await _campaigns(env, found)
    return ShownParticipation(found, campaigns[found.campaign_id])


async def list_participations(env: Env, cmd: ListParticipations) -> ShownPage:
    """By id, with their campaigns."""
    filters = filters_of(cmd, "campaign_id", "partner_id", "state")
    page = await env.listing(PARTICIPATIONS, filters, call=cmd.call, **paged(cmd))
    return ShownPage(page, await _campaigns(env, *(loaded.value for loaded in page.rows)))


async def _campaigns(env: Env, *found: Participation) -> dict[str, Campaign]:
    """The campaigns to which whoever may see these participations was invited."""
    loaded = await get_all(env.store, CAMPAIGNS, dict.fromkeys(one.campaign_id for one in found))
    return {one.value.id: one.value for one in loaded.values()}
