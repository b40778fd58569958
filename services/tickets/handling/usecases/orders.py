"""What tickets keeps of orders: whose they are."""

from libs.call import Command
from libs.store.port import create, get
from services.tickets.handling.documents import ORDERS, OrderFacts
from services.tickets.settings import Env


class KnowOrder(Command, frozen=True, kw_only=True):
    """Remember whose an order is."""

    order_id: str
    partner_id: str


async def know_order(env: Env, cmd: KnowOrder) -> OrderFacts:
    """The order; its partner never changes, so whichever event comes first says all."""
    loaded = await get(env.store, ORDERS, cmd.order_id)
    if loaded is not None:
        return loaded.value
    return await env.commit(create(ORDERS, OrderFacts(id=cmd.order_id, partner_id=cmd.partner_id)), call=cmd.call)
