"""Reads what the rules look at."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from libs.partner import PartnerStatus
from libs.person import Person
from libs.privacy.aliases import ALIASES, hashes
from libs.store.port import ROWS_PER_PAGE, Query, get, get_all
from services.partners.agreement.documents import AGREEMENTS
from services.partners.agreement.domain.agreement import in_force
from services.partners.agreement.domain.states import RUNNING
from services.partners.certification.documents import CERTIFICATIONS
from services.partners.contacts.documents import CONTACT_TOTALS, CONTACTS
from services.partners.contacts.domain import Contact
from services.partners.quality.domain.checks import (
    OTHERS_AT_MOST,
    Check,
    ContactInput,
    PartnerInput,
    contact_checks,
    partner_checks,
)
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner, trader_key
from services.partners.settings import Env


async def checks_of_partner(env: Env, partner: Partner, *, confirmed_on: date | None) -> tuple[Check, ...]:
    """How the record of a partner stands to every rule now. StoreUnavailable."""
    number, name = partner.registration_id, partner.name_key
    given = PartnerInput(
        partner=partner,
        has_main_email=await _has_main_email(env, partner.id),
        agreement_in_force=await _agreement_in_force(env, partner.id),
        certified=await _certified(env, partner.id),
        same_number=await _others(env, partner, _number_keys(env, number)) if number else (),
        same_name=await _others(env, partner, {"name_key": name}) if name else (),
        current_on=max(env.day_of(partner.update_time), confirmed_on or date.min),
    )
    return partner_checks(given, today=env.today(), stale_months=env.settings.policy.quality_stale_months)


async def checks_of_contact(env: Env, contact: Contact, *, confirmed_on: date | None) -> tuple[Check, ...]:
    """How the record of a contact stands to every rule now. StoreUnavailable."""
    loaded = await get(env.store, PARTNERS, contact.partner_id)
    given = ContactInput(
        contact=contact,
        country=loaded.value.country if loaded else "",
        ended=loaded is None or loaded.value.ended,
        same_email=await _same_email(env, contact),
        current_on=max(env.day_of(contact.update_time), confirmed_on or date.min),
    )
    return contact_checks(given, today=env.today(), stale_months=env.settings.policy.quality_stale_months)


async def _has_main_email(env: Env, partner_id: str) -> bool:
    totals = await get(env.store, CONTACT_TOTALS, partner_id)
    main = await get(env.store, CONTACTS, totals.value.primary_id) if totals and totals.value.primary_id else None
    return main is not None and bool(main.value.person.email)


async def _agreement_in_force(env: Env, partner_id: str) -> bool:
    for state in sorted(RUNNING, key=lambda one: one.name):
        equals: dict[str, Any] = {"partner_id": partner_id, "state": state}
        page = await env.store.find(Query(kind=AGREEMENTS, equals=equals, limit=ROWS_PER_PAGE))
        if any(in_force(row.value, env.today()) for row in page.rows):
            return True
    return False


async def _certified(env: Env, partner_id: str) -> bool | None:
    loaded = await get(env.store, CERTIFICATIONS, partner_id)
    return loaded.value.completions > 0 if loaded else None


def _number_keys(env: Env, number: str) -> dict[str, str]:
    """The register number of companies, and of sole traders, as it is indexed."""
    trader = env.keys.keyed(trader_key("registration_id", number))
    return {"company_registration_id": number, "trader_registration_key": trader}


async def _others(env: Env, partner: Partner, keys: dict[str, str]) -> tuple[str, ...]:
    """The ids of other partners of the country that have not ended, with one of these values; of the first 200 each."""
    found: set[str] = set()
    for field, value in keys.items():
        page = await env.store.find(Query(kind=PARTNERS, equals={field: value}, limit=ROWS_PER_PAGE))
        found |= {row.value.id for row in page.rows if _is_rival(partner, row.value)}
    return _first(found)


def _is_rival(one: Partner, other: Partner) -> bool:
    ended = other.status in (PartnerStatus.TERMINATED, PartnerStatus.REJECTED)
    return other.id != one.id and other.country == one.country and not ended


async def _same_email(env: Env, contact: Contact) -> tuple[str, ...]:
    """The ids of other contacts of the partner with the email address, found by its keyed hash."""
    found: set[str] = set()
    if not contact.person.email:
        return ()
    for blind in hashes(env.keys, Person(email=contact.person.email)):
        equals: dict[str, Any] = {"hash": blind, "kind": CONTACTS.name}
        page = await env.store.find(Query(kind=ALIASES, equals=equals, limit=ROWS_PER_PAGE))
        rows = await get_all(env.store, CONTACTS, [row.value.row for row in page.rows])
        found |= {row.value.id for row in rows.values() if row.value.partner_id == contact.partner_id}
    return _first(found - {contact.id})


def _first(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(ids)[:OTHERS_AT_MOST])
