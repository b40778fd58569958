"""The persons who work for a partner."""

from datetime import datetime

from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code, InvalidInput, Violation
from libs.person import Person, home_violations
from services.partners.domain.events import ContactAdded, ContactUpdated
from services.partners.domain.states import ContactRole

CONTACTS_PER_PARTNER = 500
RECORDS_KEPT = 50


class Contact(Document, frozen=True, kw_only=True):
    """A person and what to ask about. records: keys of the requests whose stored answers show this person, newest
    last."""

    partner_id: str
    person: Person
    roles: tuple[ContactRole, ...]
    primary: bool = False
    records: tuple[str, ...] = ()
    create_time: datetime
    update_time: datetime


class ContactBook(Document, frozen=True, kw_only=True):
    """How many contacts a partner has and who is asked first; the id is the partner's. Written with every contact that
    comes or goes. imported: how many came with the imported row so far."""

    count: int = 0
    primary_id: str = ""
    imported: int = 0


class TooManyContacts(AppError):
    """A partner has no more room for persons."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_CONTACTS"

    def __init__(self, partner_id: str) -> None:
        super().__init__(
            f"partner {partner_id} has {CONTACTS_PER_PARTNER} contacts, the most there can be",
            partner_id=partner_id,
            limit=CONTACTS_PER_PARTNER,
        )


def add(book: ContactBook, contact: Contact) -> tuple[ContactBook, ContactAdded]:
    """One more person."""
    if book.count >= CONTACTS_PER_PARTNER:
        raise TooManyContacts(book.id)
    changed = replace(book, count=book.count + 1, primary_id=contact.id if contact.primary else book.primary_id)
    return changed, ContactAdded(contact_id=contact.id, partner_id=contact.partner_id)


def change(contact: Contact, changes: dict[str, object], *, now: datetime) -> tuple[Contact, ContactUpdated]:
    """Replace whole fields; the person stays the same person."""
    violations: list[Violation] = []
    if "roles" in changes and not changes["roles"]:
        violations.append(Violation("roles", "cannot be emptied", "REQUIRED"))
    if "person" in changes:
        changes = {**changes, "person": _same_person(contact.person, changes["person"], violations)}
    if violations:
        raise InvalidInput(violations)
    return replace(contact, **changes, update_time=now), told(contact)


def give_way(contact: Contact, *, now: datetime) -> tuple[Contact, ContactUpdated]:
    """Somebody else is asked first."""
    return replace(contact, primary=False, update_time=now), told(contact)


def leave(book: ContactBook, contact: Contact) -> ContactBook:
    """The book once the contact is forgotten."""
    primary = "" if book.primary_id == contact.id else book.primary_id
    return replace(book, count=book.count - 1, primary_id=primary)


def lead(book: ContactBook, contact: Contact) -> ContactBook:
    """The book once it is decided whether the contact is asked first."""
    if contact.primary:
        return replace(book, primary_id=contact.id)
    return replace(book, primary_id="") if book.primary_id == contact.id else book


def forgotten(contact: Contact) -> Contact:
    """What may stay of a contact in an answer that has to be given again: ids and times."""
    return replace(contact, person=Person(person_id=contact.person.person_id), records=())


def told(contact: Contact) -> ContactUpdated:
    """The event of a change."""
    return ContactUpdated(contact_id=contact.id, partner_id=contact.partner_id)


def person_violations(person: Person) -> list[Violation]:
    """What nobody can be asked by: no name, an address in no country."""
    named = [] if person.name.strip() else [Violation("person.name", "must have a name", "REQUIRED")]
    return [*named, *home_violations(person=person)]


def _same_person(before: Person, after: object, violations: list[Violation]) -> Person:
    after = after if isinstance(after, Person) else Person()
    violations += person_violations(after)
    if after.person_id not in ("", before.person_id):
        violations.append(Violation("person.person_id", "cannot change", "IMMUTABLE"))
    return replace(after, person_id=before.person_id)
