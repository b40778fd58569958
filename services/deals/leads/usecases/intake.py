"""Leads come in: created one by one, or imported; scored and compared with what is there."""

from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace

from libs.call import Call, Command
from libs.document import differing_fields
from libs.errors import InvalidInput
from libs.imports import Imported, date_order_violations, known_as, row_hashes
from libs.money import Money
from libs.person import Person, PersonalText, require_homes
from libs.privacy.aliases import identified
from libs.store.listing import everything
from libs.store.port import Write, create
from services.deals.claims.domain.customers import person
from services.deals.claims.domain.registration import Customer
from services.deals.claims.reads import same_customer
from services.deals.leads.documents import LEADS
from services.deals.leads.domain import slots, transitions
from services.deals.leads.domain.lead import Lead, LeadContent, open_lead
from services.deals.leads.domain.scoring import scored
from services.deals.leads.domain.states import LeadBasis, LeadSource
from services.deals.leads.reads.comparing import compared, entry_writes, scoring_of
from services.deals.settings import Env


class CreateLead(Command, frozen=True, kw_only=True):
    """A new lead."""

    source: LeadSource
    customer: Customer
    contact: Person | None = None
    text: PersonalText | None = None
    product_lines: tuple[str, ...] = ()
    expected_amount: Money | None = None
    basis: LeadBasis | None = None
    consent_reference: str = ""


class ImportLead(CreateLead, frozen=True, kw_only=True):
    """Import one row. row_hash: by it a repeated import of the same row is recognised."""

    external_source: str
    external_id: str
    create_time: datetime | None = None
    row_hash: str


async def create_lead(env: Env, cmd: CreateLead) -> Lead:
    """The new lead; it may be a duplicate."""
    return await _take_in(env, _opened(env, cmd, None), call=cmd.call)


async def import_lead(env: Env, cmd: ImportLead) -> Imported:
    """The id of the lead, `fresh` if this call created it and not an earlier import of the same row. ExternalIdTaken;
    PersonErased; InvalidInput lists every violation."""
    known = await everything(env.store, LEADS, {"external_source": cmd.external_source, "external_id": cmd.external_id})
    hashes = row_hashes(env.keys.keyed, cmd.row_hash)
    if known and known[0].imported_as in hashes:
        return Imported(known[0].id, fresh=False)
    if late := date_order_violations({"create_time": cmd.create_time}, now=env.clock.now()):
        raise InvalidInput(late)
    lead = replace(
        _opened(env, cmd, cmd.create_time),
        external_source=cmd.external_source,
        external_id=cmd.external_id,
        imported_as=hashes[0],
    )
    gate = await env.erasure_gate.pass_through(cmd.contact, person(cmd.customer), country=cmd.customer.country)
    if known:
        return known_as(known[0].id, cmd.external_id, _differences(known[0], cmd))
    kept = await _take_in(env, lead, *gate, call=cmd.call)
    return Imported(kept.id, fresh=True)


def _opened(env: Env, cmd: CreateLead, create_time: datetime | None) -> Lead:
    content = LeadContent(
        source=cmd.source,
        customer=same_customer(cmd.customer, None, env.ids),
        contact=identified(cmd.contact, env.ids),
        text=cmd.text,
        product_lines=cmd.product_lines,
        expected_amount=cmd.expected_amount,
        basis=cmd.basis,
        consent_reference=cmd.consent_reference,
    )
    shelf, now = env.settings.policy.lead_shelf, env.clock.now()
    lead = open_lead(content, id=env.ids.new("led"), shelf=shelf, create_time=create_time, now=now)
    env.directory.require_country(cmd.customer.country)
    require_homes(env.directory, contact=cmd.contact)
    return lead


async def _take_in(env: Env, lead: Lead, *more: Write, call: Call) -> Lead:
    """Commit a new lead with the slots of its keys; a duplicate enters none."""
    keyed, threshold = env.keys.keyed, env.settings.policy.conflict_threshold
    found = await compared(env, lead)
    doubled = slots.duplicates(lead, found.leads, threshold=threshold, keyed=keyed)
    taken, events = transitions.take_in(
        lead,
        scored(await scoring_of(env), lead, known_customer=bool(found.customers)),
        slots.matches_of(lead, found.leads, found.customers, found.claims, keyed),
        duplicate=doubled,
        keys=found.keys,
        now=env.clock.now(),
    )
    entries = () if doubled else entry_writes(found, lead.id)
    return await env.commit(create(LEADS, taken), *entries, *more, events=events, call=call)


def _differences(known: Lead, cmd: ImportLead) -> Iterator[str]:
    """In which fields another row under the external id of a lead differs from it."""
    sent = replace(
        cmd,
        product_lines=tuple(sorted(cmd.product_lines)),
        create_time=cmd.create_time or known.create_time,
    )
    return differing_fields(known, sent)
