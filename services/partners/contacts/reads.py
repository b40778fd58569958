"""Creation and writes of contacts that higher slices may use."""

from msgspec.structs import replace

from libs.errors import InvalidInput
from libs.person import Person, require_homes
from libs.store.port import Loaded, Put, create
from services.partners.contacts.documents import CONTACT_TOTALS
from services.partners.contacts.domain import Contact, ContactRole, ContactTotals, open_contact, person_violations
from services.partners.settings import Env


def new_contact(env: Env, partner_id: str, person: Person, *, roles: tuple[ContactRole, ...]) -> Contact:
    """A new contact, not the primary one. InvalidInput; WrongCell if the person lives in a country that another cell
    serves."""
    if wrong := person_violations(person):
        raise InvalidInput(wrong)
    require_homes(env.directory, person=person)
    known = replace(person, person_id=person.person_id or env.ids.new("psn"))
    return open_contact(env.ids.new("con"), partner_id, known, roles=roles, now=env.clock.now())


def totals_write(loaded: Loaded[ContactTotals] | None, totals: ContactTotals) -> Put[ContactTotals]:
    """The write of a partner's contact totals; `loaded` is None if none are stored."""
    return loaded.put(totals) if loaded else create(CONTACT_TOTALS, totals)
