"""The use case that imports a claim in the state that it has in another system."""

from collections.abc import Iterator
from datetime import date, datetime

from msgspec.structs import asdict, replace

from libs.call import Command
from libs.day import first_day_violations
from libs.document import differing_fields
from libs.errors import InvalidInput, Violation
from libs.imports import Imported, PartnerNotYetKnown, date_order_violations, known_as, row_hashes
from libs.partner import PartnerFacts
from libs.partner_projection import PARTNERS, partner_by_external_id
from libs.person import Person, PersonalText, home_violations, require_homes
from libs.privacy.aliases import identified
from libs.store.listing import everything
from libs.store.port import Write, create, get
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.customers import person, with_person_keys
from services.deals.claims.domain.registration import (
    ClaimContent,
    Customer,
    Registration,
    RegistrationLine,
    customer_violations,
    line_violations,
    open_registration,
)
from services.deals.claims.domain.states import CLAIMING, ClosureCode, Review, Stage
from services.deals.claims.reads import same_customer
from services.deals.conflicts.documents import ACCOUNTS
from services.deals.conflicts.reads.accounts import opening_write
from services.deals.conflicts.reads.locking import lock
from services.deals.conflicts.reads.slots import claim_writes, slots_of
from services.deals.matching.reads.filing import entry_writes, file_if_many
from services.deals.migration.domain import Standing, contradictions, migrate, wrong_protection
from services.deals.settings import Env


class ImportRegistration(Command, frozen=True, kw_only=True):
    """Import one row. row_hash: by it a repeated import of the same row is recognised."""

    external_source: str
    external_id: str
    partner_id: str = ""
    partner_external_source: str = ""
    partner_external_id: str = ""
    customer: Customer
    customer_contact: Person | None = None
    sales_contact: Person | None = None
    lines: tuple[RegistrationLine, ...] = ()
    expected_close_date: date | None = None
    description: PersonalText | None = None
    review: Review
    stage: Stage
    closure_code: ClosureCode | None = None
    create_time: datetime | None = None
    submit_time: datetime | None = None
    decide_time: datetime | None = None
    protected_until: datetime | None = None
    close_time: datetime | None = None
    requested_fields: tuple[str, ...] = ()
    row_hash: str


async def import_registration(env: Env, cmd: ImportRegistration) -> Imported:
    """The id of the claim, `fresh` if this call created it and not an earlier import of the same row.

    ExternalIdTaken if the external id was imported with other content; PartnerNotYetKnown; PersonErased if a contact
    or the customer was erased; InvalidInput lists every violation.
    """
    await file_if_many(env)
    known = await everything(
        env.store, REGISTRATIONS, {"external_source": cmd.external_source, "external_id": cmd.external_id}
    )
    hashes = row_hashes(env.keys.keyed, cmd.row_hash)
    cmd = replace(cmd, row_hash=hashes[0])
    if known and known[0].imported_as in hashes:
        return Imported(known[0].id, fresh=False)
    _refuse_contradictions(cmd, env.clock.now())
    env.directory.require_country(cmd.customer.country)
    require_homes(env.directory, customer_contact=cmd.customer_contact, sales_contact=cmd.sales_contact)
    people = (cmd.customer_contact, cmd.sales_contact, person(cmd.customer))
    gate = await env.erasure_gate.pass_through(*people, country=cmd.customer.country)
    partner = await _partner(env, cmd)
    if known:
        return known_as(known[0].id, cmd.external_id, _differences(known[0], cmd, partner_id=partner.id))
    opened = open_registration(_content(env, cmd, partner), id=env.ids.new("reg"), now=env.clock.now())
    reg, event = migrate(opened, _standing(cmd), create_time=cmd.create_time, keyed=env.keys.keyed)
    reg = with_person_keys(reg, env.keys.keyed)
    async with lock(env, reg.partner_id, reg.keys):
        await env.commit(
            create(REGISTRATIONS, reg),
            *await _open_writes(env, reg),
            *gate,
            events=[event],
            call=cmd.call,
        )
    return Imported(reg.id, fresh=True)


def _differences(known: Registration, cmd: ImportRegistration, *, partner_id: str) -> Iterator[str]:
    """In which fields another row under the external id of a claim differs from it."""
    return differing_fields(
        known, replace(cmd, partner_id=partner_id, create_time=cmd.create_time or known.create_time)
    )


def _content(env: Env, cmd: ImportRegistration, partner: PartnerFacts) -> ClaimContent:
    return ClaimContent(
        partner_id=partner.id,
        customer=same_customer(cmd.customer, None, env.ids),
        customer_contact=identified(cmd.customer_contact, env.ids),
        sales_contact=identified(cmd.sales_contact, env.ids),
        lines=cmd.lines,
        expected_close_date=cmd.expected_close_date,
        description=cmd.description,
    )


def _standing(cmd: ImportRegistration) -> Standing:
    return Standing(
        review=cmd.review,
        stage=cmd.stage,
        closure_code=cmd.closure_code,
        requested_fields=cmd.requested_fields,
        submit_time=cmd.submit_time,
        decide_time=cmd.decide_time,
        protected_until=cmd.protected_until,
        close_time=cmd.close_time,
        external_source=cmd.external_source,
        external_id=cmd.external_id,
        imported_as=cmd.row_hash,
    )


async def _partner(env: Env, cmd: ImportRegistration) -> PartnerFacts:
    if cmd.partner_id:
        loaded = await get(env.store, PARTNERS, cmd.partner_id)
        found = loaded.value if loaded else None
    else:
        found = await partner_by_external_id(env.store, cmd.partner_external_source, cmd.partner_external_id)
    if found is None:
        raise PartnerNotYetKnown(cmd.partner_id or f"{cmd.partner_external_source}:{cmd.partner_external_id}")
    return found


async def _open_writes(env: Env, reg: Registration) -> tuple[Write, ...]:
    """The writes to slots and account for an open claim. It is matched and counted like any other, but may exceed the
    limit of the tier."""
    if reg.review not in CLAIMING:
        return ()
    slots = await slots_of(env, reg.keys)
    account = await get(env.store, ACCOUNTS, reg.partner_id)
    return (*claim_writes(reg, slots), *await entry_writes(env, reg), opening_write(account, reg.partner_id))


def _refuse_contradictions(cmd: ImportRegistration, now: datetime) -> None:
    """InvalidInput with every violation of the row: missing fields, wrong values, and fields that contradict."""
    found = [
        *customer_violations(cmd.customer),
        *home_violations(customer_contact=cmd.customer_contact, sales_contact=cmd.sales_contact),
        *_nobody(cmd),
        *contradictions(cmd.review, cmd.stage, asdict(cmd)),
        *date_order_violations(
            {
                "create_time": cmd.create_time,
                "submit_time": cmd.submit_time,
                "decide_time": cmd.decide_time,
                "close_time": cmd.close_time,
            },
            now=now,
        ),
        *wrong_protection(cmd.review, cmd.protected_until, cmd.create_time, cmd.submit_time, cmd.decide_time, now=now),
        *line_violations(cmd.lines),
        *first_day_violations("expected_close_date", cmd.expected_close_date),
    ]
    if found:
        raise InvalidInput(found)


def _nobody(cmd: ImportRegistration) -> list[Violation]:
    if not (cmd.partner_id or cmd.partner_external_id):
        return [Violation("partner_id", "name the partner, by id or external id", "REQUIRED")]
    if not (cmd.partner_id or cmd.partner_external_source):
        return [Violation("partner_external_source", "is needed with partner_external_id", "REQUIRED")]
    return []
