"""Imports partners of another system in the state that they have there, with their contacts."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from libs.call import Command
from libs.country import country_violations
from libs.document import differing_fields
from libs.errors import InvalidInput, Violation, WrongCell
from libs.imports import Imported, PartnerNotYetKnown, date_order_violations, known_as, row_hashes
from libs.partner import PartnerStatus
from libs.person import Person
from libs.store.listing import everything
from libs.store.port import Loaded, Write, create, get
from services.partners.contacts.documents import CONTACT_TOTALS, CONTACTS
from services.partners.contacts.domain import ContactRole, ContactTotals
from services.partners.contacts.reads import new_contact, totals_write
from services.partners.hierarchy.reads import HIERARCHY_TURN, entry_writes
from services.partners.migration.domain import Standing, contradictions, differing_contacts, migrate
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner, open_partner
from services.partners.record.domain.profile import Profile, examined
from services.partners.record.domain.states import StatusReason
from services.partners.record.reads import completed, refuse_duplicate
from services.partners.settings import Env

CONTACTS_PER_ROW = 50

# With up to three aliases each, a commit has fewer than 100 writes, which SQLite runs together with other commits; a
# larger one would be a group of its own (libs/store/sqlite/group.py).
CONTACTS_PER_COMMIT = 20


class ImportedContact(msgspec.Struct, frozen=True, kw_only=True):
    """A contact of an imported partner."""

    person: Person
    roles: tuple[ContactRole, ...]


class ImportPartner(Command, frozen=True, kw_only=True):
    """Import one row. `row_hash` recognizes the same row in a later import."""

    external_source: str
    external_id: str
    profile: Profile
    parent_external_id: str = ""
    status: PartnerStatus
    status_reason: StatusReason | None = None
    tier: str = ""
    tier_rank: int = 0
    apply_time: datetime | None = None
    activate_time: datetime | None = None
    contacts: tuple[ImportedContact, ...] = ()
    row_hash: str


async def import_partner(env: Env, cmd: ImportPartner) -> Imported:
    """The id of the partner; of the existing one if the same row was imported before. ExternalIdTaken if another row
    was imported under this external id; PersonErased if a contact or the sole trader was erased.

    Contacts beyond the first twenty are written in further commits; if a crash prevented some, importing the same row
    again adds them.
    """
    persons = (*(one.person for one in cmd.contacts), _trader(cmd.profile))
    gate = await env.erasure_gate.pass_through(*persons, country=cmd.profile.country)
    known = await _by_external_id(env, cmd.external_source, cmd.external_id)
    hashes = row_hashes(env.keys.keyed, cmd.row_hash)
    cmd = replace(cmd, row_hash=hashes[0])
    if known is None:
        profile = _examined(env, cmd)
        parent = await _parent_id(env, cmd)
        async with env.settings.locks.of(HIERARCHY_TURN if parent else ""):
            made = await _migrate(env, cmd, profile, parent, gate)
        await _add_contacts(env, cmd, made.id)
        return Imported(made.id, fresh=True)
    differing = () if known.imported_as in hashes else await _differences(env, cmd, known)
    done = known_as(known.id, cmd.external_id, differing)
    await _add_contacts(env, cmd, known.id)
    return done


def _trader(profile: Profile) -> Person | None:
    """What a sole trader is known by; None for a company."""
    return Person(phone=profile.phone) if profile.sole_trader else None


async def _differences(env: Env, cmd: ImportPartner, known: Partner) -> Iterable[str]:
    """In which fields another row under the external id of a partner differs from it."""
    profile = _examined(env, cmd)
    parent = await _parent_id(env, cmd)
    contacts = await everything(env.store, CONTACTS, {"partner_id": known.id})
    people = [(one.person, one.roles) for one in cmd.contacts]
    return (
        *differing_fields(known, profile),
        *differing_fields(known, cmd),
        *(("parent_external_id",) if parent != known.parent_partner_id else ()),
        *differing_contacts(contacts, people),
    )


async def _migrate(
    env: Env, cmd: ImportPartner, profile: Profile, parent_partner_id: str, gate: Sequence[Write]
) -> Partner:
    opened = open_partner(env.ids.new("ptn"), profile, parent_partner_id=parent_partner_id, now=env.clock.now())
    partner, event = migrate(opened, _standing(cmd))
    partner = completed(env, partner)
    await refuse_duplicate(env, partner, call=cmd.call)
    return await env.commit(
        create(PARTNERS, partner),
        *await entry_writes(env, partner, call=cmd.call),
        *_contact_writes(env, partner.id, cmd.contacts, None),
        *gate,
        events=[event],
        call=cmd.call,
    )


async def _add_contacts(env: Env, cmd: ImportPartner, partner_id: str) -> None:
    """Add the contacts of the row that were not added yet."""
    for _ in range(0, CONTACTS_PER_ROW, CONTACTS_PER_COMMIT):
        loaded = await get(env.store, CONTACT_TOTALS, partner_id)
        writes = _contact_writes(env, partner_id, cmd.contacts, loaded)
        if not writes:
            return
        gate = await env.erasure_gate.pass_through(*(one.person for one in cmd.contacts), country=cmd.profile.country)
        await env.store.commit([*writes, *gate])


def _contact_writes(
    env: Env, partner_id: str, contacts: Sequence[ImportedContact], loaded: Loaded[ContactTotals] | None
) -> tuple[Write, ...]:
    """The writes of the next twenty contacts, none at the end; the totals count how many of the row were added."""
    totals = loaded.value if loaded else ContactTotals(id=partner_id)
    batch = contacts[totals.imported : totals.imported + CONTACTS_PER_COMMIT]
    if not batch:
        return ()
    made = [new_contact(env, partner_id, one.person, roles=tuple(dict.fromkeys(one.roles))) for one in batch]
    count = len(made)
    totals = replace(totals, count=totals.count + count, imported=totals.imported + count)
    return (totals_write(loaded, totals), *(create(CONTACTS, contact) for contact in made))


def _standing(cmd: ImportPartner) -> Standing:
    return Standing(
        status=cmd.status,
        status_reason=cmd.status_reason,
        tier=cmd.tier,
        tier_rank=cmd.tier_rank,
        external_source=cmd.external_source,
        external_id=cmd.external_id,
        imported_as=cmd.row_hash,
        apply_time=cmd.apply_time,
        activate_time=cmd.activate_time,
    )


def _foreign(env: Env, country: str, field: str) -> list[Violation]:
    """The violation of a country that another cell serves. An unknown country has none here, because no cell serves
    it."""
    try:
        if not country_violations(country):
            env.directory.require_country(country)
    except WrongCell as err:
        return [Violation(field, err.message, err.reason)]
    return []


async def _parent_id(env: Env, cmd: ImportPartner) -> str:
    if not cmd.parent_external_id:
        return ""
    parent = await _by_external_id(env, cmd.external_source, cmd.parent_external_id)
    if parent is None:
        raise PartnerNotYetKnown(f"{cmd.external_source}:{cmd.parent_external_id}")
    return parent.id


async def _by_external_id(env: Env, source: str, external_id: str) -> Partner | None:
    found = await everything(env.store, PARTNERS, {"external_source": source, "external_id": external_id})
    return found[0] if found else None


def _examined(env: Env, cmd: ImportPartner) -> Profile:
    """The profile in its comparable form; InvalidInput with all violations of the row."""
    profile, found = examined(cmd.profile)
    found += _foreign(env, profile.country, "country")
    found += contradictions(
        cmd.status,
        status_reason=cmd.status_reason,
        tier=cmd.tier,
        tier_rank=cmd.tier_rank,
        activate_time=cmd.activate_time,
    )
    if cmd.parent_external_id == cmd.external_id:
        found.append(Violation("parent_external_id", "is the row itself", "HIERARCHY_CYCLE"))
    for place, contact in enumerate(cmd.contacts):
        if not contact.person.name.strip():
            found.append(Violation(f"contacts[{place}].person.name", "must have a name", "REQUIRED"))
        if contact.person.address is not None and (country := contact.person.address.country):
            field = f"contacts[{place}].person.address.country"
            found += [*country_violations(country, field), *_foreign(env, country, field)]
    found += date_order_violations(
        {"apply_time": cmd.apply_time, "activate_time": cmd.activate_time}, now=env.clock.now()
    )
    if found:
        raise InvalidInput(found)
    return profile
