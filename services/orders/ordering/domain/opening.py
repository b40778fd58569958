"""Creates a new order, for a caller, a won deal or an import; and the limits of its fields."""

from collections.abc import Collection, Iterator
from datetime import date, datetime

import msgspec

from libs.country import country_violations
from libs.errors import Violation
from libs.money import Money
from libs.person import Person, home_violations
from services.orders.ordering.events import OrderCreated
from services.orders.record.domain.amounts import fx_rate_violations
from services.orders.record.domain.order import FxRate, Order, totals_of


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """The initial fields of an order, as on `Order`."""

    partner_id: str
    registration_id: str = ""
    from_conversion: bool = False
    purchase_order_number: str | None = None
    currency: str
    fx_rate: FxRate | None = None
    territory: str = ""
    ship_to_country: str
    ship_to_subdivision: str = ""
    ship_to_contact: Person | None = None
    order_date: date
    requested_delivery_date: date | None = None
    external_source: str = ""
    external_id: str | None = None
    imported_as: str = ""


def open_order(opening: Opening, *, id: str, now: datetime) -> Order:
    """A new order in DRAFT, without lines."""
    nothing = Money.zero(opening.currency)
    return Order(
        id=id,
        partner_id=opening.partner_id,
        registration_id=opening.registration_id,
        from_conversion=opening.from_conversion,
        purchase_order_number=opening.purchase_order_number,
        currency=opening.currency,
        fx_rate=opening.fx_rate,
        totals=totals_of((), opening.currency),
        territory=opening.territory,
        ship_to_country=opening.ship_to_country,
        ship_to_subdivision=opening.ship_to_subdivision,
        ship_to_contact=opening.ship_to_contact,
        order_date=opening.order_date,
        requested_delivery_date=opening.requested_delivery_date,
        external_source=opening.external_source,
        external_id=opening.external_id,
        imported_as=opening.imported_as,
        freight=nothing,
        invoiced=nothing,
        settled=nothing,
        not_invoiced=nothing,
        create_time=now,
        update_time=now,
    )


def created(order: Order) -> OrderCreated:
    """The event of a new order, to be created after its lines are priced."""
    return OrderCreated(
        order_id=order.id,
        partner_id=order.partner_id,
        registration_id=order.registration_id,
        currency=order.currency,
        total=order.totals.total,
        from_conversion=order.from_conversion,
    )


def draft_violations(order: Order, fields: Collection[str], *, today: date, latest: date) -> Iterator[Violation]:
    """The violations of these fields of a draft; `latest` is the last day that has begun."""
    if "fx_rate" in fields:
        yield from fx_rate_violations(order.fx_rate, order.currency, latest=latest)
    wanted = order.requested_delivery_date
    if "requested_delivery_date" in fields and wanted is not None and wanted < today:
        yield Violation("requested_delivery_date", "is in the past", "IN_THE_PAST")
    if "ship_to_country" in fields and not order.ship_to_country:
        yield Violation("ship_to_country", "can be replaced, not removed", "REQUIRED")
    elif "ship_to_country" in fields:
        yield from country_violations(order.ship_to_country, "ship_to_country")
    if "ship_to_contact" in fields:
        yield from home_violations(ship_to_contact=order.ship_to_contact)
