"""`prm replay`: lists and replays the dead letters on the broker of this configuration."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager

from libs.config import Settings
from libs.country import Directory
from libs.messaging.dead import DeadLetter, list_dead, replay_dead
from libs.messaging.embedded import EmbeddedFailed
from libs.messaging.jetstream import JetStream
from libs.messaging.logins import REPLAY
from libs.runtime.broker import Broker, embedded_broker, running_broker
from libs.runtime.encryption import identity_of
from libs.runtime.inspection import require_folder
from libs.runtime.platform import directory_of

CONNECT_SECONDS = 15.0


async def dead_letters(settings: Settings, *, durable: str = "") -> tuple[DeadLetter, ...]:
    """The dead letters of one consumer, or of all without `durable`, oldest first, 1,000 at most. ConfigError;
    EmbeddedFailed, TimeoutError if there is no broker."""
    async with broker_of(settings, REPLAY) as jetstream:
        return await list_dead(jetstream, durable=durable)


async def replay(settings: Settings, *, durable: str = "", sequences: Collection[int] = ()) -> int:
    """Give letters back to their consumers; how many. As libs.messaging.dead.replay_dead; errors also as
    `dead_letters`."""
    async with broker_of(settings, REPLAY) as jetstream:
        return await replay_dead(jetstream, durable=durable, sequences=sequences)


@asynccontextmanager
async def broker_of(settings: Settings, user: str) -> AsyncIterator[JetStream]:
    """A connection as this user to the broker in PRM_NATS_URL, or to the embedded broker of the cell, which is started
    if it does not run."""
    directory = directory_of(settings)
    async with AsyncExitStack() as stack:
        if settings.nats_url:
            broker = Broker.of(settings, directory, identity_of(settings))
        else:
            require_folder(settings.data_dir)
            broker = await _own(stack, settings, directory)
        jetstream = await stack.enter_async_context(broker.connect(user))
        async with asyncio.timeout(CONNECT_SECONDS):
            await jetstream.session()
        yield jetstream


async def _own(stack: AsyncExitStack, settings: Settings, directory: Directory) -> Broker:
    try:
        return await stack.enter_async_context(embedded_broker(settings, directory, {}))
    except EmbeddedFailed:
        if (found := running_broker(settings, directory)) is None:
            raise
        return found
