"""Shows what came of a campaign, from invitation to order."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from libs.call import Command
from libs.money import Money
from libs.store.port import ROWS_PER_PAGE, Loaded, Query, get, get_all
from services.deals.campaigns.documents import CAMPAIGNS, PARTICIPATIONS, TALLIES, TOUCHES
from services.deals.campaigns.domain.attribution import (
    CampaignFigures,
    TouchedOrder,
    TouchPoint,
    attributed,
    figures,
    sums,
)
from services.deals.campaigns.domain.campaign import Touch
from services.deals.campaigns.domain.states import CAME_OR_REGISTERED, ParticipationState
from services.deals.campaigns.domain.tallies import CampaignTally
from services.deals.campaigns.reads import touches_of
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Registration
from services.deals.customers.documents import ENTRIES
from services.deals.customers.domain.entries import CustomerEntry, DocumentType
from services.deals.leads.documents import LEADS
from services.deals.settings import Env

TOUCHES_COUNTED = 1_000  # whole pages of ROWS_PER_PAGE
CLAIMS_COUNTED = 500
PARTICIPATIONS_COUNTED = 10_000
_ORDERED = frozenset({"CONFIRMED", "COMPLETED", "CLOSED"})


class GetCampaignResult(Command, frozen=True, kw_only=True):
    """Show what came of a campaign."""

    campaign_id: str


class CampaignResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a campaign; `prm.deals.v1.CampaignResult` describes each field."""

    campaign_id: str
    invited_count: int
    registered_count: int
    attended_count: int
    lead_count: int
    claim_count: int
    order_count: int
    figures: tuple[CampaignFigures, ...]
    more: bool


class _Found(NamedTuple):
    """Orders on claims of a campaign. more: whether there are others, which are not among them."""

    orders: Sequence[TouchedOrder]
    more: bool


async def get_campaign_result(env: Env, cmd: GetCampaignResult) -> CampaignResult:
    """The counts of each step and the attributed amounts. NotFound."""
    campaign = await env.show(CAMPAIGNS, cmd.campaign_id, call=cmd.call)
    held = await get(env.store, TALLIES, campaign.id)
    tally = held.value if held else CampaignTally(id=campaign.id)
    if tally.stale:
        tally = await measured(env, tally)
    counts = {state: await _count(env, campaign.id, state) for state in ParticipationState}
    return CampaignResult(
        campaign_id=campaign.id,
        invited_count=min(sum(counts.values()), PARTICIPATIONS_COUNTED),
        registered_count=min(sum(counts[state] for state in CAME_OR_REGISTERED), PARTICIPATIONS_COUNTED),
        attended_count=counts[ParticipationState.ATTENDED],
        lead_count=tally.lead_count,
        claim_count=tally.claim_count,
        order_count=tally.order_count,
        figures=figures(tally.sums, campaign.actual_cost),
        more=tally.more,
    )


async def measured(env: Env, tally: CampaignTally) -> CampaignTally:
    """The tally with what is stored now."""
    touches, more = await _touches(env, tally.id)
    claims = await _claims(env, touches)
    found = await _orders(env, claims[:CLAIMS_COUNTED])
    orders = [one for one in found.orders if tally.id in attributed(one)]
    return replace(
        tally,
        stale=False,
        lead_count=len({one.lead_id for one in touches if one.lead_id}),
        claim_count=len(claims),
        order_count=len(orders),
        sums=sums(tally.id, orders),
        more=more or found.more or len(claims) > CLAIMS_COUNTED,
    )


async def _touches(env: Env, campaign_id: str) -> tuple[Sequence[Touch], bool]:
    """The first touches of a campaign, and whether there are more."""
    rows, cursor = list[Loaded[Touch]](), ""
    while True:
        query = Query(kind=TOUCHES, equals={"campaign_id": campaign_id}, limit=ROWS_PER_PAGE, cursor=cursor)
        page = await env.store.find(query)
        rows += page.rows
        cursor = page.next_cursor
        if not cursor or len(rows) >= TOUCHES_COUNTED:
            return [loaded.value for loaded in rows], bool(cursor)


async def _claims(env: Env, touches: Iterable[Touch]) -> Sequence[Registration]:
    """The claims of touches: their own, or those that their leads became."""
    rows = tuple(touches)
    leads = await get_all(env.store, LEADS, dict.fromkeys(one.lead_id for one in rows if one.lead_id))
    ids = [one.registration_id for one in rows] + [lead.value.registration_id for lead in leads.values()]
    found = await get_all(env.store, REGISTRATIONS, dict.fromkeys(one for one in ids if one))
    return [loaded.value for loaded in found.values()]


async def _orders(env: Env, claims: Iterable[Registration]) -> _Found:
    """The confirmed orders on claims, with the touches of their claims."""
    orders, more = list[TouchedOrder](), False
    for claim in claims:
        page = await env.store.find(Query(kind=ENTRIES, equals={"parent_id": claim.id}, limit=ROWS_PER_PAGE))
        touches = await touches_of(env, claim.id, claim.lead_id) if page.rows else ()
        points = tuple(TouchPoint(one.day, one.id, one.campaign_id) for one in touches)
        more = more or bool(page.next_cursor)
        orders += (made for loaded in page.rows if (made := _touched(loaded.value, points)) is not None)
    return _Found(orders, more)


def _touched(entry: CustomerEntry, touches: tuple[TouchPoint, ...]) -> TouchedOrder | None:
    """A confirmed order less its canceled pieces; None for one that is not confirmed, or whose amount is not known."""
    ordered = entry.type is DocumentType.ORDER and entry.state in _ORDERED
    if not ordered or entry.amount is None or entry.won_day is None:
        return None
    pieces = entry.canceled_amount or Money.zero(entry.amount.currency)
    return TouchedOrder(entry.amount - pieces, entry.won_day, touches)


async def _count(env: Env, campaign_id: str, state: ParticipationState) -> int:
    page = await env.store.find(
        Query(
            kind=PARTICIPATIONS,
            equals={"campaign_id": campaign_id, "state": state},
            limit=1,
            count_up_to=PARTICIPATIONS_COUNTED,
        )
    )
    return min(page.total, PARTICIPATIONS_COUNTED)
