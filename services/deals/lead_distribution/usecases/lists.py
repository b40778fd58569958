"""Shows the pool and the rounds."""

from collections.abc import Callable

from libs.errors import NotFound
from libs.store.listing import Sieve
from libs.store.paging import ListCommand, filters_of, paged
from libs.store.port import Page, get
from services.deals.lead_distribution.documents import ROUNDS
from services.deals.lead_distribution.domain.distribution import LeadRound
from services.deals.lead_distribution.domain.picking import within
from services.deals.lead_distribution.reads import grants_of
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
    """The pool; for a partner's people what lies in its territories."""
    viewer = await env.scope.partner_of(cmd.call.caller, cmd.partner_id)
    keep: Callable[[PoolLead], bool] = _everything
    if viewer:
        grants, on = await grants_of(env, viewer), env.today()

        def keep(entry: PoolLead) -> bool:
            return within(entry, grants, on=on)

    sieve = Sieve(keep, viewer)
    return await env.listing(POOL, filters_of(cmd, "country"), call=cmd.call, sieve=sieve, **paged(cmd))


async def list_lead_rounds(env: Env, cmd: ListLeadRounds) -> Page[LeadRound]:
    """The rounds, in their order. NotFound."""
    if await get(env.store, LEADS, cmd.lead_id) is None:
        raise NotFound(LEADS.name, cmd.lead_id)
    return await env.listing(ROUNDS, filters_of(cmd, "lead_id"), call=cmd.call, **paged(cmd))


def _everything(_: PoolLead) -> bool:
    return True
