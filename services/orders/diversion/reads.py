"""Loads a piece with its chain of custody, and what its holder's territories and agreements say."""

from datetime import date

from libs.partner_projection import TERRITORIES
from libs.rights import ClauseSubject
from libs.rights_projection import AGREEMENTS
from libs.store.listing import everything
from libs.store.port import get
from services.orders.diversion.documents import CUSTODIES
from services.orders.diversion.domain.custody import CustodyKind, CustodyStep, Piece, chain_of
from services.orders.record.documents import ORDERS, SERIALS, SHIPMENTS
from services.orders.settings import Env


async def piece_of(env: Env, sku: str, serial: str, *, on: date) -> Piece | None:
    """The piece as it was on a day; None if this cell did not sell it."""
    held = await get(env.store, SERIALS, f"{sku}:{serial}")
    if held is None:
        return None
    shipment = await get(env.store, SHIPMENTS, held.value.shipment_id)
    order = await get(env.store, ORDERS, held.value.order_id)
    assert shipment is not None, "it was stored with the serial"
    line = order.value.line(held.value.line_number) if order else None
    product_line = line.product_line if line else ""
    first = CustodyStep(
        kind=CustodyKind.SHIPMENT,
        partner_id=held.value.partner_id,
        country=held.value.ship_to_country,
        on=shipment.value.ship_date,
        document_id=shipment.value.id,
    )
    chain = chain_of(first, await everything(env.store, CUSTODIES, {"serial_id": held.value.id}), on=on)
    return Piece(
        sku=sku,
        serial=serial,
        product_line=product_line,
        chain=chain,
        granted=await _granted(env, chain[-1].partner_id, product_line, on=on),
        taken_back=held.value.returned or bool(held.value.return_id),
        selective=await in_network(env, chain[-1].partner_id, product_line, on=on),
        list_price=line.price.list_unit_price if line else None,
    )


async def in_network(env: Env, partner_id: str, product_line: str, *, on: date) -> bool:
    """Whether an agreement of the partner that is in force on the day names a selective distribution network for the
    product line."""
    held = await everything(env.store, AGREEMENTS, {"partner_id": partner_id}) if partner_id else ()
    return any(
        one.in_force(on)
        and any(clause.subject is ClauseSubject.SELECTIVE_DISTRIBUTION for clause in one.clauses)
        and (not one.product_lines or product_line in one.product_lines)
        for one in held
    )


async def _granted(env: Env, partner_id: str, product_line: str, *, on: date) -> frozenset[str]:
    """The countries in which the partner may sell the product line on the day, be it in a part of one only."""
    grants = await everything(env.store, TERRITORIES, {"partner_id": partner_id})
    lines = frozenset({product_line})
    return frozenset(one.country for one in grants if one.covers(one.country, one.subdivision, lines, on=on))
