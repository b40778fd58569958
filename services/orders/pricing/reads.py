"""Loads of price lists that higher slices may use."""

from libs.store.listing import everything
from services.orders.pricing.documents import PRICE_LISTS
from services.orders.pricing.domain import PriceList, choose_list
from services.orders.settings import Env


async def list_for(env: Env, *, tier: str, currency: str) -> PriceList | None:
    """The list that applies today to a tier and a currency; None if there is none."""
    lists = await everything(env.store, PRICE_LISTS, {"currency": currency})
    return choose_list(lists, tier=tier, currency=currency, on=env.today())
