"""Adds, changes, removes and lists the contacts of a partner."""

from datetime import datetime

from msgspec import UNSET
from msgspec.structs import replace

from libs.call import Call, Command, ResourceCommand
from libs.document import same_content
from libs.env import About
from libs.errors import require_state
from libs.person import Person, require_homes
from libs.store.paging import UPDATED, ListCommand, paged
from libs.store.port import Page, Write, create, get, get_all
from libs.store.requests import RECORDS
from services.partners.contacts import domain
from services.partners.contacts.documents import CONTACT_TOTALS, CONTACTS
from services.partners.contacts.domain import RECORDS_KEPT, Contact, ContactChanges, ContactRole, ContactTotals
from services.partners.contacts.reads import new_contact, totals_write
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.states import MAY_ADD_CONTACT
from services.partners.settings import Env


class AddContact(Command, frozen=True, kw_only=True):
    """Add a contact to a partner."""

    partner_id: str
    person: Person
    roles: tuple[ContactRole, ...]
    primary: bool = False


class UpdateContact(ResourceCommand, frozen=True, kw_only=True):
    """Replace the fields that `changes` sets."""

    changes: ContactChanges


class RemoveContact(ResourceCommand, frozen=True, kw_only=True):
    """Delete a contact."""


class GetContact(Command, frozen=True, kw_only=True):
    """Show one contact."""

    id: str


class ListContacts(ListCommand, frozen=True, kw_only=True):
    """List the contacts of a partner, all or those with a role."""

    partner_id: str
    role: ContactRole | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


async def add_contact(env: Env, cmd: AddContact) -> Contact:
    """The new contact. If it is the primary one, the previous primary contact no longer is. WrongState,
    TooManyContacts."""
    async with env.settings.locks.of(cmd.partner_id):
        partner = (await env.load(PARTNERS, cmd.partner_id, call=cmd.call)).value
        require_state("partner", partner.id, partner.status, action="add a contact", allowed=MAY_ADD_CONTACT)
        loaded = await get(env.store, CONTACT_TOTALS, partner.id)
        totals = loaded.value if loaded else ContactTotals(id=partner.id)
        contact = new_contact(env, partner.id, cmd.person, roles=cmd.roles)
        contact = replace(contact, primary=cmd.primary, records=_recorded(contact, cmd))
        changed, event = domain.add(totals, contact)
        writes, other_events = await _demotion(env, totals, contact, call=cmd.call)
        return await env.commit(
            create(CONTACTS, contact),
            totals_write(loaded, changed),
            *writes,
            events=[event, *other_events],
            call=cmd.call,
        )


async def update_contact(env: Env, cmd: UpdateContact) -> Contact:
    """The contact with these fields replaced. A change of the primary contact also writes another contact, and a change
    of the person may write recorded answers."""
    partner_id = (await env.load(CONTACTS, cmd.id, call=cmd.call)).value.partner_id
    async with env.settings.locks.of(partner_id if cmd.changes.primary is not UNSET else ""):
        loaded = await env.load(CONTACTS, cmd.id, call=cmd.call, etag=cmd.etag)
        if not cmd.changes.given():
            return loaded.value
        contact, event = domain.change(loaded.value, cmd.changes, now=env.clock.now())
        if cmd.changes.person is not UNSET:
            require_homes(env.directory, person=contact.person)
        if same_content(loaded.value, contact):
            return loaded.value  # not recorded: a contact lists the recorded answers that show its person
        contact = replace(contact, records=_recorded(contact, cmd))
        writes, other_events = await _primary_writes(env, loaded.value, contact, call=cmd.call)
        dropped = await _erasures(env, contact, set(loaded.value.records) - set(contact.records))
        return await env.commit(
            loaded.put(contact),
            *writes,
            *dropped,
            events=[event, *other_events],
            call=cmd.call,
        )


async def remove_contact(env: Env, cmd: RemoveContact) -> ContactTotals:
    """The totals after the contact was deleted. The same commit erases the person from the answers recorded for
    repeated requests."""
    partner_id = (await env.load(CONTACTS, cmd.id, call=cmd.call)).value.partner_id
    async with env.settings.locks.of(partner_id):
        loaded = await env.load(CONTACTS, cmd.id, call=cmd.call, etag=cmd.etag)
        totals = await env.load(CONTACT_TOTALS, partner_id, call=cmd.call)
        removed = replace(loaded.value, version=loaded.value.version + 1)
        changed, event = domain.remove(totals.value, removed)
        return await env.commit(
            totals.put(changed),
            loaded.delete(),
            *await _erasures(env, removed, set(removed.records)),
            events=[About(event, removed)],
            call=cmd.call,
        )


async def get_contact(env: Env, cmd: GetContact) -> Contact:
    """The contact as it is now; NotFound."""
    return await env.show(CONTACTS, cmd.id, call=cmd.call)


async def list_contacts(env: Env, cmd: ListContacts) -> Page[Contact]:
    """A page of the contacts, by id unless the caller asks for another order."""
    await env.show(PARTNERS, cmd.partner_id, call=cmd.call)
    filters = {"partner_id": cmd.partner_id, "roles": cmd.role}
    return await env.listing(CONTACTS, filters, call=cmd.call, **paged(cmd, UPDATED))


async def _primary_writes(
    env: Env, before: Contact, after: Contact, *, call: Call
) -> tuple[tuple[Write, ...], tuple[About, ...]]:
    """The further writes and events if the contact becomes the primary one, or no longer is."""
    if before.primary == after.primary:
        return (), ()
    loaded = await env.load(CONTACT_TOTALS, after.partner_id, call=call)
    writes, other_events = await _demotion(env, loaded.value, after, call=call)
    return (loaded.put(domain.set_primary(loaded.value, after)), *writes), other_events


async def _demotion(
    env: Env, totals: ContactTotals, contact: Contact, *, call: Call
) -> tuple[tuple[Write, ...], tuple[About, ...]]:
    """The write and event that demote the previous primary contact, if `contact` becomes the primary one."""
    if not contact.primary or totals.primary_id in ("", contact.id):
        return (), ()
    loaded = await env.load(CONTACTS, totals.primary_id, call=call)
    other, event = domain.demote(loaded.value, now=env.clock.now())
    put = loaded.put(other)
    return (put,), (About(event, put.document),)


def _recorded(contact: Contact, cmd: Command) -> tuple[str, ...]:
    """The keys of the requests whose recorded answers show the person, including this one; the newest RECORDS_KEPT."""
    request = cmd.call.request
    return (*contact.records, request.key)[-RECORDS_KEPT:] if request.request_id else contact.records


async def _erasures(env: Env, contact: Contact, records: set[str]) -> tuple[Write, ...]:
    """The writes that erase the person from these recorded answers; a repeated request gets the rest of its answer."""
    found = await get_all(env.store, RECORDS, sorted(records))
    answer = domain.erased(contact)
    return tuple(loaded.put(replace(loaded.value, answer=answer)) for loaded in found.values())
