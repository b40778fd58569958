"""A server for one test: it listens on a free port of this machine and closes all its connections at the end."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(serve: Serve, *, encryption: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """The port of the server. Each connection is served and then closed. When the block ends, every connection is cut
    and its socket closed, also one accepted a moment before: `asyncio.start_server` leaves that one open."""
    loop = asyncio.get_running_loop()
    connections: set[asyncio.Task[None]] = set()

    def accept() -> None:
        try:
            connected, _ = listener.accept()
        except OSError:  # the client has gone again
            return
        task = loop.create_task(_connection(connected, serve, encryption))
        connections.add(task)
        task.add_done_callback(lambda _: connected.close())
        task.add_done_callback(connections.discard)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        loop.add_reader(listener, accept)
        try:
            yield listener.getsockname()[1]
        finally:
            loop.remove_reader(listener)
            ending = list(connections)
            for task in ending:
                task.cancel()
            await asyncio.gather(*ending, return_exceptions=True)


async def _connection(connected: socket.socket, serve: Serve, encryption: ssl.SSLContext | None) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    connected.setblocking(False)
    with suppress(OSError, asyncio.IncompleteReadError):
        transport, _ = await loop.connect_accepted_socket(lambda: protocol, connected, ssl=encryption)
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        try:
            await serve(reader, writer)
            writer.close()
        except BaseException:
            transport.abort()
            raise
        finally:
            await writer.wait_closed()
