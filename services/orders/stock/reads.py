"""The movements of an article at a partner, and the writes that follow from one more."""

from libs.store.listing import everything
from libs.store.port import D, Kind, Put, create, get
from services.orders.settings import Env
from services.orders.stock.documents import MOVEMENTS, POSITIONS, SALES
from services.orders.stock.domain.ledger import ledger_of
from services.orders.stock.domain.movement import Movement, TooManyMovements
from services.orders.stock.domain.position import Position, position_of
from services.orders.stock.domain.sales import Sales, sales_of


async def movements_of(env: Env, partner_id: str, sku: str) -> list[Movement]:
    """All movements, in no order; TooManyMovements."""
    return await all_of(env, MOVEMENTS, sku, partner_id)


async def sales_of_article(env: Env, sku: str, partner_id: str = "") -> list[Sales]:
    """The sales of an article at a partner, at every one if none is named; TooManyMovements."""
    return await all_of(env, SALES, sku, partner_id)


async def all_of(env: Env, kind: Kind[D], sku: str, partner_id: str = "") -> list[D]:
    """The rows of an article, of one partner if it is named; TooManyMovements."""
    try:
        return list(
            await everything(env.store, kind, {"sku": sku} | ({"partner_id": partner_id} if partner_id else {}))
        )
    except OverflowError:
        raise TooManyMovements(sku) from None


async def settled(env: Env, movement: Movement) -> tuple[Put[Position], Put[Sales]]:
    """The writes of position and sales with this movement, new or corrected. Whoever moves the same article meanwhile
    writes them too, so one of the two begins again."""
    known = {one.id: one for one in await movements_of(env, movement.partner_id, movement.sku)}
    movements = list({**known, movement.id: movement}.values())
    window = env.settings.policy.stock.window_days
    position = position_of(ledger_of(movements), movements, window_days=window, now=env.clock.now())
    sales = sales_of(movement.partner_id, movement.sku, movements)
    position_held = await get(env.store, POSITIONS, position.id)
    sales_held = await get(env.store, SALES, sales.id)
    return (
        position_held.put(position) if position_held else create(POSITIONS, position),
        sales_held.put(sales) if sales_held else create(SALES, sales),
    )
