"""Takes a receiver for a process, and records what became of attempts."""

from collections.abc import Sequence
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
from services.hooks.subscriptions.reads import subscriptions_by_id

NAME = "hooks__send_deliveries"
LEASE = timedelta(seconds=30)
CLEARED_AT_ONCE = 200
_CALL = Call(caller=SYSTEM, method=NAME)


class Attempted(NamedTuple):
    """A delivery with its attempt. pause: for how long the receiver asked to be left alone."""

    loaded: Loaded[Delivery]
    attempt: Attempt
    pause: timedelta


def is_free(receiver: Receiver, holder: str, now: datetime) -> bool:
    """Whether a process may send to a receiver now: nobody else does, and it need not be left alone."""
    held = receiver.holder not in ("", holder) and receiver.lease_until is not None and receiver.lease_until > now
    return not held and (receiver.pause_time is None or receiver.pause_time <= now)


async def ready_receivers(env: Env, ids: Sequence[str], holder: str) -> Sequence[str]:
    """To which of these receivers this process may send now. Of a subscription that was deleted nothing stays in the
    queue."""
    now = env.clock.now()
    receivers = await receivers_of(env.store, ids)
    ready: list[str] = []
    for own, loaded in (await subscriptions_by_id(env.store, ids)).items():
        if not is_free(rules.as_changed(receivers[own], loaded.value.version), holder, now):
            continue
        if loaded.value.state is SubscriptionState.DELETED:
            await _clear(env, own)
        elif loaded.value.state is SubscriptionState.ACTIVE:
            ready.append(own)
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
