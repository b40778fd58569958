"""Pulls messages from a durable consumer in batches, on an inbox of its own (`fetch` costs three times as much)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import msgspec
import structlog
from nats.aio.msg import Msg

from libs.messaging.jetstream import BROKER_ERRORS, ConnectionLost, Session

log = structlog.get_logger()

BATCH_MESSAGES = 256
EXPIRES_SECONDS = 10

_LOST_AFTER_SECONDS = EXPIRES_SECONDS + 2.0
_NOTHING_NOW = ("404", "408")
_NANOS = 10**9


class PullFailed(Exception):
    """The broker refuses to deliver: the consumer does not exist, is moving to another server, or has too many pull
    requests. Check that it exists and start again."""


class Puller:
    """Messages of one durable consumer; `pulling` makes one.

    One request is in flight while the batch before it is processed, so that at most two batches are in memory.
    """

    def __init__(self, session: Session, durable: str, batch: int) -> None:
        self._session = session
        self._batch = batch
        self._inbox = session.client.new_inbox()
        self._request_subject = f"$JS.API.CONSUMER.MSG.NEXT.{session.stream}.{durable}"
        self._request = msgspec.json.encode({"batch": batch, "expires": EXPIRES_SECONDS * _NANOS})
        self._left = 0
        self._refusal = ""
        self._closed = False
        self._arrived = asyncio.Event()
        self.buffered: list[Msg] = []

    async def start(self) -> None:
        """Subscribe to the inbox. Raises BROKER_ERRORS."""
        self._session.on_end(self._arrived.set)
        self._subscription = await self._session.client.subscribe(self._inbox, cb=self._on_message)

    async def take(self) -> list[Msg]:
        """The next messages, 1 to `batch`, in the order of the stream; waits for the first. After `close` it waits for
        ever. ConnectionLost, PullFailed."""
        while True:
            self._arrived.clear()
            if self.buffered and not self._closed:
                break
            if not self._session.alive:
                raise ConnectionLost
            if self._refusal:
                raise PullFailed(self._refusal)
            await self._ask_for_more()
            try:
                async with asyncio.timeout(_LOST_AFTER_SECONDS):
                    await self._arrived.wait()
            except TimeoutError:
                self._left = 0  # the request is lost, for example with a server behind the one that we are connected to
        taken, self.buffered = self.buffered[: self._batch], self.buffered[self._batch :]
        await self._ask_for_more()
        return taken

    async def close(self) -> list[Msg]:
        """Stop pulling; the messages that have arrived and not been taken. The request in flight is withdrawn first,
        otherwise returned messages would be delivered here again."""
        self._closed = True
        with suppress(*BROKER_ERRORS):
            await self._subscription.drain()  # type: ignore[no-untyped-call]  # the library leaves it untyped
        left, self.buffered = self.buffered, []
        return left

    async def stop(self) -> None:
        """Unsubscribe; the broker delivers messages that still arrive again, to any process."""
        with suppress(*BROKER_ERRORS):
            await self._subscription.unsubscribe()

    async def _ask_for_more(self) -> None:
        if self._left == 0 and not self._closed and len(self.buffered) < self._batch:
            self._left = self._batch
            with suppress(*BROKER_ERRORS):
                await self._session.client.publish(self._request_subject, self._request, self._inbox)

    async def _on_message(self, msg: Msg) -> None:
        status = msg.headers.get("Status") if msg.headers and not msg.data else None
        if status is None:
            self._left = max(self._left - 1, 0)
            self.buffered.append(msg)
        elif status != "100":
            self._left = 0
            if status not in _NOTHING_NOW:
                self._refusal = f"{status} {(msg.headers or {}).get('Description', '')}".strip()
        self._arrived.set()


@asynccontextmanager
async def pulling(session: Session, durable: str, *, batch: int = BATCH_MESSAGES) -> AsyncIterator[Puller]:
    """A puller that is subscribed while the block runs. Raises BROKER_ERRORS."""
    puller = Puller(session, durable, batch)
    await puller.start()
    try:
        yield puller
    finally:
        await puller.stop()
