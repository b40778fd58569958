"""The persons that partners holds: those who work for a partner, sole traders, and who wrote a note, one
that waits with a decision too."""

from libs.decisions.four_eyes import HOLDING as DECISIONS
from libs.person import Person
from libs.store.port import Store
from libs.subject_data import Holding, answering
from services.partners.documents import CONTACTS, PARTNERS
from services.partners.domain.contact import Contact
from services.partners.domain.partner import TRADERS_OWN, Partner, persons, trader


def _contacts(contact: Contact) -> tuple[Person, ...]:
    return (contact.person,)


async def _seat(store: Store, contact: Contact) -> str:
    held = await store.get(PARTNERS, contact.partner_id)
    return held.value.country if held else ""


async def _country(store: Store, partner: Partner) -> str:
    return partner.country


CONSUMER = answering(
    Holding(CONTACTS, _contacts, _seat),
    Holding(PARTNERS, persons, _country, about=trader, own=TRADERS_OWN),
    DECISIONS,
)
