"""Shows the pool and the rounds."""

from msgspec.structs import replace

from libs.errors import NotFound
from libs.store.listing import Sieve
from libs.store.paging import ListCommand, filters_of, paged
from libs.store.port import Page, Query, get
from services.deals.lead_distribution.documents import ROUNDS
from services.deals.lead_distribution.domain.distribution import LeadRound
from services.deals.lead_distribution.domain.picking import within
from services.deals.lead_distribution.reads import grants_of, pickable
from services.deals.leads.documents import LEADS, POOL
from services.deals.leads.domain.pool import PoolLead
from services.deals.settings import Env


class ListPoolLeads(ListCommand, frozen=True, kw_only=True):
    """List the pool, or what of it lies in the territories of a partner."""

    country: str = ""
    partner_id: str = ""


class ListLeadRounds(ListCommand, frozen=True, kw_only=True):
    """List the rounds of a lead."""

    lead_id: str


async def list_pool_leads(env: Env, cmd: ListPoolLeads) -> Page[PoolLead]:
    """The pool; for a partner what lies in its territories, without leads whose customers are protected for others: as
    PickLead does not find them, a lead that stayed here would tell of the protection."""
    viewer = await env.scope.partner_of(cmd.call.caller, cmd.partner_id)
    grants = await grants_of(env, viewer) if viewer else ()

    async def find(query: Query[PoolLead]) -> Page[PoolLead]:
        page = await env.store.find(replace(query, equals={"country": cmd.country} if cmd.country else {}))
        rows = [one for one in page.rows if not viewer or within(one.value, grants, on=env.today())]
        found = await pickable(env, [one.value.id for one in rows], viewer)
        return page._replace(rows=tuple(one for one in rows if one.value.id in found))

    sieve = Sieve(lambda _: True, viewer, find)
    return await env.listing(POOL, filters_of(cmd, "country"), call=cmd.call, sieve=sieve, **paged(cmd))


async def list_lead_rounds(env: Env, cmd: ListLeadRounds) -> Page[LeadRound]:
    """The rounds, in their order. NotFound."""
    if await get(env.store, LEADS, cmd.lead_id) is None:
        raise NotFound(LEADS.name, cmd.lead_id)
    return await env.listing(ROUNDS, filters_of(cmd, "lead_id"), call=cmd.call, **paged(cmd))
