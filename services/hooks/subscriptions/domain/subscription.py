"""A subscription: its transitions, its keys, and the routes by which an event finds it."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from libs.document import Changes, Document
from libs.errors import AppError, Code, Violation, require_state
from services.hooks.subscriptions.domain.states import (
    ACTIVE,
    DISABLED,
    NOT_DELETED,
    DisableCause,
    SignatureScheme,
    SubscriptionState,
)
from services.hooks.subscriptions.events import (
    SubscriptionCreated,
    SubscriptionDeleted,
    SubscriptionDisabled,
    SubscriptionEnabled,
    SubscriptionEvent,
    SubscriptionKeyRotated,
    SubscriptionUpdated,
)

E = TypeVar("E", bound=SubscriptionEvent)

ROUTES_AT_MOST = 500
OVERLAP = timedelta(hours=24)
_KIND = "subscription"


class SubscriptionKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that signs. number: from 1 in its subscription. sealed: the secret, encrypted. expire_time: it signs until
    then; None: it is the newest."""

    number: int
    scheme: SignatureScheme
    sealed: bytes
    public_key: str = ""
    create_time: datetime
    expire_time: datetime | None = None


class Subscription(Document, frozen=True, kw_only=True):
    """Who gets which events. partner_id: whose it is; empty: the vendor's. partner_ids: only events that carry one of
    them; empty: all. key_count: how many keys it has had."""

    partner_id: str = ""
    name: str
    url: str
    event_types: tuple[str, ...]
    partner_ids: tuple[str, ...] = ()
    scheme: SignatureScheme
    keys: tuple[SubscriptionKey, ...] = ()
    key_count: int = 0
    state: SubscriptionState = SubscriptionState.ACTIVE
    disable_cause: DisableCause | None = None
    disable_time: datetime | None = None
    create_time: datetime
    update_time: datetime

    def signing(self, now: datetime) -> tuple[SubscriptionKey, ...]:
        """The keys that sign now, the newest last."""
        return tuple(key for key in self.keys if key.expire_time is None or key.expire_time > now)


class Route(Document, frozen=True, kw_only=True):
    """That a subscription gets an event of this type that carries this partner; `of_partner` empty: any event of the
    type. The id is made of the three."""

    event_type: str
    of_partner: str
    subscription_id: str


class SubscriptionChanges(Changes, frozen=True, kw_only=True):
    """The fields that an update may set."""

    name: str | UnsetType = UNSET
    url: str | UnsetType = UNSET
    event_types: tuple[str, ...] | UnsetType = UNSET
    partner_ids: tuple[str, ...] | UnsetType = UNSET


class TooManySubscriptions(AppError):
    """The vendor, or the partner, has as many subscriptions as it may have."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_SUBSCRIPTIONS"

    def __init__(self, limit: int) -> None:
        super().__init__(f"there are {limit} subscriptions already; delete one that nobody needs", limit=limit)


def event_violations(
    asked: Subscription, *, known: Collection[str], open_to_partners: Collection[str]
) -> Iterator[Violation]:
    """What is wrong with the event types and the filter of a subscription. known: the events that can be delivered."""
    for place, one in enumerate(asked.event_types):
        if one not in known:
            yield Violation(f"event_types[{place}]", f"{one} is no event of the catalogue", "UNKNOWN_EVENT")
        elif asked.partner_id and one not in open_to_partners:
            yield Violation(f"event_types[{place}]", f"{one} is not open to partners", "EVENT_NOT_OPEN")
    if asked.partner_id and asked.partner_ids:
        yield Violation("partner_ids", "is empty: a partner gets the events with its own id", "FILTER_NOT_ALLOWED")
    if len(asked.event_types) * max(1, len(asked.partner_ids)) > ROUTES_AT_MOST:
        yield Violation("partner_ids", f"times event types is more than {ROUTES_AT_MOST}", "TOO_MANY_ROUTES")


def required_violations(asked: Subscription) -> Iterator[Violation]:
    """Which fields an update may not empty."""
    for field in ("name", "url", "event_types"):
        if not getattr(asked, field):
            yield Violation(field, "is empty", "REQUIRED")


def routes(subscription: Subscription) -> tuple[Route, ...]:
    """The routes of a subscription; none once it is deleted."""
    if subscription.state is SubscriptionState.DELETED:
        return ()
    partners = (subscription.partner_id,) if subscription.partner_id else subscription.partner_ids or ("",)
    return tuple(
        Route(id=f"{event}/{of}/{subscription.id}", event_type=event, of_partner=of, subscription_id=subscription.id)
        for event in subscription.event_types
        for of in partners
    )


def created(subscription: Subscription, key: SubscriptionKey) -> tuple[Subscription, SubscriptionCreated]:
    """The new subscription with its first key."""
    made = replace(subscription, keys=(key,), key_count=1)
    return made, _event(SubscriptionCreated, made)


def updated(
    subscription: Subscription, changes: SubscriptionChanges, now: datetime
) -> tuple[Subscription, SubscriptionUpdated]:
    """The subscription with the changes, which may still be wrong; WrongState if it is deleted."""
    _require(subscription, "update", NOT_DELETED)
    after = replace(subscription, **changes.given(), update_time=now)
    return after, _event(SubscriptionUpdated, after)


def rotated(
    subscription: Subscription, key: SubscriptionKey, *, overlap: timedelta, now: datetime
) -> tuple[Subscription, SubscriptionKeyRotated]:
    """The subscription with a new key beside the former newest, which signs for `overlap` longer; older ones end.
    WrongState if it is deleted."""
    _require(subscription, "rotate the key", NOT_DELETED)
    former = replace(subscription.keys[-1], expire_time=now + overlap)
    kept = (former,) if overlap > timedelta(0) else ()
    after = replace(
        subscription,
        keys=(*kept, key),
        key_count=key.number,
        scheme=key.scheme,
        update_time=now,
    )
    told = SubscriptionKeyRotated(subscription_id=after.id, partner_id=after.partner_id, key_number=key.number)
    return after, told


def disabled(
    subscription: Subscription, cause: DisableCause, now: datetime
) -> tuple[Subscription, SubscriptionDisabled]:
    """The subscription without deliveries; WrongState unless it is ACTIVE."""
    _require(subscription, "disable", ACTIVE)
    state = SubscriptionState.DISABLED
    after = replace(subscription, state=state, disable_cause=cause, disable_time=now, update_time=now)
    return after, SubscriptionDisabled(subscription_id=after.id, partner_id=after.partner_id, cause=cause)


def enabled(subscription: Subscription, now: datetime) -> tuple[Subscription, SubscriptionEnabled]:
    """The subscription with deliveries again; WrongState unless it is DISABLED."""
    _require(subscription, "enable", DISABLED)
    state = SubscriptionState.ACTIVE
    after = replace(subscription, state=state, disable_cause=None, disable_time=None, update_time=now)
    return after, _event(SubscriptionEnabled, after)


def deleted(subscription: Subscription, now: datetime) -> tuple[Subscription, SubscriptionDeleted]:
    """The subscription, over and without keys; WrongState if it is deleted already."""
    _require(subscription, "delete", NOT_DELETED)
    after = replace(
        subscription,
        state=SubscriptionState.DELETED,
        keys=(),
        disable_cause=None,
        disable_time=None,
        update_time=now,
    )
    return after, _event(SubscriptionDeleted, after)


def _require(subscription: Subscription, action: str, allowed: Collection[SubscriptionState]) -> None:
    require_state(_KIND, subscription.id, subscription.state, action=action, allowed=allowed)


def _event(event: type[E], subscription: Subscription) -> E:
    return event(subscription_id=subscription.id, partner_id=subscription.partner_id)
