"""The use cases for drafts of claims, and for the list of claims."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from msgspec.structs import replace

from libs.call import Command, ResourceCommand
from libs.company_name import name_form
from libs.document import same_content
from libs.errors import InvalidInput, Violation
from libs.organisation import web_domain
from libs.partner_projection import active_partner
from libs.person import Person, PersonalText, require_homes
from libs.privacy.aliases import identified, same_person
from libs.store.paging import UPDATED, ListCommand, Range, filters_of, paged
from libs.store.port import Page, Write, create
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain import drafts
from services.deals.claims.domain.customers import person, with_person_keys
from services.deals.claims.domain.registration import (
    NAME_START,
    ClaimContent,
    Customer,
    Registration,
    RegistrationChanges,
    RegistrationLine,
    bare,
)
from services.deals.claims.domain.states import Review, Stage
from services.deals.claims.reads import same_customer, with_facts
from services.deals.settings import Env

_EXPIRING = Range("protected_until", "", "expiring_before")


class CreateRegistration(Command, frozen=True, kw_only=True):
    """Create a claim in DRAFT."""

    partner_id: str
    customer: Customer
    customer_contact: Person | None = None
    sales_contact: Person | None = None
    lines: tuple[RegistrationLine, ...] = ()
    expected_close_date: date | None = None
    description: PersonalText | None = None
    asked_discount_basis_points: int = 0


class ListRegistrations(ListCommand, frozen=True, kw_only=True):
    """Look many up; empty filters filter nothing. customer_name: how it begins."""

    partner_id: str = ""
    review: Review | None = None
    stage: Stage | None = None
    customer_name: str = ""
    customer_registration_id: str = ""
    customer_domain: str = ""
    expiring_before: datetime | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class UpdateRegistration(ResourceCommand, frozen=True, kw_only=True):
    """Replace the fields that `changes` sets. refuse_erased: whether the values come from a file."""

    changes: RegistrationChanges
    refuse_erased: bool = False


async def create_registration(env: Env, cmd: CreateRegistration) -> Registration:
    """A new claim in DRAFT."""
    content = ClaimContent(
        partner_id=cmd.partner_id,
        customer=same_customer(cmd.customer, None, env.ids),
        customer_contact=identified(cmd.customer_contact, env.ids),
        sales_contact=identified(cmd.sales_contact, env.ids),
        lines=cmd.lines,
        expected_close_date=cmd.expected_close_date,
        description=cmd.description,
        asked_discount_basis_points=cmd.asked_discount_basis_points,
    )
    reg, event = drafts.create(content, id=env.ids.new("reg"), now=env.clock.now())
    reg = with_person_keys(reg, env.keys.keyed)
    env.directory.require_country(cmd.customer.country)
    require_homes(env.directory, customer_contact=cmd.customer_contact, sales_contact=cmd.sales_contact)
    await active_partner(env, cmd.partner_id, call=cmd.call)
    return await env.commit(create(REGISTRATIONS, reg), events=[event], call=cmd.call)


async def list_registrations(env: Env, cmd: ListRegistrations) -> Page[Registration]:
    """By id; by end of protection or the last change where that is asked for. For a partner's people the facts about a
    customer are looked for among the claims of their partner, so that no answer takes longer, or fails, because others
    claimed the customer."""
    number, domain = bare(cmd.customer_registration_id), web_domain(cmd.customer_domain)
    name = name_form(cmd.customer_name)
    if wrong := tuple(_filter_violations(cmd, number, domain, name)):
        raise InvalidInput(wrong)
    filters = filters_of(cmd, "partner_id", "review", "stage")
    if cmd.expiring_before is not None:
        filters["review"] = Review.APPROVED
    page = paged(cmd, UPDATED, _EXPIRING)
    indexed = not page["order"] and not cmd.call.caller.partner_id
    sieve = with_facts(env, name=name, registration_id=number, domain=domain, indexed=indexed)
    return await env.listing(REGISTRATIONS, filters, call=cmd.call, sieve=sieve, **page)


async def update_registration(env: Env, cmd: UpdateRegistration) -> Registration:
    """The claim with the given fields replaced; if no value differs, the stored claim, and no event is published.
    PersonErased."""
    loaded = await env.load(REGISTRATIONS, cmd.id, call=cmd.call, etag=cmd.etag)
    given = cmd.changes.given()
    if not given:
        return await env.unchanged(loaded, call=cmd.call)
    people: dict[str, Person | None] = {
        name: same_person(one, getattr(loaded.value, name), env.ids)
        for name, one in given.items()
        if isinstance(one, Person)
    }
    changes = replace(cmd.changes, **people)
    if isinstance(changes.customer, Customer):
        changes = replace(changes, customer=same_customer(changes.customer, loaded.value.customer, env.ids))
    reg, event = drafts.update(loaded.value, changes, now=env.clock.now())
    reg = with_person_keys(reg, env.keys.keyed)
    env.directory.require_country(reg.customer.country)
    require_homes(env.directory, **people)
    if same_content(loaded.value, reg):
        return await env.unchanged(loaded, call=cmd.call)
    gate = await _gate(env, reg, given) if cmd.refuse_erased else ()
    return await env.commit(loaded.put(reg), *gate, events=[event], call=cmd.call)


async def _gate(env: Env, reg: Registration, given: Mapping[str, object]) -> Sequence[Write]:
    """The writes of the erasure gate for values that come from a file; PersonErased."""
    customer = person(reg.customer) if "customer" in given else None
    people = [one for name in ("customer_contact", "sales_contact") if isinstance(one := given.get(name), Person)]
    place = (REGISTRATIONS.name, reg.id) if customer is not None else None
    return await env.erasure_gate.pass_through(customer, *people, country=reg.customer.country, place=place)


def _filter_violations(cmd: ListRegistrations, number: str, domain: str, name: str) -> Iterator[Violation]:
    """What of the filters nobody could be found by; the last three are their comparable forms."""
    if cmd.customer_registration_id and not number:
        yield Violation("customer_registration_id", "has neither a letter nor a digit", "TOO_SHORT")
    if cmd.customer_domain and not domain:
        yield Violation("customer_domain", "names no domain that can be registered", "NOT_A_DOMAIN")
    if cmd.customer_name and len(name) < NAME_START:
        why = f"needs {NAME_START} letters or digits beside the legal form"
        yield Violation("customer_name", why, "TOO_SHORT")
    if cmd.expiring_before is not None and cmd.review not in (None, Review.APPROVED):
        yield Violation("review", "only APPROVED claims expire", "NOT_WITH_EXPIRING_BEFORE")
