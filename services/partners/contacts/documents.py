"""The kinds of contacts and contact totals, with their indexes."""

from libs.person import Person
from libs.retention import retained
from libs.store.port import Index, Kind, Persons
from services.partners.contacts.domain import Contact, ContactTotals
from services.partners.record.documents import PARTNER_ENDED, country_of, partner_of


def _persons(contact: Contact) -> tuple[Person, ...]:
    return (contact.person,)


CONTACTS = Kind(
    "contact",
    Contact,
    tuple(Index(("partner_id", *order)) for order in ((), ("update_time",))),
    owner="partner_id",
    persons=Persons(
        of=_persons, country=country_of, retained=retained("partners", "contact", PARTNER_ENDED), judged=partner_of
    ),
)
CONTACT_TOTALS = Kind("contact_book", ContactTotals, owner="id")

KINDS = (CONTACTS, CONTACT_TOTALS)
