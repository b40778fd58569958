"""Reads of deliveries and receivers that higher slices may use."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from libs.store.port import Loaded, Put, Query, Scalar, Store, create, get, get_all
from services.hooks.deliveries.documents import DELIVERIES, RECEIVERS
from services.hooks.deliveries.domain.delivery import BACKLOG_AT_MOST, Delivery, Receiver
from services.hooks.deliveries.domain.states import DeliveryState

_AFTER = "~"  # sorts after every character of an id


class Counted(NamedTuple):
    """How many deliveries of a receiver are in a state, up to 10,000. more: there are more than that."""

    rows: int
    more: bool


class Known(NamedTuple):
    """What is stored of a receiver, or what is assumed while nothing is."""

    value: Receiver
    loaded: Loaded[Receiver] | None

    def put(self, receiver: Receiver) -> Put[Receiver]:
        """The write that replaces it."""
        return self.loaded.put(receiver) if self.loaded is not None else create(RECEIVERS, receiver)


async def receiver_of(store: Store, subscription_id: str) -> Known:
    """The receiver of a subscription."""
    loaded = await get(store, RECEIVERS, subscription_id)
    return Known(loaded.value if loaded is not None else Receiver(id=subscription_id), loaded)


async def receivers_of(store: Store, ids: Sequence[str]) -> dict[str, Receiver]:
    """The receivers of subscriptions."""
    found = await get_all(store, RECEIVERS, ids) if ids else {}
    return {one: found[one].value if one in found else Receiver(id=one) for one in ids}


async def receivers_with_work(store: Store, after: str, limit: int) -> tuple[str, ...]:
    """The subscriptions with deliveries in the queue, by id, from the one after `after`: one read for each, whatever
    waits behind it."""
    found: list[str] = []
    last = after
    while len(found) < limit:
        at_least = f"{last}{_AFTER}" if last else "sub"
        page = await store.find(Query(kind=DELIVERIES, order="queue", at_least=at_least, limit=1))
        if not page.rows:
            break
        last = page.rows[0].value.subscription_id
        found.append(last)
    return tuple(found)


async def due_deliveries(store: Store, subscription_id: str, now: datetime, limit: int) -> Sequence[Loaded[Delivery]]:
    """The deliveries of a receiver that are due, the longest due first."""
    query = Query(
        kind=DELIVERIES,
        equals={"subscription_id": subscription_id},
        order="next_attempt_time",
        below=now + timedelta(microseconds=1),
        limit=limit,
    )
    return (await store.find(query)).rows


async def in_state(
    store: Store, subscription_id: str, state: DeliveryState, *, since: datetime, before: datetime, limit: int
) -> Sequence[Loaded[Delivery]]:
    """The deliveries of a receiver in a state, of events in a time, the oldest event first."""
    query = Query(
        kind=DELIVERIES,
        equals={"subscription_id": subscription_id, "state": state},
        order="event_time",
        at_least=since,
        below=before,
        limit=limit,
    )
    return (await store.find(query)).rows


async def counted(store: Store, subscription_id: str, state: DeliveryState) -> Counted:
    """How many deliveries of a receiver are in a state."""
    equals: dict[str, Scalar] = {"subscription_id": subscription_id, "state": state}
    query = Query(kind=DELIVERIES, equals=equals, order="event_time", limit=1, count_up_to=BACKLOG_AT_MOST)
    page = await store.find(query)
    return Counted(page.total, page.total_is_lower_bound)
