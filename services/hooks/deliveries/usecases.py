"""Takes events into the queue; shows deliveries, and puts missed ones into the queue again."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import msgspec

from libs.call import Command, ResourceCommand
from libs.document import Document
from libs.errors import NotFound, require_state
from libs.store.paging import ListCommand, Range, paged
from libs.store.port import Page, Put, create, get
from services.hooks.deliveries.documents import DELIVERIES, RECEIVERS
from services.hooks.deliveries.domain import delivery as rules
from services.hooks.deliveries.domain.delivery import BACKLOG_AT_MOST, Delivery, Receiver
from services.hooks.deliveries.domain.states import RECOVERABLE, DeliveryState
from services.hooks.deliveries.reads import counted, receiver_of, receivers_of
from services.hooks.settings import Env
from services.hooks.subscriptions.documents import SUBSCRIPTIONS
from services.hooks.subscriptions.domain.states import ACTIVE, SubscriptionState
from services.hooks.subscriptions.domain.subscription import Subscription
from services.hooks.subscriptions.reads import out_of_business, own_subscription, subscribers, subscriptions_by_id

_NEWEST = "event_time desc"
_EVENTS = Range("event_time", "event_since", "event_before")


class TakeEvent(Command, frozen=True, kw_only=True):
    """Queue an event for each of its receivers. partner_ids: the partners whose ids it carries. body: what is
    posted. partner_body: the same for the subscription of a partner."""

    event_id: str
    event_type: str
    resource_id: str
    event_time: datetime
    partner_ids: tuple[str, ...]
    body: bytes
    partner_body: bytes


class GetBacklog(Command, frozen=True, kw_only=True):
    """Show what waits for a receiver."""

    subscription_id: str


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for a receiver; `prm.hooks.v1.Backlog` describes each field."""

    pending_count: int
    more_pending: bool
    missed_count: int
    more_missed: bool
    failing_since: datetime | None
    pause_time: datetime | None
    recover_since: datetime | None


class GetDelivery(Command, frozen=True, kw_only=True):
    """Show a delivery."""

    id: str


class ListDeliveries(ListCommand, frozen=True, kw_only=True):
    """List the deliveries of a subscription; an empty filter matches all of them."""

    subscription_id: str
    state: DeliveryState | None = None
    event_since: datetime | None = None
    event_before: datetime | None = None


class Redeliver(ResourceCommand, frozen=True, kw_only=True):
    """Put one delivery into the queue again."""


class RedeliverSince(Command, frozen=True, kw_only=True):
    """Put everything that was missed since an instant into the queue again."""

    subscription_id: str
    since: datetime


class OneRow(Command, frozen=True, kw_only=True):
    """What a job does with one row."""

    id: str


async def take_event(env: Env, cmd: TakeEvent) -> Document | None:
    """The first delivery of the event; None if nobody subscribed to it. For a subscription that is disabled, whose
    backlog is full, or whose partner is not in business, it is MISSED. A partner's subscription from when the event was
    open to partners gets it no more."""
    open_to_partners = cmd.event_type in env.settings.partner_events.events
    asked = await subscribers(env.store, cmd.event_type, cmd.partner_ids)
    found = [one for one in asked if open_to_partners or not one.partner_id]
    if not found:
        return None
    writes = await _deliveries(env, found, cmd)
    first = await env.commit(*writes, call=cmd.call)
    env.settings.woken.set()
    return first


async def get_backlog(env: Env, cmd: GetBacklog) -> Backlog:
    """What waits for a receiver. NotFound."""
    await own_subscription(env, cmd.subscription_id, call=cmd.call)
    return await show_backlog(env, cmd.subscription_id)


async def get_delivery(env: Env, cmd: GetDelivery) -> Delivery:
    """The delivery. NotFound, also for one of the downline."""
    found = await env.show(DELIVERIES, cmd.id, call=cmd.call)
    with _as_delivery(cmd.id):
        await own_subscription(env, found.subscription_id, call=cmd.call)
    return found


async def list_deliveries(env: Env, cmd: ListDeliveries) -> Page[Delivery]:
    """One page of deliveries, the newest event first. NotFound."""
    await own_subscription(env, cmd.subscription_id, call=cmd.call)
    ordered = msgspec.structs.replace(cmd, order_by=cmd.order_by or _NEWEST)
    filters = {"subscription_id": cmd.subscription_id, "state": cmd.state}
    return await env.listing(DELIVERIES, filters, call=cmd.call, **paged(ordered, _EVENTS))


async def redeliver(env: Env, cmd: Redeliver) -> Delivery:
    """The delivery, in the queue. NotFound, WrongState."""
    loaded = await env.load(DELIVERIES, cmd.id, call=cmd.call, etag=cmd.etag)
    with _as_delivery(cmd.id):
        await _active(env, loaded.value.subscription_id, cmd)
    after = rules.queued(loaded.value, env.clock.now())
    found = await env.commit(loaded.put(after), call=cmd.call)
    env.settings.woken.set()
    return found


async def redeliver_since(env: Env, cmd: RedeliverSince) -> Receiver:
    """The receiver, which gets what it missed. NotFound, WrongState."""
    await _active(env, cmd.subscription_id, cmd)
    known = await receiver_of(env.store, cmd.subscription_id)
    after = rules.asked_again(known.value, cmd.since, env.clock.now())
    return await env.commit(known.put(after), call=cmd.call)


async def show_backlog(env: Env, subscription_id: str) -> Backlog:
    """What waits for a receiver, for a caller that may know."""
    known = (await receiver_of(env.store, subscription_id)).value
    for one in (await subscriptions_by_id(env.store, [subscription_id])).values():
        known = rules.as_changed(known, one.value.version)
    pending = await counted(env.store, subscription_id, DeliveryState.PENDING)
    lost = [await counted(env.store, subscription_id, state) for state in RECOVERABLE]
    total = sum(one.rows for one in lost)
    return Backlog(
        pending_count=pending.rows,
        more_pending=pending.more,
        missed_count=min(total, BACKLOG_AT_MOST),
        more_missed=total > BACKLOG_AT_MOST or any(one.more for one in lost),
        failing_since=known.failing_since,
        pause_time=known.pause_time,
        recover_since=known.recover_since,
    )


async def queue_again(env: Env, cmd: OneRow) -> Delivery:
    """A delivery that was missed, in the queue; unchanged if it was not, or is there already."""
    loaded = await env.load(DELIVERIES, cmd.id, call=cmd.call)
    if loaded.value.state not in RECOVERABLE:
        return loaded.value
    return await env.commit(loaded.put(rules.queued(loaded.value, env.clock.now())), call=cmd.call)


async def remove_delivery(env: Env, cmd: OneRow) -> Delivery:
    """A delivery, deleted."""
    return await env.remove(await env.load(DELIVERIES, cmd.id, call=cmd.call), call=cmd.call)


async def remove_subscription(env: Env, cmd: OneRow) -> Subscription:
    """A subscription that has ended, deleted with its receiver."""
    found = await env.load(SUBSCRIPTIONS, cmd.id, call=cmd.call)
    receiver = await get(env.store, RECEIVERS, cmd.id)
    return await env.remove(found, *([receiver.delete()] if receiver is not None else []), call=cmd.call)


@contextmanager
def _as_delivery(id: str) -> Iterator[None]:
    """A subscription that the caller may not know of is told as if the delivery did not exist."""
    try:
        yield
    except NotFound as err:
        raise NotFound(DELIVERIES.name, id) from err


async def _active(env: Env, subscription_id: str, cmd: Command) -> None:
    loaded = await env.load(SUBSCRIPTIONS, subscription_id, call=cmd.call)
    kind, state = SUBSCRIPTIONS.name, loaded.value.state
    require_state(kind, subscription_id, state, action="deliver again", allowed=ACTIVE)


async def _deliveries(env: Env, found: Sequence[Subscription], cmd: TakeEvent) -> list[Put[Delivery]]:
    now = env.clock.now()
    receivers = await receivers_of(env.store, [one.id for one in found])
    ended = await out_of_business(env.store, found)
    writes = []
    for one in found:
        made = Delivery(
            id=env.ids.new("dlv"),
            subscription_id=one.id,
            partner_id=one.partner_id,
            event_id=cmd.event_id,
            event_type=cmd.event_type,
            resource_id=cmd.resource_id,
            event_time=cmd.event_time,
            state=DeliveryState.MISSED,
            create_time=now,
            update_time=now,
            body=cmd.partner_body if one.partner_id else cmd.body,
        )
        active = one.state is SubscriptionState.ACTIVE and one.partner_id not in ended
        writes.append(create(DELIVERIES, rules.queued(made, now) if active and not receivers[one.id].full else made))
    return writes
