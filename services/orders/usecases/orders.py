"""An order while it is written, and looking orders up."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from msgspec.structs import replace

from libs.call import Command
from libs.country import country_violations
from libs.errors import InvalidInput, Violation
from libs.money import Money
from libs.partner import PartnerFacts
from libs.peers import active_partner
from libs.person import Person, home_violations, require_homes
from libs.privacy.aliases import alias_writes, identified, same_person
from libs.store.port import Page, Write, create
from services.orders.documents import ORDERS
from services.orders.domain import moves
from services.orders.domain.amounts import unusable, wrong_rate
from services.orders.domain.drafting import OrderLineDraft, drafts_of, price_lines, with_lines, wrong_amounts
from services.orders.domain.events import OrderCreated
from services.orders.domain.order import FxRate, Order, totals_of
from services.orders.domain.states import OrderState
from services.orders.usecases.prices import list_for
from services.orders.usecases.registrations import require_registration
from services.orders.usecases.settings import Env, latest_day, refuse, today

_CHECKED = ("fx_rate", "ship_to_country", "ship_to_contact", "requested_delivery_date")


class CreateOrder(Command, frozen=True, kw_only=True):
    """Begin an order."""

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


class ListOrders(Command, frozen=True, kw_only=True):
    """Look many up; empty filters filter nothing."""

    page_size: int = 0
    page_token: str = ""
    partner_id: str = ""
    state: OrderState | None = None
    registration_id: str = ""
    external_source: str = ""
    external_id: str | None = None


class UpdateOrder(Command, frozen=True, kw_only=True):
    """Replace the fields in `changes`, by the names of CreateOrder."""

    id: str
    etag: str = ""
    changes: Mapping[str, object]


async def create_order(env: Env, cmd: CreateOrder) -> Order:
    """A new order in DRAFT with its prices."""
    empty = new_order(env, cmd)
    wrong = wrong_amounts(cmd.lines, cmd.freight, cmd.currency)
    refuse(*unusable(cmd.currency), *wrong, *_wrong(env, empty, _CHECKED))
    env.directory.require_country(cmd.ship_to_country)
    require_homes(env.directory, ship_to_contact=cmd.ship_to_contact)
    partner = await active_partner(env, cmd.partner_id, call=cmd.call)
    await require_registration(env, cmd.registration_id, cmd.partner_id)
    order = await priced(env, empty, cmd.lines, partner=partner, freight=cmd.freight)
    return await env.commit(
        create(ORDERS, order), *person_writes(env, None, order), events=[created(order)], call=cmd.call
    )


async def list_orders(env: Env, cmd: ListOrders) -> Page[Order]:
    """By id."""
    if cmd.external_id and not cmd.external_source:
        raise InvalidInput([Violation("external_source", "is needed with external_id", "REQUIRED")])
    filters = {
        "partner_id": cmd.partner_id,
        "state": cmd.state,
        "registration_id": cmd.registration_id,
        "external_source": cmd.external_source,
        "external_id": cmd.external_id,
    }
    return await env.listing(ORDERS, filters, call=cmd.call, page_size=cmd.page_size, page_token=cmd.page_token)


async def update_order(env: Env, cmd: UpdateOrder) -> Order:
    """The order with some fields replaced and its prices found anew; as it was if that makes no difference."""
    held = await env.load(ORDERS, cmd.id, call=cmd.call, etag=cmd.etag)
    moves.require_draft(held.value)
    if not cmd.changes:
        return held.value
    changes = dict(cmd.changes)
    drafts, freight = changes.pop("lines", None), changes.pop("freight", held.value.freight)
    given = drafts if isinstance(drafts, tuple) else drafts_of(held.value)
    whole = freight if isinstance(freight, Money) else None
    if isinstance(contact := changes.get("ship_to_contact"), Person):
        changes["ship_to_contact"] = same_person(contact, held.value.ship_to_contact, env.ids)
    changed = replace(held.value, **changes)
    refuse(*wrong_amounts(given, whole, changed.currency), *_wrong(env, changed, changes))
    if "ship_to_country" in changes:
        env.directory.require_country(changed.ship_to_country)
    if "ship_to_contact" in changes:
        require_homes(env.directory, ship_to_contact=changed.ship_to_contact)
    partner = await active_partner(env, changed.partner_id, call=cmd.call)
    order = await priced(env, changed, given, partner=partner, freight=whole)
    if order == held.value:
        return await env.unchanged(order, call=cmd.call)
    order, event = moves.updated(order, tuple(sorted(cmd.changes)), now=env.clock.now())
    return await env.commit(held.put(order), *person_writes(env, held.value, order), events=[event], call=cmd.call)


def new_order(env: Env, cmd: CreateOrder) -> Order:
    """An order without lines."""
    now = env.clock.now()
    zero = Money.zero(cmd.currency)
    return Order(
        id=env.ids.new("ord"),
        partner_id=cmd.partner_id,
        registration_id=cmd.registration_id,
        purchase_order_number=cmd.purchase_order_number or None,
        currency=cmd.currency,
        fx_rate=cmd.fx_rate,
        totals=totals_of((), cmd.currency),
        territory=cmd.territory,
        ship_to_country=cmd.ship_to_country,
        ship_to_subdivision=cmd.ship_to_subdivision,
        ship_to_contact=identified(cmd.ship_to_contact, env.ids),
        order_date=today(env),
        requested_delivery_date=cmd.requested_delivery_date,
        freight=zero,
        invoiced=zero,
        settled=zero,
        not_invoiced=zero,
        create_time=now,
        update_time=now,
    )


async def priced(
    env: Env, order: Order, drafts: tuple[OrderLineDraft, ...], *, partner: PartnerFacts, freight: Money | None
) -> Order:
    """The order with these positions at the prices that hold for the partner today."""
    source = await list_for(env, tier=partner.tier, currency=order.currency)
    lines = price_lines(drafts, source, currency=order.currency, on=today(env))
    return with_lines(order, lines, freight or Money.zero(order.currency))


def created(order: Order) -> OrderCreated:
    """The event of a new order."""
    return OrderCreated(
        order_id=order.id,
        partner_id=order.partner_id,
        registration_id=order.registration_id,
        currency=order.currency,
        total=order.totals.total,
        from_conversion=order.from_conversion,
    )


def person_writes(env: Env, before: Order | None, after: Order) -> tuple[Write, ...]:
    """The alias rows of the persons an order names."""
    return alias_writes(env.keys, ORDERS, after.id, before=persons(before) if before else (), after=persons(after))


def persons(order: Order) -> tuple[Person, ...]:
    """Everybody an order names, by contact details or by id alone."""
    known = {hold.release_note.person_id for hold in order.holds if hold.release_note} - {""}
    contact = (order.ship_to_contact,) if order.ship_to_contact else ()
    return (*contact, *(Person(person_id=one) for one in sorted(known)))


def _wrong(env: Env, order: Order, fields: Collection[str]) -> Iterator[Violation]:
    """What these fields of a draft cannot be."""
    if "fx_rate" in fields:
        yield from wrong_rate(order.fx_rate, order.currency, latest=latest_day(env))
    if "requested_delivery_date" in fields:
        yield from _past_delivery(env, order)
    if "ship_to_country" in fields and not order.ship_to_country:
        yield Violation("ship_to_country", "can be replaced, not removed", "REQUIRED")
    elif "ship_to_country" in fields:
        yield from country_violations(order.ship_to_country, "ship_to_country")
    if "ship_to_contact" in fields:
        yield from home_violations(ship_to_contact=order.ship_to_contact)


def _past_delivery(env: Env, order: Order) -> Iterator[Violation]:
    """The field of a day on which nobody can deliver any more."""
    wanted = order.requested_delivery_date
    if wanted is not None and wanted < today(env):
        yield Violation("requested_delivery_date", "is in the past", "IN_THE_PAST")
