"""Calls in flight: headers, first message, deadline and outcome of each; the calls of a process."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
from grpc.aio import EOF  # type: ignore[attr-defined]  # grpc-stubs lack it

from libs.call import ANONYMOUS, Caller
from libs.clock import SystemClock, monotonic
from libs.errors import AppError, Code, InvalidInput, Violation
from libs.language import ENGLISH, HEADER_CHARS, chosen
from libs.logs import RequestLine, request_log
from libs.rpc.positions import HEADER as POSITION
from libs.rpc.purposes import HEADER as PURPOSE
from libs.rpc.status import DeadlineExceeded, Stopped, Stopping
from libs.telemetry import Attributes, Span

MIN_LEFT_SECONDS = 0.02
TICK_SECONDS = 0.05
FINISH_SECONDS = 0.1
QUIET_SECONDS, QUIET_AT_MOST_SECONDS = 0.2, 2.0

GRPC = "grpc"

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")
_LANGUAGE_CHARS = 35
_BUGS = ("INTERNAL", "UNKNOWN")
# What the conventions of OpenTelemetry count as a failure of the server.
_SERVERS_FAULT = frozenset({*_BUGS, "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "UNAVAILABLE", "DATA_LOSS"})


class Deadlines(msgspec.Struct, frozen=True):
    """The time limits of a call: without a deadline of the caller, at most, and from the headers until the first
    message is complete."""

    default_seconds: float
    max_seconds: float
    first_message_seconds: float


UNARY = Deadlines(default_seconds=30.0, max_seconds=60.0, first_message_seconds=10.0)
STREAM = Deadlines(default_seconds=900.0, max_seconds=7200.0, first_message_seconds=30.0)


class NoMessage(AppError):
    """The message of a call did not arrive in time after its headers; nothing was done."""

    code, reason = Code.DEADLINE_EXCEEDED, "NO_MESSAGE"


class InflightCall(msgspec.Struct, eq=False):
    """One call. started, until (its deadline): monotonic seconds. patience: when it is cancelled, which is before
    `until` while its first message has not arrived. system: the protocol, as OpenTelemetry names it. seconds: its time
    limit; after its end, its duration. Headers are bounded, and empty if absent. locale: the first language that the
    caller prefers; language: that of its refusals. interruption: why its task was cancelled. code, reason: its
    outcome."""

    method: str
    started: float
    seconds: float
    until: float
    patience: float
    system: str
    authorization: str = ""
    traceparent: str = ""
    locale: str = ENGLISH
    language: str = ENGLISH
    positions: tuple[str, ...] = ()
    purpose: str = ""
    caller: str = ""
    identity: Caller = ANONYMOUS
    request_id: str = ""
    messages: int = 0
    interruption: AppError | None = None
    code: str = ""
    reason: str = ""
    span: Span | None = None
    task: asyncio.Task[Any] | None = None


def arrive(method: str, context: Any, deadlines: Deadlines) -> InflightCall:
    """A new call, from its headers and its remaining time."""
    started = monotonic()
    left = context.time_remaining()
    seconds = deadlines.default_seconds if left is None else min(left, deadlines.max_seconds)
    until = started + seconds
    patience = min(until, started + deadlines.first_message_seconds)
    inflight = InflightCall(method, started, seconds, until, patience, system=getattr(context, "rpc_system", GRPC))
    for key, value in context.invocation_metadata() or ():
        if key == "traceparent":
            inflight.traceparent = value
        elif key == "authorization":  # of two, neither is taken for the caller's: together they are no token
            inflight.authorization = f"{inflight.authorization}, {value}" if inflight.authorization else value
        elif key == POSITION:
            inflight.positions += (value,)
        elif key == PURPOSE:
            inflight.purpose = value
        elif key == "accept-language":
            inflight.locale = _language(value[: _LANGUAGE_CHARS + 1])
            inflight.language = chosen(value[:HEADER_CHARS])
    return inflight


@lru_cache(maxsize=256)
def _language(header: str) -> str:
    """The first language of an `accept-language` header (BCP 47); English if it is malformed."""
    first = re.split("[,;]", header, maxsplit=1)[0].strip()
    return first if len(first) <= _LANGUAGE_CHARS and _LANGUAGE.fullmatch(first) else ENGLISH


def named_as(inflight: InflightCall) -> Attributes:
    """The attributes of a call that are known from its beginning."""
    return {"rpc.system.name": inflight.system, "rpc.method": inflight.method.removeprefix("/")}


def measured_as(inflight: InflightCall, code: str) -> Attributes:
    """The attributes of a call's duration, by the semantic conventions of OpenTelemetry for RPC."""
    about = {**named_as(inflight), "rpc.response.status_code": code}
    return about | {"error.type": code} if code in _SERVERS_FAULT else about


class InflightCalls:
    """The calls of a process: cancels those whose deadline has passed, and logs those that ended.

    One timer does both, and ticks only while there are calls. Deadlines are therefore noticed, and lines logged, up to
    `TICK_SECONDS` late, and a killed process loses the lines of that time. A timer and a log write per call would cost
    more than the rest of the wrapper.
    """

    def __init__(self, record: Callable[[float, Attributes], None]) -> None:
        self._record = record
        self._write = request_log()
        self._running: set[InflightCall] = set()
        self._ended: list[InflightCall] = []
        self._ticking = False
        self._closed = False
        self._refused = 0.0
        self._idle = asyncio.Event()

    def begin(self, inflight: InflightCall) -> None:
        """Register a call: the current task is cancelled when the call's time is over. DeadlineExceeded if less than
        MIN_LEFT_SECONDS are left, Stopping if the process takes no more calls."""
        if self._closed:
            self._refused = inflight.started
            raise Stopping("this process is stopping, nothing was done; another one, or the next, takes the call")
        if inflight.seconds < MIN_LEFT_SECONDS:
            raise DeadlineExceeded(f"less than {MIN_LEFT_SECONDS * 1000:.0f} ms were left on arrival, nothing was done")
        inflight.task = asyncio.current_task()
        self._running.add(inflight)
        self._keep_ticking()

    def end(self, inflight: InflightCall, code: str) -> None:
        """Unregister a call that has ended, and log it later. code: the name of its status."""
        inflight.seconds = monotonic() - inflight.started
        inflight.code = code
        inflight.task = None
        if inflight.span is not None:
            inflight.span.end(code, failed=code in _BUGS)
        self._running.discard(inflight)
        self._ended.append(inflight)
        if self._closed and not self._running:
            self._idle.set()
        self._keep_ticking()

    async def close(self, seconds: float) -> None:
        """Refuse new calls, and return when the running ones have ended and no call was refused for QUIET_SECONDS, for
        which it waits two seconds at most. Calls that still run after `seconds` are cancelled with Stopped."""
        self._closed = True
        begun = monotonic()
        if self._running:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._idle.wait()
        await self._quiet(min(seconds - (monotonic() - begun), QUIET_AT_MOST_SECONDS))
        for inflight in list(self._running):
            _interrupt(
                inflight, Stopped("the process stopped before this was done; a change may or may not have happened")
            )

    async def _quiet(self, at_most_seconds: float) -> None:
        """Return when no call was refused for `QUIET_SECONDS`. Time is counted in pauses of the event loop: while a
        busy machine does not run the loop, no call can be refused either."""
        quiet = 0
        for _ in range(round(at_most_seconds / TICK_SECONDS)):
            before = self._refused
            await asyncio.sleep(TICK_SECONDS)
            quiet = quiet + 1 if self._refused == before else 0
            if quiet * TICK_SECONDS >= QUIET_SECONDS:
                return

    def flush(self) -> None:
        """Log the calls that have ended, and record their durations."""
        if not self._ended:
            return
        ended, self._ended = self._ended, []
        wall, now = SystemClock().now(), monotonic()
        for one in ended:
            self._record(one.seconds, measured_as(one, one.code))
        self._write([_line(one, wall - timedelta(seconds=now - one.started - one.seconds)) for one in ended])

    def _keep_ticking(self) -> None:
        if not self._ticking:
            self._ticking = True
            asyncio.get_running_loop().call_later(TICK_SECONDS, self._tick)

    def _tick(self) -> None:
        now = monotonic()
        for inflight in [one for one in self._running if one.patience <= now]:
            self._running.discard(inflight)
            _interrupt(inflight, _too_late(inflight))
        if self._closed and not self._running:
            self._idle.set()
        self._ticking = False
        if self._running:
            self._keep_ticking()
        self.flush()  # last, so that an error in writing the log does not stop the deadlines


def _line(inflight: InflightCall, time: datetime) -> RequestLine:
    return RequestLine(
        time=time,
        level="info",
        method=inflight.method,
        code=inflight.code,
        ms=round(inflight.seconds * 1000, 2),
        caller=inflight.caller,
        reason=inflight.reason,
        request_id=inflight.request_id,
        messages=inflight.messages,
        trace=inflight.span.trace_id if inflight.span else "",
    )


async def first_message(inflight: InflightCall, context: Any) -> bytes:
    """The first message of a call; InvalidInput if the call ends without one."""
    body = await context.read()
    if body is EOF:
        raise InvalidInput([Violation("", "the call ended without a message", "NO_MESSAGE")])
    inflight.patience = inflight.until
    message: bytes = body
    return message


def _too_late(inflight: InflightCall) -> AppError:
    if inflight.patience < inflight.until:
        waited = inflight.patience - inflight.started
        return NoMessage(f"no message came within {waited:.0f} s of the headers, nothing was done")
    return DeadlineExceeded("the time for this call is over; a change may or may not have happened")


async def let_finish(messages: AsyncIterator[object]) -> None:
    """Read for up to FINISH_SECONDS what a client still sends to a stream that is refused: a grpc.aio client loses the
    reason of a refusal that arrives while it writes (github.com/grpc/grpc/issues/36066)."""
    with suppress(TimeoutError):
        async with asyncio.timeout(FINISH_SECONDS):
            async for _ in messages:
                pass


def interrupted(err: BaseException, inflight: InflightCall) -> AppError | None:
    """The reason if InflightCalls cancelled the task of this call, whose cancellation is then undone; else None."""
    if inflight.interruption is None or not isinstance(err, asyncio.CancelledError):
        return None
    return inflight.interruption if inflight.task is not None and inflight.task.uncancel() == 0 else None


def _interrupt(inflight: InflightCall, why: AppError) -> None:
    inflight.interruption = why
    if inflight.task is not None:
        inflight.task.cancel()
