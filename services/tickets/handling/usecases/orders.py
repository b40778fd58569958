"""What tickets keeps of orders: whose they are."""

from libs.call import Command
from libs.store.port import create, get
from services.tickets.handling.documents import ORDERS, OrderFacts
from services.tickets.settings import Env


class KnowOrder(Command, frozen=True, kw_only=True):
    """Remember whose an order is. facts_version: the version of the order in the event."""

    order_id: str
    partner_id: str
    facts_version: int = 0


async def know_order(env: Env, cmd: KnowOrder) -> OrderFacts:
    """The order. Only a handover changes its partner, so nothing is written if the partner is stored, or if a newer
    event said another one."""
    loaded = await get(env.store, ORDERS, cmd.order_id)
    known = OrderFacts(id=cmd.order_id, partner_id=cmd.partner_id, facts_version=cmd.facts_version)
    if loaded is None:
        return await env.commit(create(ORDERS, known), call=cmd.call)
    if loaded.value.partner_id == cmd.partner_id or cmd.facts_version <= loaded.value.facts_version:
        return loaded.value
    return await env.commit(loaded.put(known), call=cmd.call)
