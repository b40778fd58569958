"""The kinds of orders, shipments, serials and the partners of registrations, with their indexes."""

from libs.document import Document
from libs.person import Person
from libs.store.paging import serving
from libs.store.port import Index, Kind, Persons, Store
from services.orders.record.domain.goods import Serial, Shipment
from services.orders.record.domain.order import Order, persons


class RegistrationFacts(Document, frozen=True, kw_only=True):
    """The partner of a registration, as deals published it; it never changes."""

    partner_id: str


async def _country(store: Store, order: Order) -> str:
    return order.ship_to_country


def _receiver(order: Order) -> Person | None:
    return order.ship_to_contact


ORDERS = Kind(
    "order",
    Order,
    (
        Index(("registration_id",)),
        Index(("partner_id", "registration_id")),
        Index(("stated_purchase_order_number",)),
        Index(("partner_id", "stated_purchase_order_number")),
        *serving("partner_id", "state", orders=("", "update_time")),
        *serving("partner_id", orders=("order_date",)),
        Index(("partner_id", "purchase_order_number"), unique=True),
        Index(("external_source", "external_id"), unique=True),
    ),
    owner="partner_id",
    persons=Persons(of=persons, country=_country, about=_receiver),
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
