"""Attributes orders to requests, and says what these brought."""

from msgspec.structs import replace

from libs.call import Command, ResourceCommand
from libs.errors import Duplicate, NotYetKnown
from libs.store.listing import everything
from libs.store.port import Query, Write, create, get_all
from services.partners.accruals.documents import INVOICE_SHARES
from services.partners.fund_returns import domain
from services.partners.fund_returns.documents import ATTRIBUTIONS
from services.partners.fund_returns.domain import FundAttribution, FundReturn
from services.partners.funds.documents import FUNDING_REQUESTS
from services.partners.funds.domain.request import FundingRequest
from services.partners.settings import Env


class AttributeOrders(ResourceCommand, frozen=True, kw_only=True):
    """Count orders for a request."""

    order_ids: tuple[str, ...]


class GetFundReturn(Command, frozen=True, kw_only=True):
    """Show what a request brought."""

    id: str


async def attribute_orders(env: Env, cmd: AttributeOrders) -> FundingRequest:
    """The request, with the orders counted; those that counted before still do. NotYetKnown for an order of which no
    invoice of the partner is known here; Duplicate for one that counts for another request; TooManyOrders."""
    loaded = await env.load(FUNDING_REQUESTS, cmd.id, call=cmd.call, etag=cmd.etag)
    request, order_ids = loaded.value, sorted(set(cmd.order_ids))
    known = await get_all(env.store, ATTRIBUTIONS, order_ids)
    fresh: list[Write] = []
    for one in order_ids:
        if one in known:
            if known[one].value.funding_request_id != request.id:
                raise Duplicate("fund_attribution", "order", known[one].value.funding_request_id)
            continue
        if not await _is_invoiced(env, request.partner_id, one):
            raise NotYetKnown("order", one)
        fresh.append(
            create(
                ATTRIBUTIONS,
                FundAttribution(
                    id=one,
                    funding_request_id=request.id,
                    partner_id=request.partner_id,
                    create_time=env.clock.now(),
                ),
            )
        )
    if not fresh:
        return await env.unchanged(loaded, call=cmd.call)
    if request.attributed_order_count + len(fresh) > domain.ORDERS_PER_REQUEST:
        raise domain.TooManyOrders(request.id)
    counted = replace(
        request,
        attributed_order_count=request.attributed_order_count + len(fresh),
        update_time=env.clock.now(),
    )
    return await env.commit(loaded.put(counted), *fresh, call=cmd.call)


async def get_fund_return(env: Env, cmd: GetFundReturn) -> FundReturn:
    """What the request brought so far."""
    request = await env.show(FUNDING_REQUESTS, cmd.id, call=cmd.call)
    orders = await everything(env.store, ATTRIBUTIONS, {"funding_request_id": request.id})
    invoices = [
        share
        for one in orders
        for share in await everything(env.store, INVOICE_SHARES, {"partner_id": request.partner_id, "order_id": one.id})
    ]
    return domain.measured(request, invoices, orders=len(orders))


async def _is_invoiced(env: Env, partner_id: str, order_id: str) -> bool:
    query = Query(kind=INVOICE_SHARES, equals={"partner_id": partner_id, "order_id": order_id}, limit=1)
    return bool((await env.store.find(query)).rows)
