"""Creates and updates draft orders, and lists orders."""

from datetime import date, datetime

from msgspec import UNSET
from msgspec.structs import replace

from libs.call import Call, Command, ResourceCommand
from libs.errors import NotYetKnown
from libs.money import Money, currency_violations
from libs.partner import PartnerFacts
from libs.partner_projection import active_partner, known_partner
from libs.person import Person, require_homes
from libs.privacy.aliases import identified, same_person
from libs.store.paging import UPDATED, ListCommand, Range, filters_of, paged
from libs.store.port import Page, create, get
from services.orders.ordering.domain import transitions
from services.orders.ordering.domain.drafting import (
    OrderChanges,
    OrderLineDraft,
    RegistrationNotOfPartner,
    amount_violations,
    drafts_of,
    price_lines,
    with_lines,
)
from services.orders.ordering.domain.opening import Opening, created, draft_violations, open_order
from services.orders.pricing.reads import list_for
from services.orders.record.documents import ORDERS, REGISTRATIONS
from services.orders.record.domain.order import FxRate, Order
from services.orders.record.domain.states import OrderState
from services.orders.record.domain.violations import refuse, source_violations
from services.orders.record.reads import latest_day
from services.orders.settings import Env

_ORDERED = Range("order_date", "order_date_from", "order_date_before")
_CHECKED = ("fx_rate", "ship_to_country", "ship_to_contact", "requested_delivery_date")


class CreateOrder(Command, frozen=True, kw_only=True):
    """Create a draft order."""

    partner_id: str
    registration_id: str = ""
    purchase_order_number: str | None = None
    currency: str
    fx_rate: FxRate | None = None
    lines: tuple[OrderLineDraft, ...] = ()
    freight: Money | None = None
    territory: str = ""
    ship_to_country: str
    ship_to_subdivision: str = ""
    ship_to_contact: Person | None = None
    requested_delivery_date: date | None = None


class ListOrders(ListCommand, frozen=True, kw_only=True):
    """List orders; an empty filter matches all of them."""

    partner_id: str = ""
    state: OrderState | None = None
    registration_id: str = ""
    external_source: str = ""
    external_id: str | None = None
    purchase_order_number: str = ""
    order_date_from: date | None = None
    order_date_before: date | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class UpdateOrder(ResourceCommand, frozen=True, kw_only=True):
    """Replace the fields that `changes` sets."""

    changes: OrderChanges


async def create_order(env: Env, cmd: CreateOrder) -> Order:
    """A new order in DRAFT, priced."""
    opening = Opening(
        partner_id=cmd.partner_id,
        registration_id=cmd.registration_id,
        purchase_order_number=cmd.purchase_order_number or None,
        currency=cmd.currency,
        fx_rate=cmd.fx_rate,
        territory=cmd.territory,
        ship_to_country=cmd.ship_to_country,
        ship_to_subdivision=cmd.ship_to_subdivision,
        ship_to_contact=identified(cmd.ship_to_contact, env.ids),
        order_date=env.today(),
        requested_delivery_date=cmd.requested_delivery_date,
    )
    empty = open_order(opening, id=env.ids.new("ord"), now=env.clock.now())
    wrong = draft_violations(empty, _CHECKED, today=env.today(), latest=latest_day(env))
    refuse(*currency_violations(cmd.currency), *amount_violations(cmd.lines, cmd.freight, cmd.currency), *wrong)
    require_homes(env.directory, ship_to_contact=cmd.ship_to_contact)
    partner = await active_partner(env, cmd.partner_id, call=cmd.call)
    await _require_registration(env, cmd.registration_id, cmd.partner_id, call=cmd.call)
    order = await _priced(env, empty, cmd.lines, partner=partner, freight=cmd.freight)
    return await env.commit(create(ORDERS, order), events=[created(order)], call=cmd.call)


async def list_orders(env: Env, cmd: ListOrders) -> Page[Order]:
    """One page of orders, by id unless the caller asks for another order."""
    refuse(*source_violations(cmd.external_id or None, cmd.external_source))
    filters = filters_of(cmd, "partner_id", "state", "registration_id", "external_source", "external_id")
    filters |= {"stated_purchase_order_number": cmd.purchase_order_number}
    return await env.listing(ORDERS, filters, call=cmd.call, **paged(cmd, UPDATED, _ORDERED))


async def update_order(env: Env, cmd: UpdateOrder) -> Order:
    """The order with these fields replaced and priced again; unchanged if nothing differs."""
    loaded = await env.load(ORDERS, cmd.id, call=cmd.call, etag=cmd.etag)
    transitions.require_draft(loaded.value)
    changes, given = cmd.changes, cmd.changes.given()
    if not given:
        return await env.unchanged(loaded, call=cmd.call)
    if isinstance(changes.ship_to_contact, Person):
        known = same_person(changes.ship_to_contact, loaded.value.ship_to_contact, env.ids)
        changes = replace(changes, ship_to_contact=known)
    lines = drafts_of(loaded.value) if changes.lines is UNSET else changes.lines
    freight = loaded.value.freight if changes.freight is UNSET else changes.freight
    changed = replace(loaded.value, **replace(changes, lines=UNSET, freight=UNSET).given())
    refuse(
        *amount_violations(lines, freight, changed.currency),
        *draft_violations(changed, given, today=env.today(), latest=latest_day(env)),
    )
    if changes.ship_to_contact is not UNSET:
        require_homes(env.directory, ship_to_contact=changed.ship_to_contact)
    partner = await active_partner(env, changed.partner_id, call=cmd.call)
    order = await _priced(env, changed, lines, partner=partner, freight=freight)
    if order == loaded.value:
        return await env.unchanged(loaded, call=cmd.call)
    order, event = transitions.updated(order, tuple(sorted(given)), now=env.clock.now())
    return await env.commit(loaded.put(order), events=[event], call=cmd.call)


async def _require_registration(env: Env, registration_id: str, partner_id: str, *, call: Call) -> None:
    """Checks that an order refers to no registration, or to one of its partner or of a partner below it.
    RegistrationNotOfPartner otherwise; NotYetKnown if the registration is unknown, and to a partner's users also in
    place of RegistrationNotOfPartner."""
    if not registration_id:
        return
    loaded = await get(env.store, REGISTRATIONS, registration_id)
    owner = loaded.value.partner_id if loaded else ""
    if owner == partner_id or (owner and await env.scope.below(owner, partner_id)):
        return
    if not owner or call.caller.partner_id:
        raise NotYetKnown(REGISTRATIONS.name, registration_id)
    await known_partner(env, owner)  # a pending event may show it below the partner
    raise RegistrationNotOfPartner(registration_id, partner_id)


async def _priced(
    env: Env, order: Order, drafts: tuple[OrderLineDraft, ...], *, partner: PartnerFacts, freight: Money | None
) -> Order:
    """The order with these lines at the prices that apply to the partner today."""
    source = await list_for(env, tier=partner.tier, currency=order.currency)
    lines = price_lines(drafts, source, currency=order.currency, on=env.today())
    return with_lines(order, lines, freight or Money.zero(order.currency))
