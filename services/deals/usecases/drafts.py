"""A claim before the vendor sees it, and looking claims up."""

from datetime import date, datetime

from libs.call import Command
from libs.document import same_content
from libs.errors import InvalidInput, Violation
from libs.peers import active_partner
from libs.person import Person, PersonalText, home_violations, require_homes
from libs.privacy.aliases import alias_writes, identified, same_person
from libs.store.listing import Paging
from libs.store.port import Page, Scalar, Write, create
from services.deals.documents import REGISTRATIONS
from services.deals.domain import moves
from services.deals.domain.events import RegistrationCreated
from services.deals.domain.registration import (
    Customer,
    Registration,
    RegistrationLine,
    customer_violations,
    line_violations,
    with_lines,
)
from services.deals.domain.states import Review, Stage
from services.deals.usecases.settings import Env


class CreateRegistration(Command, frozen=True, kw_only=True):
    """Begin a claim."""

    partner_id: str
    customer: Customer
    customer_contact: Person | None = None
    sales_contact: Person | None = None
    lines: tuple[RegistrationLine, ...] = ()
    expected_close_date: date | None = None
    description: PersonalText | None = None


class GetRegistration(Command, frozen=True, kw_only=True):
    """Look one up."""

    id: str


class ListRegistrations(Command, frozen=True, kw_only=True):
    """Look many up; empty filters filter nothing."""

    page_size: int = 0
    page_token: str = ""
    partner_id: str = ""
    review: Review | None = None
    stage: Stage | None = None
    expiring_before: datetime | None = None


class UpdateRegistration(Command, frozen=True, kw_only=True):
    """Replace the fields in `changes`."""

    id: str
    etag: str = ""
    changes: dict[str, object]


async def create_registration(env: Env, cmd: CreateRegistration) -> Registration:
    """A new claim in DRAFT."""
    named = {"customer_contact": cmd.customer_contact, "sales_contact": cmd.sales_contact}
    if wrong := [*customer_violations(cmd.customer), *home_violations(**named), *line_violations(cmd.lines)]:
        raise InvalidInput(wrong)
    env.directory.require_country(cmd.customer.country)
    require_homes(env.directory, **named)
    await active_partner(env, cmd.partner_id, call=cmd.call)
    now = env.clock.now()
    contacts = [identified(person, env.ids) for person in named.values()]
    reg = Registration(
        id=env.ids.new("reg"),
        partner_id=cmd.partner_id,
        customer=cmd.customer,
        customer_contact=contacts[0],
        sales_contact=contacts[1],
        expected_close_date=cmd.expected_close_date,
        description=cmd.description,
        create_time=now,
        update_time=now,
        **with_lines(cmd.lines),  # type: ignore[arg-type]  # two named fields
    )
    event = RegistrationCreated(registration_id=reg.id, partner_id=reg.partner_id, country=reg.customer.country)
    return await env.commit(create(REGISTRATIONS, reg), *person_writes(env, None, reg), events=[event], call=cmd.call)


async def get_registration(env: Env, cmd: GetRegistration) -> Registration:
    """The claim as it is now."""
    return await env.show(REGISTRATIONS, cmd.id, call=cmd.call)


async def list_registrations(env: Env, cmd: ListRegistrations) -> Page[Registration]:
    """By id; by end of protection where that is asked for."""
    filters: dict[str, Scalar] = {"partner_id": cmd.partner_id, "review": cmd.review, "stage": cmd.stage}
    page = Paging(page_size=cmd.page_size, page_token=cmd.page_token)
    if cmd.expiring_before is None:
        return await env.listing(REGISTRATIONS, filters, call=cmd.call, **page)
    page |= Paging(order="protected_until", below=cmd.expiring_before)
    if cmd.review not in (None, Review.APPROVED):
        raise InvalidInput([Violation("review", "only APPROVED claims expire", "NOT_WITH_EXPIRING_BEFORE")])
    return await env.listing(REGISTRATIONS, {**filters, "review": Review.APPROVED}, call=cmd.call, **page)


async def update_registration(env: Env, cmd: UpdateRegistration) -> Registration:
    """The claim with some fields replaced; as it is if that makes no difference."""
    held = await env.load(REGISTRATIONS, cmd.id, call=cmd.call, etag=cmd.etag)
    if not cmd.changes:
        return held.value
    changes = dict(cmd.changes)
    people = {
        name: same_person(one, getattr(held.value, name), env.ids)
        for name, one in changes.items()
        if isinstance(one, Person)
    }
    reg, event = moves.update(held.value, changes | people, now=env.clock.now())
    env.directory.require_country(reg.customer.country)
    require_homes(env.directory, **people)
    if same_content(held.value, reg):
        return await env.unchanged(held.value, call=cmd.call)
    return await env.commit(held.put(reg), *person_writes(env, held.value, reg), events=[event], call=cmd.call)


def person_writes(env: Env, before: Registration | None, after: Registration) -> tuple[Write, ...]:
    """The alias rows of the persons a registration names."""
    return alias_writes(
        env.settings.keys, REGISTRATIONS, after.id, before=persons(before) if before else (), after=persons(after)
    )


def persons(reg: Registration) -> tuple[Person, ...]:
    """Everybody a registration names, by contact details or by id alone."""
    named = [person for person in (reg.customer_contact, reg.sales_contact) if person is not None]
    texts = [reg.description, reg.decision_note, *(activity.note for activity in reg.activities)]
    known = {text.person_id for text in texts if text is not None and text.person_id}
    return (*named, *(Person(person_id=one) for one in sorted(known)))
