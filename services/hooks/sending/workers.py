"""The sender: finds receivers with work, and sends to each of them in a task of its own, so that none waits for
another."""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple, TypeVar

import structlog

from libs.errors import AppError
from libs.ids import unique
from libs.outbound.posting import Answer, Poster
from libs.outbound.signing import Key, signed_headers
from libs.runtime.service import Worker
from libs.store.port import Loaded, StoreError
from services.hooks.deliveries.domain.delivery import Attempt, Delivery
from services.hooks.deliveries.domain.schedule import asked_pause
from services.hooks.deliveries.domain.states import AttemptOutcome
from services.hooks.deliveries.reads import due_deliveries, receivers_with_work
from services.hooks.deliveries.wire import CONTENT_TYPE
from services.hooks.sending.usecases import (
    NAME,
    RECEIVERS_AT_ONCE,
    Attempted,
    Ready,
    chosen,
    judge_receiver,
    lease,
    ready_receivers,
    record_attempt,
    release,
)
from services.hooks.settings import Env, Settings
from services.hooks.subscriptions.domain.states import SubscriptionState
from services.hooks.subscriptions.reads import out_of_business, signing_keys, subscriptions_by_id

IN_FLIGHT = 32
RECEIVERS_LOOKED_AT = 500
POLL_SECONDS = 1.0
LOOK_SECONDS = 0.05  # between two looks, however fast deliveries come in: each look reads once for each receiver
KEYS_HELD = timedelta(minutes=5)
AGENT = "prm-hooks/1"

_ACCEPTED = range(200, 300)
_GONE = 410

T = TypeVar("T")

log = structlog.get_logger()


class Target(NamedTuple):
    """Where a receiver is and what signs for it. version: of its subscription. until: then a key may have expired."""

    url: str
    keys: tuple[Key, ...]
    version: int
    until: datetime


class Sender:
    """Sends what is due, with one task for each receiver."""

    def __init__(self, env: Env, poster: Poster) -> None:
        self._env = env
        self._poster = poster
        self._holder = unique()
        self._busy: dict[str, Ready] = {}
        self._after = ""

    async def run(self) -> None:
        """Send until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._env.settings.woken.clear()
                for one in await self._ready():
                    self._busy[one.id] = one
                    group.create_task(self._serve_logged(one.id)).add_done_callback(partial(self._ended, one.id))
                await asyncio.sleep(LOOK_SECONDS)
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._env.settings.woken.wait()

    async def send_due(self) -> int:
        """Send everything that is due once, and wait for it; to how many receivers. For tests and nobody else."""
        ready = await self._ready()
        await _all([self._serve(one.id) for one in ready])
        return len(ready)

    async def _ready(self) -> Sequence[Ready]:
        """The next receivers with work to which nobody sends, as many as there is room for; every receiver gets its
        turn, also if more have work than are looked at together."""
        if len(self._busy) >= RECEIVERS_AT_ONCE:
            return ()
        try:
            found = await receivers_with_work(self._env.store, self._after, RECEIVERS_LOOKED_AT)
            self._after = found[-1] if len(found) == RECEIVERS_LOOKED_AT else ""
            idle = [one for one in found if one not in self._busy]
            ready = await ready_receivers(self._env, idle, self._holder)
        except (AppError, StoreError) as err:
            log.warning("receivers_not_read", cause=err)
            return ()
        return chosen(ready, self._busy.values())

    def _ended(self, subscription_id: str, _: object) -> None:
        self._busy.pop(subscription_id, None)

    async def _serve_logged(self, subscription_id: str) -> None:
        try:
            await self._serve(subscription_id)
        except (AppError, StoreError) as err:
            log.warning("receiver_put_off", subscription=subscription_id, cause=err)

    async def _serve(self, subscription_id: str) -> None:
        """Send to one receiver what is due, until nothing is, or it fails, or its subscription is not active."""
        env = self._env
        target: Target | None = None
        if not await due_deliveries(env.store, subscription_id, env.clock.now(), 1):
            return
        try:
            while (target := await self._target(subscription_id, target)) is not None:
                receiver = await lease(env, subscription_id, self._holder, version=target.version)
                if receiver is None:
                    break
                width = IN_FLIGHT if receiver.failing_since is None else 1
                due = await due_deliveries(env.store, subscription_id, env.clock.now(), width)
                if not due:
                    break
                done = await _all([self._attempt(target, one) for one in due])
                if not await judge_receiver(env, subscription_id, done, version=target.version):
                    break
        finally:
            with suppress(AppError, StoreError):  # whoever comes next waits for the end of the lease
                await asyncio.shield(release(env, subscription_id, self._holder))

    async def _target(self, subscription_id: str, known: Target | None) -> Target | None:
        """Where to send to and with which keys, as they are now; None if the subscription is not active, or
        its partner not in business."""
        found = (await subscriptions_by_id(self._env.store, [subscription_id])).get(subscription_id)
        if found is None or found.value.state is not SubscriptionState.ACTIVE:
            return None
        if await out_of_business(self._env.store, [found.value]):
            return None
        now = self._env.clock.now()
        if known is not None and known.version == found.value.version and known.until > now:
            return known
        expiring = [key.expire_time for key in found.value.signing(now) if key.expire_time is not None]
        until = min(expiring, default=now + KEYS_HELD)
        return Target(found.value.url, signing_keys(self._env, found.value), found.value.version, until)

    async def _attempt(self, target: Target, loaded: Loaded[Delivery]) -> Attempted:
        clock, delivery = self._env.clock, loaded.value
        begun = clock.now()
        headers = signed_headers(target.keys, delivery.event_id, delivery.body, begun)
        headers |= {"content-type": CONTENT_TYPE, "user-agent": AGENT}
        answer = await self._poster.post(target.url, delivery.body, headers)
        taken = clock.now() - begun
        attempt = Attempt(
            time=begun,
            duration_ms=max(0, taken // timedelta(milliseconds=1)),
            outcome=outcome_of(answer),
            status_code=answer.status,
        )
        done = Attempted(loaded, attempt, asked_pause(answer.retry_after, clock.now()))
        await record_attempt(self._env, done)
        return done


async def _all(works: Sequence[Coroutine[None, None, T]]) -> list[T]:
    """What the works return; all have ended when the first failure is raised."""
    found = await asyncio.gather(*works, return_exceptions=True)
    for one in found:
        if isinstance(one, BaseException):
            raise one
    return [one for one in found if not isinstance(one, BaseException)]


def outcome_of(answer: Answer) -> AttemptOutcome:
    """What an answer means for the delivery."""
    if answer.failure is not None:
        return AttemptOutcome[answer.failure.name]
    if answer.status in _ACCEPTED:
        return AttemptOutcome.ACCEPTED
    return AttemptOutcome.GONE if answer.status == _GONE else AttemptOutcome.REFUSED


async def send_deliveries(env: Env) -> None:
    """Send until cancelled. What is in flight then is sent again by whoever comes next."""
    settings = env.settings
    async with Poster(settings.resolver(), loopback=settings.policy.loopback, tls=settings.tls) as poster:
        await Sender(env, poster).run()


WORKERS: tuple[Worker[Settings], ...] = (Worker(NAME, send_deliveries),)
