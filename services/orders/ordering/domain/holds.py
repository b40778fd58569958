"""Reasons to hold an order, and reasons that no longer apply."""

from collections.abc import Iterable
from datetime import date, datetime

from msgspec.structs import replace

from libs.money import Money
from libs.partner import TerritoryFacts
from libs.person import PersonalText
from libs.rights import Lacking, Missing
from services.orders.credit.domain import CreditAccount, with_held_order
from services.orders.record.domain.order import Hold, Order
from services.orders.record.domain.states import HoldReason, HoldRelease, OrderState

RIGHTS = frozenset({HoldReason.CERTIFICATION, HoldReason.AGREEMENT})


def holds_against(*, over: Money | None, active: bool, outside: bool, now: datetime) -> tuple[Hold, ...]:
    """The reasons to hold an order for credit, the state of its partner and the territory. over: by how much it exceeds
    the available credit, None if it fits; active: whether the partner is ACTIVE; outside: whether the partner may not
    sell at the ship-to place."""
    found = []
    if over is not None:
        found.append(Hold(reason=HoldReason.CREDIT, excess=over, place_time=now))
    if not active:
        found.append(Hold(reason=HoldReason.COMPLIANCE, place_time=now))
    if outside:
        found.append(Hold(reason=HoldReason.TERRITORY, place_time=now))
    return tuple(found)


def rights_holds(*, missing: tuple[Missing, ...], lacking: tuple[Lacking, ...], now: datetime) -> tuple[Hold, ...]:
    """The reasons to hold an order because its partner lacks certified persons, or an agreement that allows it."""
    found = []
    if missing:
        found.append(Hold(reason=HoldReason.CERTIFICATION, missing=missing, place_time=now))
    if lacking:
        found.append(Hold(reason=HoldReason.AGREEMENT, lacking=lacking, place_time=now))
    return tuple(found)


def evaluated(holds: tuple[Hold, ...], found: tuple[Hold, ...], *, now: datetime) -> tuple[Hold, ...]:
    """The holds of an order after `found`, the reasons that apply today. A hold that a person has judged stays so,
    unless the order now exceeds the credit by more than that person saw. An open hold stays while its reason applies,
    and is released once it does not. A reason that applies newly or again is placed."""
    applying, after = {hold.reason: hold for hold in found}, list[Hold]()
    for hold in holds:
        again = applying.get(hold.reason)
        if hold.release_time is None and again is None:
            hold = ended(hold, HoldRelease.REASON_GONE, now=now)
        elif again is not None and (hold.release_time is None or _covers(hold, again)):
            hold = (
                hold
                if hold.judged
                else replace(hold, excess=again.excess, missing=again.missing, lacking=again.lacking)
            )
            del applying[hold.reason]
        after.append(hold)
    return placed(tuple(after), *applying.values())


def placed(holds: tuple[Hold, ...], *more: Hold) -> tuple[Hold, ...]:
    """The holds with `more`, each of which replaces an earlier hold for the same reason."""
    reasons = {hold.reason for hold in more}
    return (*(hold for hold in holds if hold.reason not in reasons), *more)


def ended(hold: Hold, how: HoldRelease, *, note: PersonalText | None = None, now: datetime) -> Hold:
    """The hold, released in the way `how`."""
    return replace(hold, release_time=now, release_note=note, release=how)


def excluded(order: Order, exclusive: Iterable[TerritoryFacts], *, on: date) -> bool:
    """Whether another partner has an exclusive grant for the ship-to place and a product line of the order."""
    place = (order.ship_to_country, order.ship_to_subdivision)
    return any(
        grant.partner_id != order.partner_id and grant.covers(*place, order.product_lines, on=on) for grant in exclusive
    )


def covered(order: Order, own: tuple[TerritoryFacts, ...], *, on: date) -> bool:
    """Whether the partner's own grants cover every product line of the order."""
    place = (order.ship_to_country, order.ship_to_subdivision)
    return all(any(grant.covers(*place, frozenset({line}), on=on) for grant in own) for line in order.product_lines)


def waits_for_credit_alone(order: Order) -> bool:
    """Whether CREDIT is the only open hold of the order."""
    return order.state is OrderState.HELD and order.open_holds == (HoldReason.CREDIT,)


def waits_for_right(order: Order) -> bool:
    """Whether the order is held because its partner lacks a right."""
    return order.state is OrderState.HELD and bool(RIGHTS & set(order.open_holds))


def may_be_confirmed(order: Order, found: tuple[Hold, ...]) -> bool:
    """Whether a person has judged every reason that applies today, and CREDIT does not apply."""
    judged = {hold.reason for hold in order.holds if hold.judged} - {HoldReason.CREDIT}
    return all(hold.reason in judged for hold in found)


def with_hold_counted(account: CreditAccount, order: Order) -> CreditAccount:
    """The account after an order was held: it counts the order if CREDIT is among its open holds."""
    return with_held_order(account) if HoldReason.CREDIT in order.open_holds else account


def _covers(hold: Hold, again: Hold) -> bool:
    """Whether a person has judged the hold with at least what is found again: the excess, the missing certificates,
    what agreements do not allow."""
    seen = {(one.track, one.product_line): one.certified - one.needed for one in hold.missing}
    no_more = all(seen.get((one.track, one.product_line), 0) <= one.certified - one.needed for one in again.missing)
    no_more = no_more and set(again.lacking) <= set(hold.lacking)
    return hold.judged and no_more and (again.excess is None or hold.excess is None or again.excess <= hold.excess)
