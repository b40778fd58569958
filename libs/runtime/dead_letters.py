"""`prm replay`: dead letters seen and given back, on whatever broker this configuration means."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager

from libs.config import Settings
from libs.messaging.dead import DeadLetter, list_dead, replay_dead
from libs.messaging.embedded import EmbeddedFailed, embedded_nats
from libs.messaging.jetstream import JetStream, open_jetstream
from libs.messaging.streams import StreamLimits
from libs.passwords import PasswordFile
from libs.runtime.cell import broker_folder, read_broker_url
from libs.runtime.encryption import broker_password, identity_of
from libs.runtime.inspection import require_folder
from libs.runtime.platform import directory_of
from libs.tls import Identity

CONNECT_SECONDS = 15.0


async def dead_letters(settings: Settings, *, durable: str = "") -> tuple[DeadLetter, ...]:
    """The letters of one consumer or of all, oldest first."""
    async with _broker(settings) as jetstream:
        return await list_dead(jetstream, durable=durable)


async def replay(settings: Settings, *, durable: str = "", sequences: Collection[int] = ()) -> int:
    """Give letters back to their consumers; how many. See libs.messaging.dead."""
    async with _broker(settings) as jetstream:
        return await replay_dead(jetstream, durable=durable, sequences=sequences)


@asynccontextmanager
async def _broker(settings: Settings) -> AsyncIterator[JetStream]:
    """The broker named, the one of a cell that runs on this machine, or that of a cell that does not run just now."""
    directory, limits = directory_of(settings), StreamLimits(replicas=settings.nats_replicas)
    if settings.nats_url:
        cell, identity = directory.here.code, identity_of(settings)
        password = broker_password(settings)
        async with _connected(
            settings.nats_url, cell, limits=limits, identity=identity, password=password
        ) as jetstream:
            yield jetstream
        return
    require_folder(settings.data_dir)
    folder = broker_folder(settings, directory)
    async with AsyncExitStack() as stack:
        try:
            url = (await stack.enter_async_context(embedded_nats(folder))).url
        except EmbeddedFailed:
            url = read_broker_url(folder)
            if not url:
                raise
        yield await stack.enter_async_context(_connected(url, directory.here.code, limits=limits))


@asynccontextmanager
async def _connected(
    url: str,
    cell: str,
    *,
    limits: StreamLimits,
    identity: Identity | None = None,
    password: PasswordFile | None = None,
) -> AsyncIterator[JetStream]:
    async with open_jetstream(
        url, cell, name="prm-replay", limits=limits, identity=identity, password=password
    ) as jetstream:
        async with asyncio.timeout(CONNECT_SECONDS):
            await jetstream.session()
        yield jetstream
