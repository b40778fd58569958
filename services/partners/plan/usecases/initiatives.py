"""Adds, changes, closes and lists initiatives."""

from datetime import date, datetime

from libs.call import Command, ResourceCommand
from libs.document import same_content
from libs.errors import InvalidInput, NotFound
from libs.money import Money
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Page, create, get
from services.partners.contacts.documents import CONTACTS
from services.partners.plan.documents import INITIATIVES, PLANS
from services.partners.plan.domain import initiative as domain
from services.partners.plan.domain.initiative import Initiative, InitiativeChanges
from services.partners.plan.domain.plan import Plan
from services.partners.plan.domain.states import InitiativeOwner, InitiativeState
from services.partners.plan.events import InitiativeAdded
from services.partners.plan.reads import book_lock, book_of, book_put
from services.partners.settings import Env


class AddInitiative(Command, frozen=True, kw_only=True):
    """Add an initiative to a plan."""

    plan_id: str
    title: str
    owner: InitiativeOwner
    owner_contact_id: str = ""
    due_on: date
    cost: Money | None = None


class UpdateInitiative(ResourceCommand, frozen=True, kw_only=True):
    """Replace the fields that `changes` sets."""

    changes: InitiativeChanges


class CloseInitiative(ResourceCommand, frozen=True, kw_only=True):
    """Say that an initiative is done, or was given up."""

    outcome: InitiativeState


class ListInitiatives(ListCommand, frozen=True, kw_only=True):
    """List initiatives; an empty filter matches all of them."""

    partner_id: str = ""
    plan_id: str = ""
    state: InitiativeState | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


async def add_initiative(env: Env, cmd: AddInitiative) -> Initiative:
    """The new initiative. WrongState, NotFound, InvalidInput, TooManyInitiatives."""
    plan = (await env.load(PLANS, cmd.plan_id, call=cmd.call)).value
    domain.require_open(plan)
    now = env.clock.now()
    initiative = Initiative(
        id=env.ids.new("ini"),
        plan_id=plan.id,
        root_id=plan.root_id,
        partner_id=plan.partner_id,
        title=cmd.title,
        owner=cmd.owner,
        owner_contact_id=cmd.owner_contact_id,
        due_on=cmd.due_on,
        cost=cmd.cost,
        create_time=now,
        update_time=now,
    )
    await _refuse_wrong(env, initiative, plan)
    async with book_lock(env, plan.partner_id):
        loaded, book = await book_of(env, plan.partner_id)
        put = book_put(loaded, domain.counted(book))
        told = domain.event(InitiativeAdded, initiative)
        return await env.commit(create(INITIATIVES, initiative), put, events=[told], call=cmd.call)


async def update_initiative(env: Env, cmd: UpdateInitiative) -> Initiative:
    """The initiative with these fields replaced; unchanged if it has them already. WrongState, NotFound,
    InvalidInput."""
    if wrong := [*domain.change_violations(cmd.changes)]:
        raise InvalidInput(wrong)
    loaded = await env.load(INITIATIVES, cmd.id, call=cmd.call, etag=cmd.etag)
    plan = (await env.load(PLANS, loaded.value.plan_id, call=cmd.call)).value
    initiative = domain.change(loaded.value, cmd.changes, now=env.clock.now())
    if same_content(loaded.value, initiative):
        return await env.unchanged(loaded, call=cmd.call)
    await _refuse_wrong(env, initiative, plan)
    return await env.commit(loaded.put(initiative), events=[domain.updated(initiative)], call=cmd.call)


async def close_initiative(env: Env, cmd: CloseInitiative) -> Initiative:
    """The initiative, DONE or CANCELED. WrongState."""
    loaded = await env.load(INITIATIVES, cmd.id, call=cmd.call, etag=cmd.etag)
    initiative, event = domain.close(loaded.value, cmd.outcome, now=env.clock.now())
    return await env.commit(loaded.put(initiative), events=[event], call=cmd.call)


async def list_initiatives(env: Env, cmd: ListInitiatives) -> Page[Initiative]:
    """One page of initiatives, by id unless the caller asks for another order. NotFound for a plan that the caller may
    not see."""
    filters = filters_of(cmd, "partner_id", "state")
    if cmd.plan_id:
        plan = await env.show(PLANS, cmd.plan_id, call=cmd.call)
        filters |= {"partner_id": cmd.partner_id or plan.partner_id, "root_id": plan.root_id}
    return await env.listing(INITIATIVES, filters, call=cmd.call, **paged(cmd, UPDATED))


async def _refuse_wrong(env: Env, initiative: Initiative, plan: Plan) -> None:
    """NotFound for a contact that does not exist, InvalidInput for what else is wrong."""
    wrong = [*domain.initiative_violations(initiative, plan)]
    if initiative.owner_contact_id:
        contact = await get(env.store, CONTACTS, initiative.owner_contact_id)
        if contact is None or contact.value.partner_id != plan.partner_id:
            raise NotFound(CONTACTS.name, initiative.owner_contact_id)
    if wrong:
        raise InvalidInput(wrong)
