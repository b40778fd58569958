"""A delivery, one event on its way to one receiver, and what is known of the receiver."""

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from libs.document import Document
from services.hooks.deliveries.domain.schedule import delay_after
from services.hooks.deliveries.domain.states import AttemptOutcome, DeliveryState

ATTEMPTS_SHOWN = 20
BACKLOG_AT_MOST = 10_000
DISABLED_AFTER = timedelta(days=5)
SILENCE = timedelta(days=2)  # longer than a delivery waits for any attempt but its first

_PAUSE_SHARE = 10
_PAUSE_AT_LEAST, _PAUSE_AT_MOST = timedelta(seconds=1), timedelta(minutes=5)


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt. status_code: of the answer; 0 without one."""

    time: datetime
    duration_ms: int
    outcome: AttemptOutcome
    status_code: int = 0


class Delivery(Document, frozen=True, kw_only=True):
    """One event for one receiver. queue: the subscription while it is PENDING, by which the sender finds receivers with
    work; else None. next_attempt_time: None unless it is PENDING. body: what is posted, the same in every attempt."""

    subscription_id: str
    partner_id: str = ""
    event_id: str
    event_type: str
    resource_id: str
    event_time: datetime
    state: DeliveryState
    queue: str | None = None
    attempt_count: int = 0
    attempts: tuple[Attempt, ...] = ()
    next_attempt_time: datetime | None = None
    create_time: datetime
    update_time: datetime
    body: bytes


class Receiver(Document, frozen=True, kw_only=True):
    """What the sender knows of a receiver; the id is that of its subscription. holder, lease_until: the process that
    sends to it. failing_since: every attempt since then has failed. pause_time: nothing is attempted before.
    subscription_version: that of its subscription for which both hold. full: the backlog has reached its bound.
    recover_since, recover_before: missed events between them go back into the queue."""

    holder: str = ""
    lease_until: datetime | None = None
    failing_since: datetime | None = None
    pause_time: datetime | None = None
    subscription_version: int = 0
    full: bool = False
    recover_since: datetime | None = None
    recover_before: datetime | None = None


def queued(delivery: Delivery, now: datetime) -> Delivery:
    """The delivery in the queue, at the beginning of its schedule."""
    return replace(
        delivery,
        state=DeliveryState.PENDING,
        queue=delivery.subscription_id,
        attempt_count=0,
        next_attempt_time=now,
        update_time=now,
    )


def missed(delivery: Delivery, now: datetime) -> Delivery:
    """The delivery out of the queue, without a further attempt."""
    return _ended(delivery, DeliveryState.MISSED, now)


def attempted(delivery: Delivery, attempt: Attempt, *, pause: timedelta, now: datetime) -> Delivery:
    """The delivery after an attempt. pause: for how long the receiver asked to be left alone."""
    shown = (*delivery.attempts, attempt)[-ATTEMPTS_SHOWN:]
    counted = replace(delivery, attempts=shown, attempt_count=delivery.attempt_count + 1, update_time=now)
    if attempt.outcome is AttemptOutcome.ACCEPTED:
        return _ended(counted, DeliveryState.DELIVERED, now)
    delay = delay_after(counted.attempt_count, counted.id)
    if delay is None:
        return _ended(counted, DeliveryState.GIVEN_UP, now)
    return replace(counted, next_attempt_time=now + max(delay, pause))


def after_attempts(receiver: Receiver, *, accepted: bool, pause: timedelta, now: datetime) -> Receiver:
    """The receiver after attempts that ran together. accepted: whether it took any of them. One that took none is left
    alone for a tenth of the time since when it fails, 5 minutes at most, or as long as it asked. The time begins anew
    after a silence in which there was nothing to send: one failure a month is no outage of a month."""
    if accepted:
        return replace(receiver, failing_since=None, pause_time=now + pause if pause else None)
    silent = receiver.pause_time is not None and now - receiver.pause_time > SILENCE
    since = now if silent or receiver.failing_since is None else receiver.failing_since
    own = min(max((now - since) / _PAUSE_SHARE, _PAUSE_AT_LEAST), _PAUSE_AT_MOST)
    return replace(receiver, failing_since=since, pause_time=now + max(own, pause))


def is_lost(receiver: Receiver, now: datetime) -> bool:
    """Whether every attempt has failed for so long that the subscription is disabled."""
    return receiver.failing_since is not None and now - receiver.failing_since >= DISABLED_AFTER


def leased(receiver: Receiver, holder: str, until: datetime | None) -> Receiver:
    """The receiver, to which a process sends until an instant; of nobody for an empty holder."""
    return replace(receiver, holder=holder, lease_until=until)


def forgiven(receiver: Receiver) -> Receiver:
    """The receiver as if nothing had failed: what it begins with once its subscription is enabled again."""
    return replace(receiver, failing_since=None, pause_time=None)


def as_changed(receiver: Receiver, version: int) -> Receiver:
    """The receiver for a version of its subscription: what was said of it before somebody changed the subscription
    counts no more, because the address or the key may be another one now."""
    if receiver.subscription_version == version:
        return receiver
    return replace(forgiven(receiver), subscription_version=version)


def filled(receiver: Receiver, full: bool) -> Receiver:
    """The receiver, whose backlog has reached its bound or has not."""
    return replace(receiver, full=full)


def asked_again(receiver: Receiver, since: datetime, now: datetime) -> Receiver:
    """The receiver, whose missed events since an instant go back into the queue, and those of an earlier question."""
    earliest = min(since, receiver.recover_since) if receiver.recover_since is not None else since
    return replace(receiver, recover_since=earliest, recover_before=now)


def recovered(receiver: Receiver) -> Receiver:
    """The receiver, of which nothing missed is left that was asked for."""
    return replace(receiver, recover_since=None, recover_before=None)


def _ended(delivery: Delivery, state: DeliveryState, now: datetime) -> Delivery:
    return replace(delivery, state=state, queue=None, next_attempt_time=None, update_time=now)
