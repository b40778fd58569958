"""The use cases for drafts of claims, and for the list of claims."""

from datetime import date, datetime

from msgspec.structs import replace

from libs.call import Command
from libs.document import same_content
from libs.errors import InvalidInput, Violation
from libs.partner_projection import active_partner
from libs.person import Person, PersonalText, require_homes
from libs.privacy.aliases import identified, same_person
from libs.store.paging import UPDATED, ListCommand, Range, filters_of, paged
from libs.store.port import Page, create
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain import drafts
from services.deals.claims.domain.registration import (
    ClaimContent,
    Customer,
    Registration,
    RegistrationChanges,
    RegistrationLine,
)
from services.deals.claims.domain.states import Review, Stage
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


class ListRegistrations(ListCommand, frozen=True, kw_only=True):
    """List claims; an empty filter matches all of them."""

    partner_id: str = ""
    review: Review | None = None
    stage: Stage | None = None
    expiring_before: datetime | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class UpdateRegistration(Command, frozen=True, kw_only=True):
    """Replace the fields that `changes` sets."""

    id: str
    etag: str = ""
    changes: RegistrationChanges


async def create_registration(env: Env, cmd: CreateRegistration) -> Registration:
    """A new claim in DRAFT."""
    content = ClaimContent(
        partner_id=cmd.partner_id,
        customer=cmd.customer,
        customer_contact=identified(cmd.customer_contact, env.ids),
        sales_contact=identified(cmd.sales_contact, env.ids),
        lines=cmd.lines,
        expected_close_date=cmd.expected_close_date,
        description=cmd.description,
    )
    reg, event = drafts.create(content, id=env.ids.new("reg"), now=env.clock.now())
    env.directory.require_country(cmd.customer.country)
    require_homes(env.directory, customer_contact=cmd.customer_contact, sales_contact=cmd.sales_contact)
    await active_partner(env, cmd.partner_id, call=cmd.call)
    return await env.commit(create(REGISTRATIONS, reg), events=[event], call=cmd.call)


async def list_registrations(env: Env, cmd: ListRegistrations) -> Page[Registration]:
    """One page of claims by id; by end of protection or last change if the command has such a range. InvalidInput if
    `expiring_before` is combined with another state than APPROVED."""
    filters = filters_of(cmd, "partner_id", "review", "stage")
    page = paged(cmd, UPDATED, _EXPIRING)
    if cmd.expiring_before is None:
        return await env.listing(REGISTRATIONS, filters, call=cmd.call, **page)
    if cmd.review not in (None, Review.APPROVED):
        raise InvalidInput([Violation("review", "only APPROVED claims expire", "NOT_WITH_EXPIRING_BEFORE")])
    return await env.listing(REGISTRATIONS, {**filters, "review": Review.APPROVED}, call=cmd.call, **page)


async def update_registration(env: Env, cmd: UpdateRegistration) -> Registration:
    """The claim with the given fields replaced; if no value differs, the stored claim, and no event is published."""
    loaded = await env.load(REGISTRATIONS, cmd.id, call=cmd.call, etag=cmd.etag)
    given = cmd.changes.given()
    if not given:
        return loaded.value
    people = {
        name: same_person(one, getattr(loaded.value, name), env.ids)
        for name, one in given.items()
        if isinstance(one, Person)
    }
    reg, event = drafts.update(loaded.value, replace(cmd.changes, **people), now=env.clock.now())
    env.directory.require_country(reg.customer.country)
    require_homes(env.directory, **people)
    if same_content(loaded.value, reg):
        return await env.unchanged(loaded.value, call=cmd.call)
    return await env.commit(loaded.put(reg), events=[event], call=cmd.call)
