"""`prm events --follow`: what passes on whatever broker this configuration means, across lost connections."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from libs.config import ConfigError, Settings
from libs.country import Directory
from libs.messaging.following import Follower, Passed, Place
from libs.messaging.jetstream import ConnectionLost
from libs.messaging.logins import FOLLOW
from libs.runtime.broker import Broker, running_broker
from libs.runtime.encryption import identity_of
from libs.runtime.platform import directory_of

CONNECT_SECONDS = 15.0
AGAIN_SECONDS = 0.5


async def follow(
    settings: Settings, tell: Callable[[Passed], None], *, subject: str, since: datetime | None = None
) -> None:
    """Tell of each event on the subject that is stored from now on, or from `since` on, in the order of the broker,
    until cancelled. ConfigError if no broker is there at first; later it is waited for."""
    directory, place = directory_of(settings), Place(since)
    while True:
        with suppress(ConnectionLost):
            await _follow(_broker(settings, directory), subject, place, tell)
        await asyncio.sleep(AGAIN_SECONDS)


async def _follow(broker: Broker, subject: str, place: Place, tell: Callable[[Passed], None]) -> None:
    """Until the connection is lost. An embedded broker has another address when its cell runs again, so the next
    connection asks for it anew."""
    async with broker.connect(FOLLOW) as jetstream:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                session = await jetstream.session()
        except TimeoutError as err:
            if place.sequence:
                raise ConnectionLost from err
            raise ConfigError(f"no broker answers at {broker.url} within {CONNECT_SECONDS:.0f} seconds") from err
        follower = Follower(session, subject, place)
        await follower.start()
        while True:
            tell(await follower.take())


def _broker(settings: Settings, directory: Directory) -> Broker:
    if settings.nats_url:
        return Broker.of(settings, directory, identity_of(settings))
    if (found := running_broker(settings, directory)) is None:
        raise ConfigError(f"PRM_DATA_DIR: no cell runs in {settings.data_dir}; PRM_NATS_URL names a broker elsewhere")
    return found
