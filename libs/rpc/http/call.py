"""One request of the Connect protocol (connectrpc.com/docs/protocol), as a context that the wrapper knows from gRPC."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

import msgspec
from google.rpc.status_pb2 import Status

from libs.errors import InvalidInput, Violation
from libs.rpc.callers import PEER_NAMES
from libs.rpc.decode import too_large
from libs.web.connection import ON_CLOSE, PEERS
from libs.web.port import Receive, Scope

TIMEOUT, VERSION, ENCODING = "connect-timeout-ms", "connect-protocol-version", "content-encoding"
DRAIN_SECONDS, DRAIN_BYTES = 0.1, 64 * 1024

_TIMEOUT_DIGITS = 10
_VERSION = "1"


class Aborted(Exception):
    """The wrapper has ended the call with this status."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.message)
        self.status = status


class Head(msgspec.Struct, frozen=True):
    """The headers of a request. media: `content-type` in lower case, without parameters. length: as announced; -1 if it
    is not. seconds: until the deadline; None without one. rest: all others, for the wrapper."""

    media: str
    encoding: str
    length: int
    seconds: float | None
    rest: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, headers: Iterable[tuple[bytes, bytes]]) -> "Head":
        """InvalidInput if one that the protocol defines is malformed."""
        named: dict[str, str] = {}
        rest = []
        for raw_name, raw_value in headers:
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            if name in ("content-type", "content-length", ENCODING, TIMEOUT, VERSION):
                named[name] = value
            else:
                rest.append((name, value))
        if named.get(VERSION, _VERSION) != _VERSION:
            raise InvalidInput([Violation(VERSION, f"is not {_VERSION}, the only version", "UNKNOWN_VALUE")])
        return cls(
            media=named.get("content-type", "").partition(";")[0].strip().lower(),
            encoding=named.get(ENCODING, "identity"),
            length=int(named.get("content-length", -1)),  # the parser has checked it
            seconds=_seconds(named[TIMEOUT]) if TIMEOUT in named else None,
            rest=tuple(rest),
        )


class HttpCall:
    """A call that the wrapper can serve: what it asks of a context of gRPC, over a request of ASGI."""

    rpc_system = "connectrpc"
    __slots__ = ("_head", "_max_bytes", "_peers", "_receive", "_state", "_task", "gone", "trailers", "unread")

    def __init__(self, head: Head, scope: Scope, receive: Receive, *, max_bytes: int) -> None:
        """max_bytes: of the body."""
        self._head = head
        self._state: dict[str, Any] = scope["state"]
        self._peers: Iterable[str] = self._state.get(PEERS, ())
        self._task: asyncio.Task[Any] | None = None
        self._receive = receive
        self._max_bytes = max_bytes
        self.trailers: tuple[tuple[str, str], ...] = ()
        self.unread = True
        self.gone = False

    @contextmanager
    def ends_with_its_client(self) -> Iterator[None]:
        """Cancels the block if the client closes the connection."""
        self._task, self._state[ON_CLOSE] = asyncio.current_task(), self._leave
        try:
            yield
        finally:
            del self._state[ON_CLOSE]

    def _leave(self) -> None:
        if self._task is not None and not self.gone:
            self.gone = True
            self._task.cancel()

    def time_remaining(self) -> float | None:
        """Seconds until the deadline of the caller; None without one."""
        return self._head.seconds

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        """The headers."""
        return self._head.rest

    def auth_context(self) -> Mapping[str, Iterable[bytes]]:
        """The names in the certificate of the caller, as gRPC has them."""
        return {PEER_NAMES: [name.encode() for name in self._peers]}

    async def read(self) -> bytes:
        """The body; TooLarge as soon as that is known, CancelledError if the caller has gone."""
        if self._head.length > self._max_bytes:
            raise too_large(self._head.length, self._max_bytes)
        pieces, size = list[bytes](), 0
        while self.unread:
            if (piece := await self._next()) is None:
                raise asyncio.CancelledError
            pieces.append(piece)
            size += len(piece)
            if size > self._max_bytes:
                raise too_large(size, self._max_bytes)
        return b"".join(pieces)

    async def drain(self) -> bool:
        """Read what is left of a body that nobody wants, for a moment: a client may only read its answer when it has
        sent everything. False if there is more, so that the connection cannot go on."""
        left = DRAIN_BYTES
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while self.unread and left > 0 and self._head.length <= DRAIN_BYTES:
                    left -= len(await self._next() or b"")
        return not self.unread

    def set_trailing_metadata(self, trailers: tuple[tuple[str, str], ...]) -> None:
        """Set what goes with the answer beside its body."""
        self.trailers = trailers

    async def abort(self, code: object, message: str, trailers: tuple[tuple[str, bytes], ...]) -> NoReturn:
        """End the call with the status in the trailer, which has everything; always raises Aborted."""
        [(_, status)] = trailers
        raise Aborted(Status.FromString(status))

    async def _next(self) -> bytes | None:
        """The next piece of the body; None if the caller has gone."""
        event: Any = await self._receive()
        self.gone = event["type"] == "http.disconnect"
        self.unread = event.get("more_body", False)
        found: bytes | None = None if self.gone else event.get("body", b"")
        return found


def _seconds(value: str) -> float:
    if not (value.isascii() and value.isdigit() and len(value) <= _TIMEOUT_DIGITS):
        what = f"must be milliseconds, {_TIMEOUT_DIGITS} digits at most"
        raise InvalidInput([Violation(TIMEOUT, what, "WRONG_TYPE")])
    return int(value) / 1000
