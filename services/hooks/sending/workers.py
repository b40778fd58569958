"""The sender: finds receivers with work, and sends to each of them in a task of its own, so that none waits for
another."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial

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
    Attempted,
    judge_receiver,
    lease,
    ready_receivers,
    record_attempt,
    release,
)
from services.hooks.settings import Env, Settings
from services.hooks.subscriptions.domain.subscription import Subscription
from services.hooks.subscriptions.reads import signing_keys

IN_FLIGHT = 32
RECEIVERS_AT_ONCE = 200
RECEIVERS_LOOKED_AT = 500
POLL_SECONDS = 1.0
AGENT = "prm-hooks/1"

_ACCEPTED = range(200, 300)
_GONE = 410

log = structlog.get_logger()


class Sender:
    """Sends what is due, with one task for each receiver."""

    def __init__(self, env: Env, poster: Poster) -> None:
        self._env = env
        self._poster = poster
        self._holder = unique()
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._after = ""

    async def run(self) -> None:
        """Send until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._env.settings.woken.clear()
                for subscription in (await self._ready()).values():
                    task = group.create_task(self._serve_logged(subscription))
                    self._busy[subscription.id] = task
                    task.add_done_callback(partial(self._ended, subscription.id))
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._env.settings.woken.wait()

    async def send_due(self) -> int:
        """Send everything that is due once, and wait for it; to how many receivers. For tests and nobody else."""
        ready = await self._ready()
        await asyncio.gather(*[self._serve(one) for one in ready.values()])
        return len(ready)

    async def _ready(self) -> Mapping[str, Subscription]:
        """The next receivers with work to which nobody sends, as many as there is room for; every receiver gets its
        turn, also if more have work than are looked at together."""
        room = RECEIVERS_AT_ONCE - len(self._busy)
        if room <= 0:
            return {}
        try:
            found = await receivers_with_work(self._env.store, self._after, RECEIVERS_LOOKED_AT)
            self._after = found[-1] if len(found) == RECEIVERS_LOOKED_AT else ""
            idle = [one for one in found if one not in self._busy]
            ready = await ready_receivers(self._env, idle, self._holder)
        except (AppError, StoreError) as err:
            log.warning("receivers_not_read", cause=err)
            return {}
        return dict(list(ready.items())[:room])

    def _ended(self, subscription_id: str, _: asyncio.Task[None]) -> None:
        self._busy.pop(subscription_id, None)

    async def _serve_logged(self, subscription: Subscription) -> None:
        try:
            await self._serve(subscription)
        except (AppError, StoreError) as err:
            log.warning("receiver_put_off", subscription=subscription.id, cause=err)

    async def _serve(self, subscription: Subscription) -> None:
        """Send to one receiver what is due, until nothing is, or it fails."""
        env, own = self._env, subscription.id
        if not await due_deliveries(env.store, own, env.clock.now(), 1):
            return
        keys = signing_keys(env, subscription)
        try:
            while (receiver := await lease(env, own, self._holder)) is not None:
                width = IN_FLIGHT if receiver.failing_since is None else 1
                due = await due_deliveries(env.store, own, env.clock.now(), width)
                if not due or not await self._send_together(subscription, keys, due):
                    break
        finally:
            await asyncio.shield(release(env, own, self._holder))

    async def _send_together(
        self, subscription: Subscription, keys: Sequence[Key], due: Sequence[Loaded[Delivery]]
    ) -> bool:
        """Attempt deliveries of one receiver together; whether to continue with it now."""
        done = await asyncio.gather(*[self._attempt(subscription.url, keys, one) for one in due])
        return await judge_receiver(self._env, subscription.id, done)

    async def _attempt(self, url: str, keys: Sequence[Key], loaded: Loaded[Delivery]) -> Attempted:
        clock, delivery = self._env.clock, loaded.value
        begun = clock.now()
        headers = signed_headers(keys, delivery.event_id, delivery.body, begun)
        headers |= {"content-type": CONTENT_TYPE, "user-agent": AGENT}
        answer = await self._poster.post(url, delivery.body, headers)
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
