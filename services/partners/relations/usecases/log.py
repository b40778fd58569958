"""Records, shares and lists contacts with partners."""

from datetime import date, datetime

from libs.call import Command, ResourceCommand
from libs.document import same_content
from libs.errors import InvalidInput, NotFound
from libs.person import PersonalText
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Page, create, get_all
from services.partners.contacts.documents import CONTACTS
from services.partners.record.documents import PARTNERS
from services.partners.relations.documents import LOG_ENTRIES
from services.partners.relations.domain import log as domain
from services.partners.relations.domain.log import LogEntry
from services.partners.relations.domain.states import LogChannel
from services.partners.relations.reads import seen_by
from services.partners.settings import Env


class RecordLogEntry(Command, frozen=True, kw_only=True):
    """Record a contact with a partner."""

    partner_id: str
    channel: LogChannel
    happened_on: date
    contact_ids: tuple[str, ...] = ()
    text: PersonalText
    shared: bool = False


class ShareLogEntry(ResourceCommand, frozen=True, kw_only=True):
    """Show an entry to the partner's people, or hide it."""

    shared: bool


class ListLogEntries(ListCommand, frozen=True, kw_only=True):
    """List entries; an empty filter matches all of them."""

    partner_id: str = ""
    channel: LogChannel | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


async def record_log_entry(env: Env, cmd: RecordLogEntry) -> LogEntry:
    """The new entry. NotFound, InvalidInput."""
    partner = (await env.load(PARTNERS, cmd.partner_id, call=cmd.call)).value
    now = env.clock.now()
    entry = LogEntry(
        id=env.ids.new("lge"),
        partner_id=partner.id,
        channel=cmd.channel,
        happened_on=cmd.happened_on,
        contact_ids=cmd.contact_ids,
        text=cmd.text,
        shared=cmd.shared,
        create_time=now,
        update_time=now,
    )
    if wrong := [*domain.entry_violations(entry, today=env.today())]:
        raise InvalidInput(wrong)
    contacts = await get_all(env.store, CONTACTS, cmd.contact_ids)
    for one in cmd.contact_ids:
        if one not in contacts or contacts[one].value.partner_id != partner.id:
            raise NotFound(CONTACTS.name, one)
    return await env.commit(create(LOG_ENTRIES, entry), events=[domain.recorded(entry)], call=cmd.call)


async def share_log_entry(env: Env, cmd: ShareLogEntry) -> LogEntry:
    """The entry, shown or hidden; unchanged if it is so already."""
    loaded = await env.load(LOG_ENTRIES, cmd.id, call=cmd.call, etag=cmd.etag)
    entry, event = domain.share(loaded.value, shared=cmd.shared, now=env.clock.now())
    if same_content(loaded.value, entry):
        return await env.unchanged(loaded, call=cmd.call)
    return await env.commit(loaded.put(entry), events=[event], call=cmd.call)


async def list_log_entries(env: Env, cmd: ListLogEntries) -> Page[LogEntry]:
    """One page of entries, by id unless the caller asks for another order."""
    filters = filters_of(cmd, "partner_id", "channel") | seen_by(cmd.call)
    return await env.listing(LOG_ENTRIES, filters, call=cmd.call, **paged(cmd, UPDATED))
