"""A won registration becomes a draft order with its lines; nothing of it is lost for want of a price or of a bound."""

import msgspec
from msgspec.structs import replace

from libs.call import Command
from libs.money import Money
from libs.peers import PARTNERS
from libs.store.listing import everything
from libs.store.port import create
from services.orders.documents import ORDERS
from services.orders.domain.amounts import as_price
from services.orders.domain.drafting import OrderLineDraft, price_what_can_be, with_lines
from services.orders.domain.order import Order
from services.orders.domain.prices import PriceList
from services.orders.domain.states import LineKind
from services.orders.usecases.orders import CreateOrder, created, new_order
from services.orders.usecases.prices import list_for
from services.orders.usecases.settings import Env, today


class ConvertedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the registration."""

    sku: str
    quantity: int
    expected_amount: Money | None = None


class DraftFromRegistration(Command, frozen=True, kw_only=True):
    """Make the order of a converted registration."""

    registration_id: str
    partner_id: str
    country: str
    subdivision: str = ""
    currency: str
    lines: tuple[ConvertedLine, ...] = ()


async def draft_from_registration(env: Env, cmd: DraftFromRegistration) -> Order:
    """The draft; the one that exists if it was made before."""
    for order in await everything(env.store, ORDERS, {"registration_id": cmd.registration_id}):
        if order.from_conversion:  # any other order merely names it
            return order
    partner = await env.store.get(PARTNERS, cmd.partner_id)
    source = await list_for(env, tier=partner.value.tier if partner else "", currency=cmd.currency)
    drafts = tuple(_draft(line, source, cmd.currency) for line in cmd.lines)
    empty = new_order(
        env,
        CreateOrder(
            call=cmd.call,
            partner_id=cmd.partner_id,
            registration_id=cmd.registration_id,
            currency=cmd.currency,
            ship_to_country=cmd.country,
            ship_to_subdivision=cmd.subdivision,
        ),
    )
    lines = price_what_can_be(drafts, source, currency=cmd.currency, on=today(env))
    order = replace(with_lines(empty, lines, Money.zero(cmd.currency)), from_conversion=True)
    return await env.commit(create(ORDERS, order), events=[created(order)], call=cmd.call)


def _draft(line: ConvertedLine, source: PriceList | None, currency: str) -> OrderLineDraft:
    """The list's price where there is one, else what the partner expected, else none, to be filled in."""
    listed = source is not None and any(item.sku == line.sku for item in source.items)
    expected = line.expected_amount if line.expected_amount and line.expected_amount.currency == currency else None
    guess = as_price(expected.share(1, line.quantity)) if expected else None
    return OrderLineDraft(
        kind=LineKind.PRODUCT, sku=line.sku, quantity=line.quantity, unit_price=None if listed else guess
    )
