"""Contacts: the persons who work for a partner, and their number."""

from datetime import datetime
from enum import Enum

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from libs.document import Changes, Document
from libs.errors import AppError, Code, InvalidInput, Violation
from libs.person import Person, home_violations
from services.partners.contacts.events import ContactAdded, ContactRemoved, ContactUpdated

CONTACTS_PER_PARTNER = 500
RECORDS_KEPT = 50


class ContactRole(Enum):
    """The responsibility of a contact."""

    EXECUTIVE = "EXECUTIVE"
    SALES = "SALES"
    TECHNICAL = "TECHNICAL"
    BILLING = "BILLING"
    LOGISTICS = "LOGISTICS"
    MARKETING = "MARKETING"
    COMPLIANCE = "COMPLIANCE"


class Contact(Document, frozen=True, kw_only=True):
    """A contact: a person and its roles. records: keys of the requests whose recorded answers show this person, newest
    last."""

    partner_id: str
    person: Person
    roles: tuple[ContactRole, ...]
    primary: bool = False
    records: tuple[str, ...] = ()
    create_time: datetime
    update_time: datetime


class ContactChanges(Changes, frozen=True, kw_only=True):
    """The fields that an update may set."""

    person: Person | UnsetType | None = UNSET
    roles: tuple[ContactRole, ...] | UnsetType = UNSET
    primary: bool | UnsetType = UNSET


class ContactTotals(Document, frozen=True, kw_only=True):
    """How many contacts a partner has and which is the primary one; the id is the partner's. Every commit that adds or
    removes a contact writes it. imported: how many contacts of the imported row have been added so far."""

    count: int = 0
    primary_id: str = ""
    imported: int = 0


class TooManyContacts(AppError):
    """The partner has the maximum number of contacts."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_CONTACTS"

    def __init__(self, partner_id: str) -> None:
        super().__init__(
            f"partner {partner_id} has {CONTACTS_PER_PARTNER} contacts, the most there can be",
            partner_id=partner_id,
            limit=CONTACTS_PER_PARTNER,
        )


def open_contact(id: str, partner_id: str, person: Person, *, roles: tuple[ContactRole, ...], now: datetime) -> Contact:
    """A new contact, not the primary one; the person has an id."""
    return Contact(id=id, partner_id=partner_id, person=person, roles=roles, create_time=now, update_time=now)


def add(totals: ContactTotals, contact: Contact) -> tuple[ContactTotals, ContactAdded]:
    """The totals with this contact added, and the event; TooManyContacts."""
    if totals.count >= CONTACTS_PER_PARTNER:
        raise TooManyContacts(totals.id)
    primary_id = contact.id if contact.primary else totals.primary_id
    changed = replace(totals, count=totals.count + 1, primary_id=primary_id)
    return changed, ContactAdded(contact_id=contact.id, partner_id=contact.partner_id)


def change(contact: Contact, changes: ContactChanges, *, now: datetime) -> tuple[Contact, ContactUpdated]:
    """The contact with these fields replaced, and the event; it stays the same person. InvalidInput."""
    violations: list[Violation] = []
    if changes.roles is not UNSET and not changes.roles:
        violations.append(Violation("roles", "cannot be emptied", "REQUIRED"))
    if changes.person is not UNSET:
        changes = replace(changes, person=_same_person(contact.person, changes.person, violations))
    if violations:
        raise InvalidInput(violations)
    return replace(contact, **changes.given(), update_time=now), _updated(contact)


def demote(contact: Contact, *, now: datetime) -> tuple[Contact, ContactUpdated]:
    """The contact, no longer the primary one, and the event."""
    return replace(contact, primary=False, update_time=now), _updated(contact)


def remove(totals: ContactTotals, contact: Contact) -> tuple[ContactTotals, ContactRemoved]:
    """The totals without this contact, and the event."""
    primary_id = "" if totals.primary_id == contact.id else totals.primary_id
    changed = replace(totals, count=totals.count - 1, primary_id=primary_id)
    return changed, ContactRemoved(contact_id=contact.id, partner_id=contact.partner_id)


def set_primary(totals: ContactTotals, contact: Contact) -> ContactTotals:
    """The totals after a change of a contact that is the primary one now, or no longer."""
    if contact.primary:
        return replace(totals, primary_id=contact.id)
    return replace(totals, primary_id="") if totals.primary_id == contact.id else totals


def erased(contact: Contact) -> Contact:
    """The contact without personal data, for the answer to a repeated request: ids and times only."""
    return replace(contact, person=Person(person_id=contact.person.person_id), records=())


def person_violations(person: Person) -> list[Violation]:
    """Violations of a person without a name, or with an address in a country that does not exist."""
    named = [] if person.name.strip() else [Violation("person.name", "must have a name", "REQUIRED")]
    return [*named, *home_violations(person=person)]


def _updated(contact: Contact) -> ContactUpdated:
    return ContactUpdated(contact_id=contact.id, partner_id=contact.partner_id)


def _same_person(before: Person, after: Person | None, violations: list[Violation]) -> Person:
    after = after or Person()
    violations += person_violations(after)
    if after.person_id not in ("", before.person_id):
        violations.append(Violation("person.person_id", "cannot change", "IMMUTABLE"))
    return replace(after, person_id=before.person_id)
