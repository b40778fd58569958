"""Receivers of webhooks on loopback, which answer as a test says."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiohttp import web

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Got(NamedTuple):
    """A request that arrived."""

    headers: dict[str, str]
    body: bytes


class Inbox:
    """What a receiver got. url: where it listens; answers: what it says, a status or how to answer."""

    def __init__(self) -> None:
        self.url = ""
        self.port = 0
        self.got: list[Got] = []
        self.answer: int | Answering = 204
        self.headers: dict[str, str] = {}

    @property
    def ids(self) -> list[str]:
        """The ids of the webhooks, in the order in which they came."""
        return [one.headers["webhook-id"] for one in self.got]

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Keep the request, and answer."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.got.append(Got(headers, await request.read()))
        if isinstance(self.answer, int):
            return web.Response(status=self.answer, headers=self.headers)
        return await self.answer(request)


@asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> AsyncIterator[Inbox]:
    """A receiver that runs while the block runs."""
    inbox = Inbox()
    app = web.Application()
    app.router.add_post("/{path:.*}", inbox.take)
    app.router.add_get("/{path:.*}", inbox.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, host, 0, ssl_context=tls)
    await site.start()
    inbox.port = runner.addresses[0][1]
    inbox.url = f"{'https' if tls else 'http'}://{host}:{inbox.port}/hooks"
    try:
        yield inbox
    finally:
        await runner.cleanup()


@asynccontextmanager
async def saying(data: bytes, *, again: bool = False) -> AsyncIterator[str]:
    """A server that reads a request and writes these bytes, once or for as long as anybody reads; its URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(data)
            await writer.drain()
            while again:
                writer.write(b"x" * 65_536)
                await writer.drain()
            await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hooks"
    finally:
        server.close()
