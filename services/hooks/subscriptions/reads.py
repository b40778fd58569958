"""Reads and writes of subscriptions that higher slices may use."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from libs.call import Call
from libs.errors import NotFound
from libs.outbound.signing import Key, Scheme
from libs.partner import NOT_IN_BUSINESS
from libs.partner_projection import PARTNERS
from libs.store.port import ROWS_PER_PAGE, Delete, Loaded, Put, Query, Store, create, get, get_all
from libs.store.scope import owns
from services.hooks.settings import Env
from services.hooks.subscriptions.documents import ROUTES, SUBSCRIPTIONS
from services.hooks.subscriptions.domain.states import SubscriptionState
from services.hooks.subscriptions.domain.subscription import Route, Subscription, SubscriptionKey, routes

ROUTES_PAGES = 50


async def own_subscription(env: Env, id: str, *, call: Call) -> Subscription:
    """A subscription to show: of the caller's own partner, never of its downline. NotFound."""
    loaded = await get(env.store, SUBSCRIPTIONS, id)
    if loaded is None or not owns(call.caller, SUBSCRIPTIONS, loaded.value):
        raise NotFound(SUBSCRIPTIONS.name, id)
    return loaded.value


async def subscribers(store: Store, event_type: str, partner_ids: Collection[str]) -> Sequence[Subscription]:
    """The subscriptions that get an event of this type with these partners, in the order of their ids."""
    found: set[str] = set()
    for of in ("", *partner_ids):
        equals = {"event_type": event_type, "of_partner": of}
        cursor = ""
        for _ in range(ROUTES_PAGES):
            page = await store.find(Query(kind=ROUTES, equals=equals, limit=ROWS_PER_PAGE, cursor=cursor))
            found.update(one.value.subscription_id for one in page.rows)
            cursor = page.next_cursor
            if not cursor:
                break
    if not found:
        return ()
    return tuple(one.value for one in (await get_all(store, SUBSCRIPTIONS, sorted(found))).values())


async def subscriptions_by_id(store: Store, ids: Sequence[str]) -> dict[str, Loaded[Subscription]]:
    """Subscriptions by their ids; those that do not exist are left out."""
    return dict(await get_all(store, SUBSCRIPTIONS, ids)) if ids else {}


async def out_of_business(store: Store, found: Iterable[Subscription]) -> frozenset[str]:
    """Those partners of these subscriptions that are suspended or have ended: they get nothing."""
    partners = sorted({one.partner_id for one in found if one.partner_id})
    known = await get_all(store, PARTNERS, partners) if partners else {}
    return frozenset(own for own, one in known.items() if one.value.status in NOT_IN_BUSINESS)


async def removable(store: Store, before: datetime, limit: int) -> Sequence[Loaded[Subscription]]:
    """Subscriptions that were deleted before an instant."""
    query = Query(
        kind=SUBSCRIPTIONS,
        equals={"state": SubscriptionState.DELETED},
        order="update_time",
        below=before,
        limit=limit,
    )
    return (await store.find(query)).rows


def route_writes(before: Subscription | None, after: Subscription) -> list[Put[Route] | Delete]:
    """The writes that make the routes of a subscription those of its present form. A route never changes: its
    version is 1."""
    old = {one.id: one for one in routes(before)} if before is not None else {}
    new = {one.id: one for one in routes(after)}
    gone: list[Put[Route] | Delete] = [Delete(ROUTES, one, 1) for one in old if one not in new]
    return [*gone, *(create(ROUTES, one) for one in new.values() if one.id not in old)]


def signing_keys(env: Env, subscription: Subscription) -> tuple[Key, ...]:
    """The keys with which deliveries are signed now, opened. ForgedObject if the cell has other keys."""
    return tuple(
        Key(Scheme[key.scheme.name], opened(env, subscription, key)) for key in subscription.signing(env.clock.now())
    )


def opened(env: Env, subscription: Subscription, key: SubscriptionKey) -> bytes:
    """The secret of a key. ForgedObject if the cell has other keys."""
    return env.keys.unseal(key.sealed, sealed_name(subscription.id, key.number))


def sealed_name(subscription_id: str, number: int) -> str:
    """Under which name the secret of a key is encrypted, so that it opens as the secret of no other one."""
    return f"webhook-key/{subscription_id}/{number}"
