"""Creates, changes, moves and shows campaigns."""

from datetime import date

from libs.call import Command, ResourceCommand
from libs.document import same_content
from libs.money import Money
from libs.store.paging import ListCommand, filters_of, paged
from libs.store.port import Page, create
from services.deals.campaigns.documents import CAMPAIGNS
from services.deals.campaigns.domain import campaign as domain
from services.deals.campaigns.domain.campaign import Campaign, CampaignChanges
from services.deals.campaigns.domain.states import CampaignKind, CampaignState
from services.deals.campaigns.events import CampaignCreated, CampaignUpdated
from services.deals.settings import Env


class CreateCampaign(Command, frozen=True, kw_only=True):
    """A new campaign."""

    kind: CampaignKind
    name: str
    product_lines: tuple[str, ...] = ()
    country: str = ""
    first_day: date
    last_day: date
    planned_cost: Money | None = None
    actual_cost: Money | None = None


class UpdateCampaign(ResourceCommand, frozen=True, kw_only=True):
    """Replace the fields that `changes` sets."""

    changes: CampaignChanges


class MoveCampaign(ResourceCommand, frozen=True, kw_only=True):
    """Start, end or cancel a campaign."""

    state: CampaignState


class GetCampaign(ResourceCommand, frozen=True, kw_only=True):
    """Show a campaign."""


class ListCampaigns(ListCommand, frozen=True, kw_only=True):
    """List campaigns; empty filters filter nothing."""

    state: CampaignState | None = None
    kind: CampaignKind | None = None


async def create_campaign(env: Env, cmd: CreateCampaign) -> Campaign:
    """The new campaign. InvalidInput lists every violation."""
    now = env.clock.now()
    made = domain.checked(
        Campaign(
            id=env.ids.new("cmp"),
            kind=cmd.kind,
            name=cmd.name,
            product_lines=cmd.product_lines,
            country=cmd.country,
            first_day=cmd.first_day,
            last_day=cmd.last_day,
            planned_cost=cmd.planned_cost,
            actual_cost=cmd.actual_cost,
            create_time=now,
            update_time=now,
        )
    )
    event = CampaignCreated(campaign_id=made.id, kind=made.kind)
    return await env.commit(create(CAMPAIGNS, made), events=[event], call=cmd.call)


async def update_campaign(env: Env, cmd: UpdateCampaign) -> Campaign:
    """The campaign with these fields replaced."""
    loaded = await env.load(CAMPAIGNS, cmd.id, call=cmd.call, etag=cmd.etag)
    changed = domain.change(loaded.value, cmd.changes, now=env.clock.now())
    if same_content(loaded.value, changed):
        return await env.unchanged(loaded, call=cmd.call)
    return await env.commit(loaded.put(changed), events=[CampaignUpdated(campaign_id=changed.id)], call=cmd.call)


async def move_campaign(env: Env, cmd: MoveCampaign) -> Campaign:
    """The campaign in its new state."""
    loaded = await env.load(CAMPAIGNS, cmd.id, call=cmd.call, etag=cmd.etag)
    moved, event = domain.move(loaded.value, cmd.state, now=env.clock.now())
    return await env.commit(loaded.put(moved), events=[event], call=cmd.call)


async def get_campaign(env: Env, cmd: GetCampaign) -> Campaign:
    """The campaign."""
    return await env.show(CAMPAIGNS, cmd.id, call=cmd.call)


async def list_campaigns(env: Env, cmd: ListCampaigns) -> Page[Campaign]:
    """By id."""
    return await env.listing(CAMPAIGNS, filters_of(cmd, "state", "kind"), call=cmd.call, **paged(cmd))
