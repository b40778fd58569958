"""The persons of a partner: added, changed, forgotten."""

import msgspec
from msgspec.structs import replace

from libs.call import Call, Command
from libs.document import same_content
from libs.errors import InvalidInput, require_state
from libs.messaging.outbox import About
from libs.person import Person, require_homes
from libs.privacy.aliases import alias_writes
from libs.store.port import Held, Page, Put, Write, create
from libs.store.requests import RECORDS
from services.partners.documents import CONTACT_BOOKS, CONTACTS, PARTNERS
from services.partners.domain import contact as domain
from services.partners.domain.contact import RECORDS_KEPT, Contact, ContactBook
from services.partners.domain.events import ContactRemoved
from services.partners.domain.states import MAY_ADD_CONTACT, ContactRole
from services.partners.usecases.settings import Env
from services.partners.usecases.sifting import sifted


class AddContact(Command, frozen=True, kw_only=True):
    """Add a person."""

    partner_id: str
    person: Person
    roles: tuple[ContactRole, ...]
    primary: bool = False


class UpdateContact(Command, frozen=True, kw_only=True):
    """Replace the fields in `changes`."""

    id: str
    etag: str = ""
    changes: dict[str, object]


class RemoveContact(Command, frozen=True, kw_only=True):
    """Forget a person."""

    id: str
    etag: str = ""


class ListContacts(Command, frozen=True, kw_only=True):
    """Ask for the persons of a partner."""

    partner_id: str
    page_size: int = 0
    page_token: str = ""
    role: ContactRole | None = None


async def add_contact(env: Env, cmd: AddContact) -> Contact:
    """The new contact."""
    async with env.settings.turns.of(cmd.partner_id):
        partner = (await env.load(PARTNERS, cmd.partner_id, call=cmd.call)).value
        require_state("partner", partner.id, partner.status, action="add a contact", allowed=MAY_ADD_CONTACT)
        held = await env.store.get(CONTACT_BOOKS, partner.id)
        book = held.value if held else ContactBook(id=partner.id)
        contact = new_contact(env, partner.id, cmd.person, roles=cmd.roles)
        contact = replace(contact, primary=cmd.primary, records=_recorded(contact, cmd))
        changed, event = domain.add(book, contact)
        writes, news = await _succession(env, book, contact, call=cmd.call)
        return await env.commit(
            create(CONTACTS, contact),
            book_put(held, changed),
            *writes,
            *contact_aliases(env, contact),
            events=[event, *news],
            call=cmd.call,
        )


async def update_contact(env: Env, cmd: UpdateContact) -> Contact:
    """The contact with some fields replaced."""
    partner_id = (await env.load(CONTACTS, cmd.id, call=cmd.call)).value.partner_id
    async with env.settings.turns.of(partner_id if "primary" in cmd.changes else ""):
        held = await env.load(CONTACTS, cmd.id, call=cmd.call, etag=cmd.etag)
        if not cmd.changes:
            return held.value
        contact, event = domain.change(held.value, cmd.changes, now=env.clock.now())
        if "person" in cmd.changes:
            require_homes(env.directory, person=contact.person)
        if same_content(held.value, contact):
            return held.value  # kept for no repetition: a contact knows which kept answers show its person
        contact = replace(contact, records=_recorded(contact, cmd))
        writes, news = await _lead_writes(env, held.value, contact, call=cmd.call)
        dropped = await _scrubbed(env, contact, set(held.value.records) - set(contact.records))
        return await env.commit(
            held.put(contact),
            *writes,
            *dropped,
            *contact_aliases(env, contact, before=held.value),
            events=[event, *news],
            call=cmd.call,
        )


async def remove_contact(env: Env, cmd: RemoveContact) -> ContactBook:
    """The contact is forgotten, and so is the person in the answers that are kept for repeated requests."""
    partner_id = (await env.load(CONTACTS, cmd.id, call=cmd.call)).value.partner_id
    async with env.settings.turns.of(partner_id):
        held = await env.load(CONTACTS, cmd.id, call=cmd.call, etag=cmd.etag)
        book = await env.load(CONTACT_BOOKS, partner_id, call=cmd.call)
        removed = replace(held.value, version=held.value.version + 1)
        event = ContactRemoved(contact_id=removed.id, partner_id=partner_id)
        return await env.commit(
            book.put(domain.leave(book.value, removed)),
            held.delete(),
            *await _scrubbed(env, removed, set(removed.records)),
            *alias_writes(env.settings.keys, CONTACTS, removed.id, before=(removed.person,)),
            events=[About(event, removed)],
            call=cmd.call,
        )


async def list_contacts(env: Env, cmd: ListContacts) -> Page[Contact]:
    """By id."""
    await env.show(PARTNERS, cmd.partner_id, call=cmd.call)
    return await sifted(
        env,
        CONTACTS,
        {"partner_id": cmd.partner_id},
        call=cmd.call,
        keep=lambda contact: cmd.role is None or cmd.role in contact.roles,
        mark=cmd.role.name if cmd.role else "",
        page_size=cmd.page_size,
        page_token=cmd.page_token,
    )


def new_contact(env: Env, partner_id: str, person: Person, *, roles: tuple[ContactRole, ...]) -> Contact:
    """A contact that is asked like any other."""
    if wrong := domain.person_violations(person):
        raise InvalidInput(wrong)
    require_homes(env.directory, person=person)
    known = replace(person, person_id=person.person_id or env.ids.new("psn"))
    now = env.clock.now()
    return Contact(
        id=env.ids.new("con"), partner_id=partner_id, person=known, roles=roles, create_time=now, update_time=now
    )


def contact_aliases(env: Env, contact: Contact, *, before: Contact | None = None) -> tuple[Write, ...]:
    """The alias rows of a contact's person."""
    old = (before.person,) if before else ()
    return alias_writes(env.settings.keys, CONTACTS, contact.id, before=old, after=(contact.person,))


def book_put(held: Held[ContactBook] | None, book: ContactBook) -> Put[ContactBook]:
    """The write of a partner's book."""
    return held.put(book) if held else create(CONTACT_BOOKS, book)


async def _lead_writes(
    env: Env, before: Contact, after: Contact, *, call: Call
) -> tuple[tuple[Write, ...], tuple[About, ...]]:
    """The writes and events that follow if a contact begins or ceases to be asked first."""
    if before.primary == after.primary:
        return (), ()
    held = await env.load(CONTACT_BOOKS, after.partner_id, call=call)
    writes, news = await _succession(env, held.value, after, call=call)
    return (held.put(domain.lead(held.value, after)), *writes), news


async def _succession(
    env: Env, book: ContactBook, contact: Contact, *, call: Call
) -> tuple[tuple[Write, ...], tuple[About, ...]]:
    """The one who was asked first gives way to a contact that is primary."""
    if not contact.primary or book.primary_id in ("", contact.id):
        return (), ()
    held = await env.load(CONTACTS, book.primary_id, call=call)
    other, event = domain.give_way(held.value, now=env.clock.now())
    put = held.put(other)
    return (put,), (About(event, put.document),)


def _recorded(contact: Contact, cmd: Command) -> tuple[str, ...]:
    """The requests whose answers show the person, this one included."""
    request = cmd.call.request
    return (*contact.records, request.key)[-RECORDS_KEPT:] if request.request_id else contact.records


async def _scrubbed(env: Env, contact: Contact, records: set[str]) -> tuple[Write, ...]:
    """The writes that take the person out of recorded answers; a repeated request gets what is left."""
    found = [await env.store.get(RECORDS, key) for key in sorted(records)]
    answer = msgspec.json.encode(domain.forgotten(contact))
    return tuple(held.put(replace(held.value, answer=answer)) for held in found if held is not None)
