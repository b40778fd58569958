"""The persons that claims hold: contacts of customers and partners, and the persons that texts name."""

from libs.person import Person
from libs.store.port import Store
from libs.subject_data import Holding
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Registration
from services.deals.claims.reads import persons


async def _country(store: Store, reg: Registration) -> str:
    return reg.customer.country


def _contact(reg: Registration) -> Person | None:
    return reg.customer_contact or reg.sales_contact


PERSONS = (Holding(REGISTRATIONS, persons, _country, about=_contact),)
