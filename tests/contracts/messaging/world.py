"""A broker that a case may kill, and services round it."""

import os
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from libs.clock import SystemClock
from libs.env import Env
from libs.lifetime import alongside
from libs.messaging.administration import ensure_durable
from libs.messaging.consumers import DEFAULT_TERMS, Consumers, durable_name
from libs.messaging.embedded import EmbeddedNats, embedded_nats
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer, Handle, HandleMany, Terms
from libs.messaging.jetstream import BROKER_ERRORS, JetStream, open_jetstream
from libs.messaging.relay import DEFAULT_PACE, Pace, Relay
from libs.messaging.streams import DEFAULT_LIMITS, EVENTS, StreamLimits
from libs.store.sqlite import SqliteStore
from libs.telemetry import Telemetry
from tests.contracts.messaging.things import ALL_KINDS, CELL, SUBJECT, Ledgers, Things, write_down
from tests.store_faults import Away, FailingCommits
from tests.waiting import until

READERS_AT_MOST = 2_000


class Kit(NamedTuple):
    """What is under test: the real classes, or broken ones that the contract must refuse."""

    relay: type[Relay] = Relay
    consumers: type[Consumers[Any]] = Consumers


REAL = Kit()


class Scene(NamedTuple):
    """What most cases of consuming need."""

    things: Things
    ledgers: Ledgers
    jetstream: JetStream


class World:
    """Files under `folder`; `patience_seconds` bounds every wait of a case."""

    def __init__(self, folder: Path, kit: Kit, patience_seconds: float) -> None:
        self.clock = SystemClock()
        self.kit = kit
        self.patience_seconds = patience_seconds
        self._folder = folder
        self._port = 0
        self._server = AsyncExitStack()
        self._broker: EmbeddedNats | None = None

    @property
    def broker(self) -> EmbeddedNats:
        """The server, while it is not stopped."""
        assert self._broker is not None
        return self._broker

    async def until(self, condition: Callable[[], bool | Awaitable[bool]]) -> None:
        """Wait as long as this world has patience."""
        await until(condition, within_seconds=self.patience_seconds)

    async def start_broker(self) -> None:
        """On the same port and files as before."""
        self._broker = await self._server.enter_async_context(embedded_nats(self._folder / "nats", port=self._port))
        self._port = int(self._broker.url.rsplit(":", 1)[1])

    async def stop_broker(self) -> None:
        """In an orderly way."""
        await self._server.aclose()
        self._broker = None

    async def kill_broker(self) -> None:
        """It comes back by itself."""
        killed = self.broker.pid
        os.kill(killed, signal.SIGKILL)
        await self.until(lambda: self.broker.pid not in (0, killed))

    async def cut_power(self) -> None:
        """The broker loses everything, as it may lose what it had acknowledged but not yet written through."""
        await self.stop_broker()
        shutil.rmtree(self._folder / "nats" / "jetstream")
        await self.start_broker()

    @asynccontextmanager
    async def jetstream(self, *, limits: StreamLimits = DEFAULT_LIMITS) -> AsyncIterator[JetStream]:
        """A connection."""
        async with open_jetstream(f"nats://127.0.0.1:{self._port}", CELL, limits=limits) as jetstream:
            yield jetstream

    @asynccontextmanager
    async def store(self, name: str) -> AsyncIterator[Away]:
        """A store that can be sent away."""
        store = await SqliteStore.open(self._folder / f"{name}.db")
        await store.ensure(ALL_KINDS)
        try:
            yield Away(store)
        finally:
            await store.close()

    @asynccontextmanager
    async def things(self) -> AsyncIterator[Things]:
        """The service that publishes, without a relay yet; `failing` is how to make its commits fail."""
        async with self.store("things") as store:
            yield Things(FailingCommits(store), self.clock)

    @asynccontextmanager
    async def ledgers(self, name: str = "ledgers") -> AsyncIterator[Ledgers]:
        """The service that consumes, without consumers yet."""
        async with self.store(name) as store:
            yield Ledgers(store, self.clock)

    @asynccontextmanager
    async def relay(self, things: Things, jetstream: JetStream, *, pace: Pace = DEFAULT_PACE) -> AsyncIterator[Relay]:
        """A relay that ends without a farewell, as if killed."""
        relay = self.kit.relay(things.store, jetstream, self.clock, pace=pace)
        things.relay = relay
        try:
            async with alongside(relay.run()):
                yield relay
        finally:
            things.relay = None

    @asynccontextmanager
    async def consumers(
        self,
        ledgers: Ledgers,
        jetstream: JetStream,
        handle: Handle[Env[None]] = write_down,
        *,
        service: str = "ledgers",
        subject: str = SUBJECT,
        terms: Terms = DEFAULT_TERMS,
        many: HandleMany[Env[None]] | None = None,
    ) -> AsyncIterator[Consumers[Env[None]]]:
        """Consumers that end without a farewell, as if killed. many: with it they are repeatable."""
        session = await jetstream.session()
        await ensure_durable(
            session, durable_name(service, subject), [subject], ack_wait_seconds=terms.ack_wait_seconds
        )
        consumers: Consumers[Env[None]] = self.kit.consumers(
            service,
            env=ledgers.env,
            jetstream=jetstream,
            table=[Consumer(subject, handle, repeatable=many is not None, handle_many=many)],
            telemetry=Telemetry(),
            terms=terms,
        )
        async with alongside(consumers.run()):
            yield consumers

    @asynccontextmanager
    async def scene(self) -> AsyncIterator[Scene]:
        """Both services, the first with its relay."""
        async with (
            self.things() as things,
            self.ledgers() as ledgers,
            self.jetstream() as jetstream,
            self.relay(things, jetstream),
        ):
            yield Scene(things, ledgers, jetstream)

    async def stored(self, jetstream: JetStream) -> list[Envelope]:
        """Every event in the stream, in its order, read message by message."""
        session = await jetstream.session()
        state = (await session.streams.stream_info(EVENTS)).state
        assert state.messages <= READERS_AT_MOST
        found = []
        for sequence in range(state.first_seq, state.last_seq + 1):
            raw = await session.streams.get_msg(EVENTS, seq=sequence)
            found.append(Envelope.read(raw.subject or "", dict(raw.headers or {}), raw.data or b""))
        return found

    async def count_stored(self, jetstream: JetStream) -> int:
        """How many events the stream has; -1 while the broker cannot be asked."""
        if not jetstream.connected:
            return -1
        try:
            return (await (await jetstream.session()).streams.stream_info(EVENTS)).state.messages
        except BROKER_ERRORS:
            return -1

    async def until_stored(self, jetstream: JetStream, count: int) -> list[Envelope]:
        """The events of the stream once there are so many."""

        async def enough() -> bool:
            return await self.count_stored(jetstream) >= count

        await self.until(enough)
        return await self.stored(jetstream)

    async def until_written(self, ledgers: Ledgers, written: dict[str, Sequence[int]]) -> None:
        """Wait until the ledgers hold exactly this; more than that is wrong at once, and so is another order."""

        async def there() -> bool:
            found = {about: await ledgers.numbers(about) for about in written}
            return all(len(found[about]) >= len(numbers) for about, numbers in written.items())

        await self.until(there)
        assert {about: await ledgers.numbers(about) for about in written} == {
            about: tuple(numbers) for about, numbers in written.items()
        }


@asynccontextmanager
async def a_world(folder: Path, kit: Kit = REAL, *, patience_seconds: float = 60.0) -> AsyncIterator[World]:
    """A world with its broker running."""
    world = World(folder, kit, patience_seconds)
    await world.start_broker()
    try:
        yield world
    finally:
        await world.stop_broker()
