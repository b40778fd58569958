"""The kinds of orders, shipments, serials and the partners of registrations, with their indexes."""

from collections.abc import Mapping

from libs.document import Document
from libs.person import Person
from libs.retention import When, retained
from libs.store.paging import serving
from libs.store.port import Index, Kind, Persons, Store
from services.orders.record.domain.goods import Serial, Shipment
from services.orders.record.domain.order import Order, persons
from services.orders.record.domain.states import MAY_RELEASE, MAY_SHIP, BillingState, OrderState


class RegistrationFacts(Document, frozen=True, kw_only=True):
    """The partner of a registration, as deals published it. facts_version: the version of the registration that first
    had this partner, as far as events have arrived."""

    partner_id: str
    facts_version: int = 0


_OVER = frozenset({OrderState.COMPLETED, OrderState.CANCELED})


async def _country(store: Store, order: Order) -> str:
    return order.ship_to_country


def _receiver(order: Order) -> Person | None:
    return order.ship_to_contact


RULES: Mapping[str, When[Order]] = {
    "invoiced": When(
        starts=lambda order: order.order_date,
        applies=lambda order: order.billing is not BillingState.NOT_INVOICED,
    ),
    "in_work": When(
        starts=lambda order: None,
        applies=lambda order: order.state in MAY_RELEASE | MAY_SHIP,
    ),
    "not_invoiced": When(
        starts=lambda order: order.update_time,
        applies=lambda order: order.state in _OVER and order.billing is BillingState.NOT_INVOICED,
    ),
}

ORDERS: Kind[Order] = Kind(
    "order",
    Order,
    (
        Index(("registration_id",)),
        Index(("partner_id", "registration_id")),
        Index(("stated_purchase_order_number",)),
        Index(("partner_id", "stated_purchase_order_number")),
        *serving("partner_id", "state", orders=("",)),
        *serving("partner_id", orders=("update_time", "order_date")),
        Index(("partner_id", "purchase_order_number"), unique=True),
        Index(("external_source", "external_id"), unique=True),
    ),
    owner="partner_id",
    persons=Persons(of=persons, country=_country, about=_receiver, retained=retained("orders", "order", RULES)),
)


SHIPMENTS = Kind(
    "shipment",
    Shipment,
    (
        Index(("order_id",)),
        Index(("partner_id", "order_id")),
        *serving("partner_id", orders=("", "update_time", "ship_date")),
    ),
    owner="partner_id",
)
SERIALS = Kind("serial", Serial, (Index(("order_id",)),), owner="partner_id")
REGISTRATIONS = Kind("registration", RegistrationFacts, owner="partner_id")
KINDS = (ORDERS, SHIPMENTS, SERIALS, REGISTRATIONS)
