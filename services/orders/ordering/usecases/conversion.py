"""Turns a won registration into a draft order. Every line is kept, also one without a price or beyond a limit."""

from libs.call import Command
from libs.money import Money
from libs.partner_projection import known_partner
from libs.store.listing import everything
from libs.store.port import create
from services.orders.ordering.domain.drafting import ConvertedLine, converted_drafts, price_converted_lines, with_lines
from services.orders.ordering.domain.opening import Opening, created, open_order
from services.orders.pricing.reads import list_for
from services.orders.record.documents import ORDERS
from services.orders.record.domain.order import Order
from services.orders.settings import Env


class DraftFromRegistration(Command, frozen=True, kw_only=True):
    """Create the order of a converted registration."""

    registration_id: str
    partner_id: str
    country: str
    subdivision: str = ""
    currency: str
    lines: tuple[ConvertedLine, ...] = ()


async def draft_from_registration(env: Env, cmd: DraftFromRegistration) -> Order:
    """The new draft; the existing order if one was created from the registration before. NotYetKnown, so that the event
    comes again, if no facts of the partner have arrived: its tier decides about the prices."""
    if (made := await order_from(env, cmd.registration_id)) is not None:
        return made
    partner = await known_partner(env, cmd.partner_id)
    source = await list_for(env, tier=partner.tier, currency=cmd.currency)
    opening = Opening(
        partner_id=cmd.partner_id,
        registration_id=cmd.registration_id,
        from_conversion=True,
        currency=cmd.currency,
        ship_to_country=cmd.country,
        ship_to_subdivision=cmd.subdivision,
        order_date=env.today(),
    )
    lines = price_converted_lines(
        converted_drafts(cmd.lines, source, cmd.currency), source, currency=cmd.currency, on=env.today()
    )
    empty = open_order(opening, id=env.ids.new("ord"), now=env.clock.now())
    order = with_lines(empty, lines, Money.zero(cmd.currency))
    return await env.commit(create(ORDERS, order), events=[created(order)], call=cmd.call)


async def order_from(env: Env, registration_id: str) -> Order | None:
    """The order that was created from a registration; None if there is none."""
    for order in await everything(env.store, ORDERS, {"registration_id": registration_id}):
        if order.from_conversion:  # other orders may refer to the registration
            return order
    return None
