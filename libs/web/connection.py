"""One connection of the listener: uvicorn's protocol, with a bound where it has none.

Bounded here: the size of a request's headers, the time until they are complete, requests that a client sends before it
has its answer, and a client that does not read its answer. The body of a request is bounded by the app, which reads it.
"""

import asyncio
from asyncio import TimerHandle
from typing import Any

import httptools
import msgspec
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as UvicornConnection
from uvicorn.server import ServerState

from libs.tls import peers_of

PEERS = "peers"
"""The name, in the `state` of a scope, of those whom the client's certificate identifies; absent without TLS."""

ON_CLOSE = "on_close"
"""The name, in the `state` of a scope, under which an app leaves what is called if the connection is closed before its
answer."""

_PLAIN = "content-type: text/plain; charset=utf-8\r\nconnection: close\r\n"


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What clients may make a listener hold. head_bytes: the request line and headers. head_seconds: from the opening
    of the connection, or the first byte of a later request, until they are complete. idle_seconds: between an answer
    and the next request, and how long a client may take to read an answer. connections: open at once."""

    head_bytes: int = 16 * 1024
    head_seconds: float = 10.0
    idle_seconds: float = 60.0
    connections: int = 1_000


class Connection(UvicornConnection):
    """A connection within `bounds`."""

    def __init__(self, config: Config, state: ServerState, bounds: Bounds) -> None:
        super().__init__(config, state, {}, asyncio.get_running_loop())
        self._bounds = bounds
        self.timeout_keep_alive = bounds.idle_seconds  # type: ignore[assignment]  # whole seconds in its settings
        self._head_timer: TimerHandle | None = None
        self._reader_timer: TimerHandle | None = None
        self._in_head = True
        self._unparsed_bytes = self._head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Of asyncio.Protocol."""
        super().connection_made(transport)
        if (encrypted := transport.get_extra_info("ssl_object")) is not None:
            names = [str(one[1]) for one in (encrypted.getpeercert() or {}).get("subjectAltName", ())]
            self.app_state = {PEERS: peers_of(names)}
        if len(self.connections) > self._bounds.connections:
            self._refuse("503 Service Unavailable", "too many connections", "retry-after: 1\r\n")
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Of asyncio.Protocol."""
        self._stop_timer()
        self._stop_reader_timer()
        super().connection_lost(exc)
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.scope["state"].get(ON_CLOSE, _nothing)()
        self._unset_keepalive_if_required()

    def data_received(self, data: bytes) -> None:
        """Of asyncio.Protocol."""
        if self.transport.is_closing():
            return
        if self._in_head:
            self._unset_keepalive_if_required()
            self._await_head()
            self._unparsed_bytes += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self._refuse("400 Bad Request", "this is not an HTTP/1.1 request that is taken here")
        except httptools.HttpParserUpgrade:
            pass  # refused with the headers
        if self._in_head and self._unparsed_bytes > self._bounds.head_bytes:
            self._refuse_head()

    def on_message_begin(self) -> None:
        """Of the parser: a request begins."""
        super().on_message_begin()
        self._head_bytes = 0

    def on_url(self, url: bytes) -> None:
        """Of the parser."""
        self._head_bytes += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Of the parser; called for trailers too, which are not kept."""
        self._head_bytes += len(name) + len(value) + 4
        if self._head_bytes > self._bounds.head_bytes:
            self._refuse_head()
        elif self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Of the parser."""
        self._stop_timer()
        self._in_head, self._unparsed_bytes = False, 0
        if self.transport.is_closing():
            return
        if self.cycle is not None and not self.cycle.response_complete:
            self._refuse("400 Bad Request", "a request came before the former one was answered")
        elif not self.url.startswith(b"/"):
            self._refuse("400 Bad Request", "the target of a request is a path here")
        elif self.parser.should_upgrade():  # httptools would not read the body
            self._refuse("400 Bad Request", "only HTTP/1.1 is spoken here: do not offer an upgrade")
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Of the parser."""
        if self.cycle is not None and not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Of the parser: the request is complete."""
        self._in_head = True
        if self.cycle is not None and not self.transport.is_closing():
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Of the cycle: the answer is written, or waits for the client to read it."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._abort_later()

    def timeout_keep_alive_handler(self) -> None:
        """The connection was idle for its time, or the client still has not read its answer."""
        self.transport.abort()

    def pause_writing(self) -> None:
        """Of asyncio.Protocol: the client has not read what was written."""
        super().pause_writing()
        self._reader_timer = self.loop.call_later(self._bounds.idle_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Of asyncio.Protocol."""
        self._stop_reader_timer()
        super().resume_writing()

    def _await_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self._bounds.head_seconds, self._head_is_late)

    def _head_is_late(self) -> None:
        self._head_timer = None
        self._refuse("408 Request Timeout", f"no complete headers came within {self._bounds.head_seconds:.0f} s")

    def _refuse_head(self) -> None:
        limit = self._bounds.head_bytes
        self._refuse("431 Request Header Fields Too Large", f"the headers have more than {limit} bytes")

    def _refuse(self, status: str, why: str, headers: str = "") -> None:
        """Answer and close; the connection reads nothing more. Only closes if an answer is under way."""
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            text = f"HTTP/1.1 {status}\r\n{_PLAIN}{headers}content-length: {len(why) + 1}\r\n\r\n{why}\n"
            self.transport.write(text.encode())
        self.transport.close()
        self._abort_later()

    def _abort_later(self) -> None:
        self._stop_timer()
        self._head_timer = self.loop.call_later(self._bounds.idle_seconds, self.transport.abort)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _stop_reader_timer(self) -> None:
        if self._reader_timer is not None:
            self._reader_timer.cancel()
            self._reader_timer = None


def _nothing() -> None:
    """What an app leaves that left nothing."""


def configured(app: Any) -> Config:
    """Settings of uvicorn for these connections: no logs, headers or handlers of its own."""
    found = Config(
        app,
        http=Connection,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
    )
    found.load()
    return found
