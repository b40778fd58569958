"""What passes on a broker, event by event, for who only looks: read by sequence number, so that nothing is left out and
nothing is held in memory; what is published meanwhile only wakes the reader."""

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

import msgspec
from nats.aio.msg import Msg
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from libs.lifetime import stop_if_cancelled
from libs.messaging.envelope import Envelope
from libs.messaging.jetstream import BROKER_ERRORS, ConnectionLost, Session
from libs.messaging.streams import EVENTS, event_subject

LOOK_SECONDS = 0.5
WAKES_MESSAGES = 64
WAKES_BYTES = 4 * 1024**2


class Passed(NamedTuple):
    """A message of EVENTS. subject: without `prm.<cell>.`; stored: when the broker stored it; event: None if it is no
    event, then `fault` says why."""

    subject: str
    stored: datetime
    event: Envelope | None
    fault: str = ""


class Place(msgspec.Struct):
    """Where a follower is; it outlives his connections. since: events stored from then on, None: from now on.
    sequence: of the next message in EVENTS, 0 before the first connection."""

    since: datetime | None = None
    sequence: int = 0


class Follower:
    """Takes events from one connection. subject: as in the protos, or with wildcards."""

    def __init__(self, session: Session, subject: str, place: Place) -> None:
        self._session = session
        self._subject = event_subject(session.cell, subject)
        self._place = place
        self._woken = asyncio.Event()

    async def start(self) -> None:
        """Listen, and find the place; to be called once. ConnectionLost."""
        self._session.on_end(self._woken.set)
        try:
            # One that is not heard for lack of room is read all the same.
            await self._session.client.subscribe(
                self._subject, cb=self._wake, pending_msgs_limit=WAKES_MESSAGES, pending_bytes_limit=WAKES_BYTES
            )
            state = (await self._session.streams.stream_info(EVENTS)).state
            end = state.last_seq + 1
            if self._place.sequence:
                self._place.sequence = min(self._place.sequence, end)  # a broker that lost its files counts anew
            elif self._place.since is None:
                self._place.sequence = end
            else:
                self._place.sequence = await self._first(self._place.since, max(state.first_seq, 1), end)
        except BROKER_ERRORS as err:
            raise ConnectionLost from err

    async def take(self) -> Passed:
        """The next one; waits for it. ConnectionLost."""
        while True:
            stop_if_cancelled()  # the library's requests may swallow a cancellation
            self._woken.clear()
            if not self._session.alive:
                raise ConnectionLost
            if (raw := await self._next(self._place.sequence, self._subject)) is not None:
                assert raw.seq is not None
                self._place.sequence = raw.seq + 1
                return _passed(raw)
            # The broker may tell of an event before it has stored it, so waking alone is not enough.
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._woken.wait()

    async def _first(self, since: datetime, low: int, high: int) -> int:
        """The number of the first message stored at `since` or later, between `low` and `high`; the times of a stream
        only grow."""
        while low < high:
            middle = (low + high) // 2
            raw = await self._next(middle, ">")
            if raw is None or _stored(raw) >= since:
                high = middle
            else:
                assert raw.seq is not None
                low = raw.seq + 1
        return low

    async def _next(self, sequence: int, subject: str) -> RawStreamMsg | None:
        """The first message on the subject from this number on; None if there is none yet."""
        try:
            return await self._session.streams.get_msg(EVENTS, seq=sequence, subject=subject, next=True)
        except NotFoundError:
            return None
        except BROKER_ERRORS as err:
            raise ConnectionLost from err

    async def _wake(self, _: Msg) -> None:
        self._woken.set()


def _passed(raw: RawStreamMsg) -> Passed:
    subject = raw.subject or ""
    own = subject.split(".", 2)[-1]
    try:
        return Passed(own, _stored(raw), Envelope.read(subject, dict(raw.headers or {}), raw.data or b""))
    except ValueError as err:
        return Passed(own, _stored(raw), None, str(err))


def _stored(raw: RawStreamMsg) -> datetime:
    assert raw.time is not None
    return raw.time
