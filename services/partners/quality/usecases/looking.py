"""Looks at the records that a change is about, and at those that were doubled with them."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from libs.call import Command
from libs.document import Document
from libs.errors import NotFound, require_state
from libs.store.port import Put, get, get_all
from services.partners.contacts.documents import CONTACTS
from services.partners.quality.documents import QUALITY_RECORDS
from services.partners.quality.domain.findings import Actor, Change, QualityRecord
from services.partners.quality.domain.rules import OF_CONTACTS, OF_PARTNERS, QualityRule
from services.partners.quality.events import QualityRecordConfirmed
from services.partners.quality.usecases.counting import counted
from services.partners.quality.usecases.inspection import Inspection
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.states import MAY_UPDATE
from services.partners.settings import Env


class LookAgain(Command, frozen=True, kw_only=True):
    """Look at a partner, and at one of its contacts, after a change by `actor`. about: the id of the partner or
    contact that was changed, about_version: its version after that; empty if it was another document, because that of
    the certificates of a partner has the same id. touched: the rules that the change may have mended."""

    partner_id: str
    contact_id: str = ""
    about: str
    about_version: int
    touched: frozenset[QualityRule]
    actor: Actor
    at: datetime


class ConfirmQualityRecord(Command, frozen=True, kw_only=True):
    """Say that a record is still right."""

    partner_id: str
    contact_id: str = ""


class LookedAt(msgspec.Struct, frozen=True, kw_only=True):
    """How many documents a look has changed."""

    count: int = 0


async def look_again(env: Env, cmd: LookAgain) -> LookedAt:
    """How much has changed; nothing if the records are as they were."""
    inspection, change = Inspection(env), Change(actor=cmd.actor, at=cmd.at, touched=cmd.touched)
    doubled: dict[str, set[QualityRule]] = defaultdict(set)
    await inspection.first.ahead([cmd.partner_id])
    partner = await get(env.store, PARTNERS, cmd.partner_id)
    if partner is not None and (cmd.touched & OF_PARTNERS or not cmd.contact_id):
        _add(doubled, (await inspection.partner(partner.value, _own(change, cmd, partner.value))).others)
    if cmd.contact_id:
        contact = await get(env.store, CONTACTS, cmd.contact_id)
        if contact is None:
            _add(doubled, {QualityRule.CONTACT_UNIQUE: await inspection.removed(cmd.contact_id)})
        else:
            _add(doubled, (await inspection.contact(contact.value, _own(change, cmd, contact.value))).others)
    await _look_at_others(env, inspection, change, doubled)
    return await _commit(env, inspection, cmd)


async def confirm_quality_record(env: Env, cmd: ConfirmQualityRecord) -> QualityRecord:
    """The record, confirmed today; unchanged if it was already. NotFound, WrongState."""
    inspection = Inspection(env)
    await inspection.first.ahead([cmd.partner_id])
    partner = (await env.load(PARTNERS, cmd.partner_id, call=cmd.call)).value
    require_state("partner", partner.id, partner.status, action="confirm a record", allowed=MAY_UPDATE)
    contact = (await env.load(CONTACTS, cmd.contact_id, call=cmd.call)).value if cmd.contact_id else None
    if contact is not None and contact.partner_id != partner.id:
        raise NotFound("contact", cmd.contact_id)
    held = await get(env.store, QUALITY_RECORDS, cmd.contact_id or partner.id)
    if held is not None and held.value.confirmed_on == env.today():
        return await env.unchanged(held, call=cmd.call)
    by = Actor(subject=cmd.call.caller.subject, on_behalf_of=cmd.call.caller.on_behalf_of)
    rule = QualityRule.CONTACT_CURRENT if contact else QualityRule.RECORD_CURRENT
    change = Change(actor=by, at=env.clock.now(), touched=frozenset({rule}))
    if contact is not None:
        await inspection.contact(contact, change, confirmed_by=by)
    else:
        await inspection.partner(partner, change, confirmed_by=by)
    first, *rest = inspection.writes
    assert isinstance(first.document, QualityRecord)
    confirmed = QualityRecordConfirmed(partner_id=partner.id, contact_id=cmd.contact_id)
    async with counted(env, rest) as tallies:
        return await env.commit(first, *rest, *tallies, events=[confirmed, *inspection.events], call=cmd.call)


def _own(change: Change, cmd: LookAgain, row: Document) -> Change:
    """The change as it is for a record: of the record itself, or of another document that its rules look at."""
    if cmd.about != row.id:
        return change
    return replace(change, version=cmd.about_version, behind=cmd.about_version < row.version)


def _add(doubled: dict[str, set[QualityRule]], others: Mapping[QualityRule, frozenset[str]]) -> None:
    for rule, ids in others.items():
        for one in ids:
            doubled[one].add(rule)


async def _look_at_others(
    env: Env, inspection: Inspection, change: Change, doubled: Mapping[str, set[QualityRule]]
) -> None:
    """Look at the records that are doubled with one that changed, or were: its change may have mended them too."""
    others = [one for one, rules in doubled.items() if rules <= OF_PARTNERS]
    await inspection.first.ahead(others)
    partners = await get_all(env.store, PARTNERS, others)
    contacts = await get_all(env.store, CONTACTS, [one for one, rules in doubled.items() if rules <= OF_CONTACTS])
    for one, partner in partners.items():
        await inspection.partner(partner.value, replace(change, touched=frozenset(doubled[one])))
    for one, contact in contacts.items():
        await inspection.contact(contact.value, replace(change, touched=frozenset(doubled[one])))


async def _commit(env: Env, inspection: Inspection, cmd: Command) -> LookedAt:
    async with counted(env, inspection.writes) as tallies:
        if inspection.gone:
            (gone,) = inspection.gone
            await env.remove(gone, *inspection.writes, *tallies, events=inspection.events, call=cmd.call)
        elif inspection.writes:
            first: Put[Any] = inspection.writes[0]
            await env.commit(first, *inspection.writes[1:], *tallies, events=inspection.events, call=cmd.call)
    return LookedAt(count=len(inspection.writes))
