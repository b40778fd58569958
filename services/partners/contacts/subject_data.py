"""The persons in contacts."""

from libs.person import Person
from libs.store.port import Store
from libs.subject_data import Holding
from services.partners.contacts.documents import CONTACTS
from services.partners.contacts.domain import Contact
from services.partners.record.documents import PARTNERS


def _persons(contact: Contact) -> tuple[Person, ...]:
    return (contact.person,)


async def _country(store: Store, contact: Contact) -> str:
    """That of the partner's seat."""
    held = await store.get(PARTNERS, contact.partner_id)
    return held.value.country if held else ""


PERSONS = (Holding(CONTACTS, _persons, _country),)
