"""The kinds of contacts and contact totals, with their indexes."""

from libs.person import Person
from libs.store.port import Index, Kind, Persons, Store, get
from services.partners.contacts.domain import Contact, ContactTotals
from services.partners.record.documents import PARTNERS


def _persons(contact: Contact) -> tuple[Person, ...]:
    return (contact.person,)


async def _country(store: Store, contact: Contact) -> str:
    """The country of the partner."""
    loaded = await get(store, PARTNERS, contact.partner_id)
    return loaded.value.country if loaded else ""


CONTACTS = Kind(
    "contact", Contact, (Index(("partner_id",)),), owner="partner_id", persons=Persons(of=_persons, country=_country)
)
CONTACT_TOTALS = Kind("contact_book", ContactTotals, owner="id")

KINDS = (CONTACTS, CONTACT_TOTALS)
