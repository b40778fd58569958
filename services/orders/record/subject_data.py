"""The persons that orders holds: who takes the goods, and who is named by the note of a hold that is released."""

from libs.person import Person
from libs.store.port import Store
from libs.subject_data import Holding
from services.orders.record.documents import ORDERS
from services.orders.record.domain.order import Order, persons


async def _country(store: Store, order: Order) -> str:
    return order.ship_to_country


def _receiver(order: Order) -> Person | None:
    return order.ship_to_contact


PERSONS = (Holding(ORDERS, persons, _country, about=_receiver),)
