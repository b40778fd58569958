"""The persons that deals holds: customers' and partners' contacts, and who wrote a text."""

from libs.person import Person
from libs.store.port import Store
from libs.subject_data import Holding, answering
from services.deals.documents import REGISTRATIONS
from services.deals.domain.registration import Registration
from services.deals.usecases.drafts import persons


async def _country(store: Store, reg: Registration) -> str:
    return reg.customer.country


def _contact(reg: Registration) -> Person | None:
    return reg.customer_contact or reg.sales_contact


CONSUMER = answering(Holding(REGISTRATIONS, persons, _country, about=_contact))
