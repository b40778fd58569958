"""Lets the consumers of restored services begin again: what they acknowledged after the backup has no effect any more.

The durables are deleted as the broker's administrator, who makes them anew. A service then takes every event of the
last two weeks again, and the marks in its restored store say which of them have had their effect.
"""

from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from datetime import datetime

from libs.config import Settings
from libs.country import Directory
from libs.messaging.administration import forget_durables, newest_event
from libs.messaging.events import senders
from libs.messaging.jetstream import Session
from libs.messaging.logins import ADMINISTRATOR
from libs.runtime.broker import Broker, broker_folder, embedded_broker
from libs.runtime.encryption import identity_of
from libs.store.snapshot import BackupRefused


async def require_behind(
    settings: Settings, directory: Directory, services: Collection[str], taken_at: datetime
) -> None:
    """BackupRefused if every service of the cell is to be restored and the broker has events from after the backup:
    they tell of changes that no store will have."""
    if not set(services) >= set(senders()):
        return
    async with _session(settings, directory) as session:
        newest = await newest_event(session) if session is not None else None
    if newest is not None and newest > taken_at:
        raise BackupRefused(
            f"the broker has events until {newest:%Y-%m-%d %H:%M:%S} UTC, after the backup: they tell of changes that "
            "no store of the cell will have. Move the files of the broker away and keep them as evidence, or restore "
            "one service with --service"
        )


async def begin_again(settings: Settings, directory: Directory, durables: Iterable[str]) -> int:
    """Delete these durables; how many there were."""
    async with _session(settings, directory) as session:
        return await forget_durables(session, durables) if session is not None else 0


@asynccontextmanager
async def _session(settings: Settings, directory: Directory) -> AsyncIterator[Session | None]:
    """A connection as the administrator; None if the cell is embedded and has had no broker yet."""
    if settings.nats_url:
        broker = Broker.of(settings, directory, identity_of(settings))
        async with broker.connect(ADMINISTRATOR) as jetstream:
            yield await jetstream.session()
    elif broker_folder(settings, directory).exists():
        async with (
            embedded_broker(settings, directory, {}) as broker,
            broker.connect(ADMINISTRATOR) as jetstream,
        ):
            yield await jetstream.session()
    else:
        yield None
