"""How much one identity may ask of this process: calls begun in a second, streams open at once, messages of a stream.

Every process counts for itself: with three replicas an identity gets three times as much, and no call waits for a count
that is kept elsewhere.
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
    """More calls in a second than the identity's roles are given; nothing was done."""

    code, reason = Code.RESOURCE_EXHAUSTED, "TOO_MANY_CALLS"

    def __init__(self, limit: int, retry_after_seconds: float) -> None:
        super().__init__(f"more than {limit} calls in a second from one identity: slow down", limit=limit)
        self.retry_after_seconds = retry_after_seconds


class TooManyStreams(AppError):
    """More streams at once than the identity's roles are given; nothing was done."""

    code, reason = Code.RESOURCE_EXHAUSTED, "TOO_MANY_STREAMS"
    retry_after_seconds = _RETRY_SECONDS

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} streams at once from one identity: end one of them first", limit=limit)


class TooManyWaiting(AppError):
    """More calls at once than an identity may keep waiting for their messages, or than may wait until it is known whose
    they are; nothing was done."""

    code, reason = Code.RESOURCE_EXHAUSTED, "TOO_MANY_WAITING"
    retry_after_seconds = _RETRY_SECONDS

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"more than {limit} calls wait for their messages, or to be told apart: send headers and message together",
            limit=limit,
        )


class _Meter:
    """What one identity has used. `paid`: the instant up to which its calls so far use up its rate. A call waits for
    its message inside of a `with` block of the meter."""

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
    """The meters of all identities: whoever the call is for counts, whichever portal it comes through.

    At most `max_identities` of them. The ones that called least recently make room; a meter that was idle for a second
    is as good as a new one, so that nothing is lost as long as fewer identities than that call within a second.
    """

    def __init__(self, policy: Policy, *, max_identities: int = MAX_IDENTITIES) -> None:
        self._policy = policy
        self._most = max_identities
        self._meters: OrderedDict[str, _Meter] = OrderedDict()

    @property
    def identities(self) -> int:
        """How many have a meter."""
        return len(self._meters)

    def count(self, caller: Caller, at: float) -> None:
        """One more call, begun at this monotonic instant; TooManyCalls with the time after which one is let through.

        A generic cell rate algorithm (ITU-T I.371): as many calls at once as in a second, and evenly from then on.
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
        """One stream is open while the block runs; TooManyStreams."""
        meter = self._meter(caller)
        if meter.streams >= (limit := self._limits(caller).concurrent_streams):
            raise TooManyStreams(limit)
        meter.streams += 1
        try:
            yield
        finally:
            meter.streams -= 1

    def _meter(self, caller: Caller) -> _Meter:
        key = caller.on_behalf_of or caller.subject
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
        """Forget the identity that called least recently and has nothing open, if there are too many."""
        for key, meter in self._meters.items() if len(self._meters) > self._most else ():
            if not meter.streams and not meter.waiting:
                del self._meters[key]
                return

    def _limits(self, caller: Caller) -> Limits:
        return self._policy.limits_of(caller.roles, partner=bool(caller.partner_id))


async def at_most(messages: AsyncIterator[T], limit: int = MAX_STREAM_MESSAGES) -> AsyncIterator[T]:
    """The messages of a stream; TooLarge once there are more than that."""
    count = 0
    async for message in messages:
        count += 1
        if count > limit:
            raise TooLarge(f"the stream has more than {limit} messages: go on in another one", limit=limit)
        yield message
