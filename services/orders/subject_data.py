"""The persons that orders holds: who takes the goods, and who is named by the note of a hold that is released
or waits for it."""

from libs.decisions.four_eyes import HOLDING as DECISIONS
from libs.person import Person
from libs.store.port import Store
from libs.subject_data import Holding, answering
from services.orders.documents import ORDERS
from services.orders.domain.order import Order
from services.orders.usecases.orders import persons


async def _country(store: Store, order: Order) -> str:
    return order.ship_to_country


def _receiver(order: Order) -> Person | None:
    return order.ship_to_contact


CONSUMER = answering(Holding(ORDERS, persons, _country, about=_receiver), DECISIONS)
