"""A connection whose broker has ended its side, and takes no more of what was sent, is replaced."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from libs.messaging.embedded import EmbeddedNats, embedded_nats
from libs.messaging.jetstream import Outgoing, open_jetstream

MORE_THAN_A_SOCKET_HOLDS = [Outgoing("prm.local.x.y.z", {}, bytes(500_000))] * 14


class Passage:
    """A port before a broker, with the connections through it."""

    def __init__(self, broker: EmbeddedNats) -> None:
        self._broker = broker
        self._inward: list[asyncio.Task[None]] = []
        self._outward: list[asyncio.Task[None]] = []
        self._to_clients: list[StreamWriter] = []
        self._to_broker: list[StreamWriter] = []

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Pass on what comes from either side."""
        host, _, port = self._broker.url.removeprefix("nats://").rpartition(":")
        answers, to_broker = await asyncio.open_connection(host, int(port))
        self._inward.append(asyncio.create_task(_pass_on(reader, to_broker)))
        self._to_clients.append(writer)
        self._to_broker.append(to_broker)
        self._outward.append(asyncio.create_task(_pass_on(answers, writer)))

    def stop_reading(self) -> None:
        """Take nothing from the clients any more."""
        for task in self._inward:
            task.cancel()

    def half_close(self) -> None:
        """Say to the clients that the broker sends nothing more."""
        for task in self._outward:
            task.cancel()
        for writer in self._to_clients:
            writer.write_eof()

    def abort(self) -> None:
        """Break all connections."""
        for task in self._inward + self._outward:
            task.cancel()
        for writer in self._to_clients + self._to_broker:
            writer.transport.abort()


async def _pass_on(reader: StreamReader, writer: StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(2**16):
            writer.write(data)


@asynccontextmanager
async def a_passage(folder: Path) -> AsyncIterator[tuple[Passage, str]]:
    """A passage and its URL."""
    async with embedded_nats(folder) as broker:
        passage = Passage(broker)
        server = await asyncio.start_server(passage.serve, "127.0.0.1", 0)
        async with server:
            try:
                yield passage, f"nats://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            finally:
                passage.abort()


async def test_a_half_closed_connection_is_replaced(tmp_path: Path) -> None:
    """The library waits for the end of the connection when it connects again, and a second time when it is closed; as
    it cancels the first wait, the second one ends as cancelled."""
    async with a_passage(tmp_path) as (passage, url), open_jetstream(url, "local") as jetstream:
        session = await jetstream.session()
        passage.stop_reading()
        burst = asyncio.create_task(session.publish(MORE_THAN_A_SOCKET_HOLDS))
        await asyncio.sleep(0)
        passage.half_close()
        await burst
        async with asyncio.timeout(20.0):
            assert (await jetstream.session()) is not session
