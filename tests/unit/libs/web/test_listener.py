"""A listener bounds what a client can make it hold, and says so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from libs.config import ConfigError
from libs.web.connection import Bounds
from libs.web.listener import Listener
from libs.web.port import Receive, Scope, Send
from tests.waiting import until

VARIABLE = "PRM_HTTP_LISTEN"
BOUNDS = Bounds(head_bytes=1_000)
GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


class Echo:
    """Answers with the body, as soon as `go` is set; `began` counts the requests."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.go.set()
        self.began = 0
        self.answer = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.began += 1
        body, more = b"", True
        while more:
            event = await receive()
            if event["type"] == "http.disconnect":
                return
            body, more = body + event["body"], event["more_body"]
        await self.go.wait()
        body = self.answer or body
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def listening(app: Echo, bounds: Bounds = BOUNDS) -> AsyncIterator[int]:
    """The port of a listener."""
    listener = Listener(app, bounds)
    address = await listener.start("127.0.0.1:0", variable=VARIABLE)
    try:
        yield int(address.rpartition(":")[2])
    finally:
        await listener.stop(0.2)


async def said(port: int, *parts: bytes) -> bytes:
    """Everything that comes back before the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await writer.drain()
    async with asyncio.timeout(10):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b"reset"
        finally:
            writer.close()


def post(body: bytes, *headers: str) -> bytes:
    """A request with this body, after which the server closes."""
    lines = ["POST / HTTP/1.1", "host: x", "connection: close", f"content-length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def test_a_request_is_answered_by_the_app() -> None:
    async with listening(Echo()) as port:
        assert (await said(port, post(b"hello"))).endswith(b"\r\n\r\nhello")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"y" * 1_000 + b"\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"y" * 1_100, b"431"),
        (b"GET /" + b"y" * 1_100, b"431"),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n", b"431"),
        (b"POST / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\ncontent-length: 1\r\n\r\nx", b"400"),
        (b"no HTTP at all\r\n\r\n", b"400"),
        (b"GET http://elsewhere/ HTTP/1.1\r\nhost: x\r\n\r\n", b"400"),
        (b"CONNECT elsewhere:443 HTTP/1.1\r\nhost: x\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n", b"400"),
    ],
)
async def test_what_is_no_request_or_too_large_is_refused(request_bytes: bytes, status: bytes) -> None:
    app = Echo()
    async with listening(app) as port:
        assert (await said(port, request_bytes)).startswith(b"HTTP/1.1 " + status)
    assert not app.began


async def test_a_body_that_is_no_body_ends_the_connection() -> None:
    async with listening(Echo()) as port:
        head = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
        assert await said(port, head, b"zz\r\n") in (b"", b"reset")


async def test_headers_that_do_not_come_are_not_waited_for() -> None:
    async with listening(Echo(), Bounds(head_seconds=0.05)) as port:
        assert (await said(port, b"GET / HTTP/1.1\r\nhost")).startswith(b"HTTP/1.1 408")
        assert (await said(port)).startswith(b"HTTP/1.1 408")


async def test_empty_lines_do_not_keep_a_connection_open() -> None:
    async with listening(Echo(), Bounds(head_seconds=0.05, idle_seconds=0.5)) as port:
        assert (await said(port, GET, b"\r\n", b"\r\n")).startswith(b"HTTP/1.1 200")


async def test_an_idle_connection_is_closed() -> None:
    async with listening(Echo(), Bounds(idle_seconds=0.5)) as port:
        assert (await said(port, GET)).startswith((b"HTTP/1.1 200", b"reset"))


async def test_a_second_request_before_the_first_answer_closes_the_connection() -> None:
    app = Echo()
    app.go.clear()
    async with listening(app) as port:
        assert await said(port, GET * 50) in (b"", b"reset")
    assert app.began == 1


async def test_connections_are_counted() -> None:
    async with listening(Echo(), Bounds(connections=1)) as port:
        _, first = await asyncio.open_connection("127.0.0.1", port)
        await until(lambda: said_503(port))
        first.close()
        await until(lambda: said_200(port))


async def said_503(port: int) -> bool:
    """Whether a connection is one too many."""
    return (await said(port, post(b""))).startswith(b"HTTP/1.1 503")


async def said_200(port: int) -> bool:
    """Whether a request is served."""
    return (await said(port, post(b""))).startswith(b"HTTP/1.1 200")


async def test_who_does_not_read_the_answer_is_left() -> None:
    app = Echo()
    app.answer = b"x" * 50_000_000
    listener = Listener(app, Bounds(idle_seconds=0.5))
    address = await listener.start("127.0.0.1:0", variable=VARIABLE)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]), limit=1_000)
    writer.write(GET)
    await until(lambda: app.began == 1)
    await until(lambda: not listener.connections)
    assert not reader.at_eof()
    writer.close()
    await listener.stop(0)


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0:7480", "127.0.0.1:99999"])
async def test_an_address_that_cannot_be_listened_on_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match=VARIABLE):
        await Listener(Echo()).start(address, variable=VARIABLE)


async def test_an_address_in_use_is_refused() -> None:
    async with listening(Echo()) as port:
        with pytest.raises(ConfigError, match=f"{VARIABLE}.*{port}"):
            await Listener(Echo()).start(f"127.0.0.1:{port}", variable=VARIABLE)
