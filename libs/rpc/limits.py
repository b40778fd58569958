"""The limits of one identity in this process: calls per second, open streams, waiting calls, messages of a stream.

Every process counts by itself: with three replicas an identity may make three times as many calls, and no call waits
for a shared count.
"""

from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

from libs.call import Caller
from libs.errors import AppError, Code
from libs.rpc.policy import Limits, Policy
from libs.rpc.status import TooLarge

MAX_IDENTITIES = 10_000
MAX_STREAM_MESSAGES = 1_000_000
MAX_WAITING = 500  # a quarter of the calls that a process has at once

_WINDOW_SECONDS = 1.0
_ROUNDING_SECONDS = 1e-9
_RETRY_SECONDS = 1.0

T = TypeVar("T")


class TooManyCalls(AppError):
    """More calls in a second than the identity's roles allow; nothing was done."""

    code, reason = Code.RESOURCE_EXHAUSTED, "TOO_MANY_CALLS"

    def __init__(self, limit: int, retry_after_seconds: float) -> None:
        super().__init__(f"more than {limit} calls in a second from one identity: slow down", limit=limit)
        self.retry_after_seconds = retry_after_seconds


class TooManyStreams(AppError):
    """More open streams than the identity's roles allow; nothing was done."""

    code, reason = Code.RESOURCE_EXHAUSTED, "TOO_MANY_STREAMS"
    retry_after_seconds = _RETRY_SECONDS

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} streams at once from one identity: end one of them first", limit=limit)


class TooManyWaiting(AppError):
    """Too many calls of one identity wait for their messages, or too many calls wait for their authentication; nothing
    was done."""

    code, reason = Code.RESOURCE_EXHAUSTED, "TOO_MANY_WAITING"
    retry_after_seconds = _RETRY_SECONDS

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"more than {limit} calls wait for their messages, or to be told apart: send headers and message together",
            limit=limit,
        )


class _Meter:
    """The use of one identity. seconds: per call at its rate. paid: the instant up to which its calls so far use up its
    rate. As a context manager it counts a waiting call while the block runs."""

    __slots__ = ("caller", "paid", "seconds", "streams", "waiting")

    def __init__(self) -> None:
        self.caller: Caller | None = None
        self.seconds = 0.0
        self.paid = 0.0
        self.streams = 0
        self.waiting = 0

    def __enter__(self) -> None:
        self.waiting += 1

    def __exit__(self, *failure: object) -> None:
        self.waiting -= 1


class Limiter:
    """The meters of all identities. A call counts for the person it is made for (`on_behalf_of`, else the subject).

    There are at most `max_identities` meters; the least recently used is dropped. A meter that was idle for a second
    equals a new one, so dropping changes nothing while fewer identities than that call within a second.
    """

    def __init__(self, policy: Policy, *, max_identities: int = MAX_IDENTITIES) -> None:
        self._policy = policy
        self._most = max_identities
        self._meters: OrderedDict[str, _Meter] = OrderedDict()

    @property
    def identities(self) -> int:
        """The number of meters."""
        return len(self._meters)

    def count(self, caller: Caller, at: float) -> None:
        """Count one call that began at this monotonic instant; TooManyCalls, with the seconds until one is accepted.

        The generic cell rate algorithm (ITU-T I.371): a burst of one second's calls, and after that an even rate.
        """
        meter = self._meter(caller)
        paid = (meter.paid if meter.paid > at else at) + meter.seconds
        early = paid - at - _WINDOW_SECONDS
        if early > _ROUNDING_SECONDS:
            raise TooManyCalls(self._limits(caller).calls_per_second, early)
        meter.paid = paid

    def waiting(self, caller: Caller) -> AbstractContextManager[None]:
        """Count one call that waits for its message, or for its authentication (ANONYMOUS), while the block runs;
        TooManyWaiting."""
        meter = self._meter(caller)
        if meter.waiting >= MAX_WAITING:
            raise TooManyWaiting(MAX_WAITING)
        return meter

    @contextmanager
    def stream(self, caller: Caller) -> Iterator[None]:
        """Count one open stream while the block runs; TooManyStreams."""
        meter = self._meter(caller)
        if meter.streams >= (limit := self._limits(caller).concurrent_streams):
            raise TooManyStreams(limit)
        meter.streams += 1
        try:
            yield
        finally:
            meter.streams -= 1

    def _meter(self, caller: Caller) -> _Meter:
        key = caller.identity
        meter = self._meters.get(key)
        if meter is None:
            meter = self._meters[key] = _Meter()
            self._make_room()
        else:
            self._meters.move_to_end(key)
        if meter.caller is not caller:  # another token of the same identity may come with other roles
            meter.caller = caller
            meter.seconds = _WINDOW_SECONDS / self._limits(caller).calls_per_second
        return meter

    def _make_room(self) -> None:
        """If there are too many meters, drop the least recently used one without open streams or waiting calls."""
        for key, meter in self._meters.items() if len(self._meters) > self._most else ():
            if not meter.streams and not meter.waiting:
                del self._meters[key]
                return

    def _limits(self, caller: Caller) -> Limits:
        return self._policy.limits_of(caller.roles, partner=bool(caller.partner_id))


async def at_most(messages: AsyncIterator[T], limit: int = MAX_STREAM_MESSAGES) -> AsyncIterator[T]:
    """The messages of a stream; TooLarge after `limit` of them."""
    count = 0
    async for message in messages:
        count += 1
        if count > limit:
            raise TooLarge(f"the stream has more than {limit} messages: go on in another one", limit=limit)
        yield message
