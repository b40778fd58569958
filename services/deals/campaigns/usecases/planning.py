"""Creates, changes, moves and shows campaigns."""

from datetime import date

from msgspec.structs import replace

from libs.call import Call, Command, ResourceCommand
from libs.document import differing_fields, same_content
from libs.imports import Imported, known_as, row_hashes
from libs.money import Money
from libs.store.listing import everything
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


class ImportCampaign(CreateCampaign, frozen=True, kw_only=True):
    """Import one row. row_hash: by it a repeated import of the same row is recognised."""

    external_source: str
    external_id: str
    state: CampaignState | None = None
    row_hash: str


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
    return await _take_in(env, _made(env, cmd), cmd.call)


async def import_campaign(env: Env, cmd: ImportCampaign) -> Imported:
    """The id of the campaign, `fresh` if this call created it and not an earlier import of the same row.
    ExternalIdTaken; InvalidInput lists every violation."""
    source, number = cmd.external_source, cmd.external_id
    known = await everything(env.store, CAMPAIGNS, {"external_source": source, "external_id": number})
    hashes = row_hashes(env.keys.keyed, cmd.row_hash)
    if known and known[0].imported_as in hashes:
        return Imported(known[0].id, fresh=False)
    state = cmd.state or CampaignState.PLANNED
    made = replace(_made(env, cmd), state=state, external_source=source, external_id=number, imported_as=hashes[0])
    if known:
        sent = replace(cmd, product_lines=made.product_lines, state=state)
        return known_as(known[0].id, number, differing_fields(known[0], sent))
    return Imported((await _take_in(env, made, cmd.call)).id, fresh=True)


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


def _made(env: Env, cmd: CreateCampaign) -> Campaign:
    """A campaign with this content, PLANNED. InvalidInput."""
    now = env.clock.now()
    return domain.checked(
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


async def _take_in(env: Env, made: Campaign, call: Call) -> Campaign:
    event = CampaignCreated(campaign_id=made.id, kind=made.kind)
    return await env.commit(create(CAMPAIGNS, made), events=[event], call=call)
