"""Takes a receiver for a process, and records what became of attempts."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from libs.call import SYSTEM, Call
from libs.env import About
from libs.store.port import Loaded, Put, VersionConflict, Write, get
from services.hooks.deliveries.domain import delivery as rules
from services.hooks.deliveries.domain.delivery import Attempt, Delivery, Receiver
from services.hooks.deliveries.domain.states import AttemptOutcome
from services.hooks.deliveries.reads import due_deliveries, receiver_of, receivers_of
from services.hooks.settings import Env
from services.hooks.subscriptions.documents import SUBSCRIPTIONS
from services.hooks.subscriptions.domain.states import DisableCause, SubscriptionState
from services.hooks.subscriptions.domain.subscription import Subscription, disabled
from services.hooks.subscriptions.events import SubscriptionDisabled
from services.hooks.subscriptions.reads import out_of_business, subscriptions_by_id

NAME = "hooks__send_deliveries"
LEASE = timedelta(seconds=30)
CLEARED_AT_ONCE = 200
RECEIVERS_AT_ONCE = 200
FAILING_AT_ONCE = RECEIVERS_AT_ONCE // 2
OF_ONE_PARTNER = RECEIVERS_AT_ONCE // 10
_CALL = Call(caller=SYSTEM, method=NAME)


class Attempted(NamedTuple):
    """A delivery with its attempt. pause: for how long the receiver asked to be left alone."""

    loaded: Loaded[Delivery]
    attempt: Attempt
    pause: timedelta


class Ready(NamedTuple):
    """A receiver to which a process may send now. failing: whether it took nothing the last time."""

    id: str
    partner_id: str
    failing: bool


def chosen(ready: Sequence[Ready], busy: Collection[Ready]) -> list[Ready]:
    """The receivers to begin with, of which at most RECEIVERS_AT_ONCE are busy together: of one partner at most
    OF_ONE_PARTNER, and at most FAILING_AT_ONCE that failed the last time. So neither one partner nor all receivers that
    hang can take every task of a process."""
    room, failing = RECEIVERS_AT_ONCE - len(busy), FAILING_AT_ONCE - sum(one.failing for one in busy)
    of_partner = Counter(one.partner_id for one in busy)
    found: list[Ready] = []
    for one in ready:
        if len(found) == room:
            break
        if (one.partner_id and of_partner[one.partner_id] >= OF_ONE_PARTNER) or (one.failing and failing <= 0):
            continue
        of_partner[one.partner_id] += 1
        failing -= one.failing
        found.append(one)
    return found


def is_free(receiver: Receiver, holder: str, now: datetime) -> bool:
    """Whether a process may send to a receiver now: nobody else does, and it need not be left alone."""
    held = receiver.holder not in ("", holder) and receiver.lease_until is not None and receiver.lease_until > now
    return not held and (receiver.pause_time is None or receiver.pause_time <= now)


async def ready_receivers(env: Env, ids: Sequence[str], holder: str) -> Sequence[Ready]:
    """To which of these receivers this process may send now. Of a subscription that was deleted, or whose partner is
    not in business, nothing stays in the queue."""
    now = env.clock.now()
    receivers = await receivers_of(env.store, ids)
    found = await subscriptions_by_id(env.store, ids)
    ended = await out_of_business(env.store, [one.value for one in found.values()])
    ready: list[Ready] = []
    for own, loaded in found.items():
        subscription = loaded.value
        receiver = rules.as_changed(receivers[own], subscription.version)
        if not is_free(receiver, holder, now):
            continue
        if subscription.state is SubscriptionState.DELETED or subscription.partner_id in ended:
            await _clear(env, own)
        elif subscription.state is SubscriptionState.ACTIVE:
            ready.append(Ready(own, subscription.partner_id, receiver.failing_since is not None))
    return tuple(ready)


async def lease(env: Env, subscription_id: str, holder: str, *, version: int) -> Receiver | None:
    """The receiver, of this process for LEASE from now on; None if another one has it, or it is to be left alone.
    version: of its subscription."""
    known = await receiver_of(env.store, subscription_id)
    now = env.clock.now()
    receiver = rules.as_changed(known.value, version)
    if not is_free(receiver, holder, now):
        return None
    taken = rules.leased(receiver, holder, now + LEASE)
    return await _put(env, known.put(taken))


async def release(env: Env, subscription_id: str, holder: str) -> None:
    """Let other processes have the receiver, if it is this one's."""
    known = await receiver_of(env.store, subscription_id)
    if known.value.holder == holder:
        await _put(env, known.put(rules.leased(known.value, "", None)))


async def record_attempt(env: Env, done: Attempted) -> bool:
    """Store what became of an attempt; False if somebody else has changed the delivery meanwhile, so that it may be
    attempted again."""
    after = rules.attempted(done.loaded.value, done.attempt, pause=done.pause, now=env.clock.now())
    try:
        await env.commit(done.loaded.put(after), call=_CALL)
    except VersionConflict:
        return False
    return True


async def judge_receiver(env: Env, subscription_id: str, together: Sequence[Attempted], *, version: int) -> bool:
    """Store what attempts that ran together say about the receiver, and disable the subscription if it is gone or has
    failed for too long; whether to continue with it now. version: of the subscription, as it was attempted; one that
    somebody changed meanwhile is not disabled."""
    known = await receiver_of(env.store, subscription_id)
    now = env.clock.now()
    outcomes = {one.attempt.outcome for one in together}
    accepted = AttemptOutcome.ACCEPTED in outcomes
    pause = max((one.pause for one in together), default=timedelta(0))
    after = rules.after_attempts(known.value, accepted=accepted, pause=pause, now=now)
    cause = DisableCause.GONE if AttemptOutcome.GONE in outcomes else None
    if cause is None and not accepted and rules.is_lost(after, now):
        cause = DisableCause.FAILING
    if cause is not None:
        await _disable(env, subscription_id, cause, known.put(rules.forgiven(after)), version=version)
        return False
    if (after.failing_since, after.pause_time) != (known.value.failing_since, known.value.pause_time):
        await _put(env, known.put(after))
    return accepted and after.pause_time is None


async def _disable(env: Env, subscription_id: str, cause: DisableCause, put: Put[Receiver], *, version: int) -> None:
    loaded = await get(env.store, SUBSCRIPTIONS, subscription_id)
    if loaded is None or loaded.value.version != version or loaded.value.state is not SubscriptionState.ACTIVE:
        return
    after, event = disabled(loaded.value, cause, env.clock.now())
    await _commit(env, loaded.put(after), put, event)


async def _commit(env: Env, first: Put[Subscription], put: Write, event: SubscriptionDisabled) -> None:
    try:
        await env.commit(first, put, events=[About(event, first.document)], call=_CALL)
    except VersionConflict:
        return  # the next failed attempt decides again


async def _clear(env: Env, subscription_id: str) -> None:
    """Take up to CLEARED_AT_ONCE deliveries that are due out of the queue."""
    for loaded in await due_deliveries(
        env.store, subscription_id, env.clock.now() + timedelta(days=7), CLEARED_AT_ONCE
    ):
        try:
            await env.commit(loaded.put(rules.missed(loaded.value, env.clock.now())), call=_CALL)
        except VersionConflict:
            continue


async def _put(env: Env, put: Put[Receiver]) -> Receiver | None:
    try:
        return await env.commit(put, call=_CALL)
    except VersionConflict:
        return None
