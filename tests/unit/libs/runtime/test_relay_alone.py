"""A relay that is a process of its own, beside services that leave their events to it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from libs.config import Settings, read
from libs.messaging.embedded import embedded_nats
from libs.runtime.cell import RunningCell
from libs.runtime.process import relay_alone
from tests.contracts.store.mongo_server import Server, choice
from tests.unit.libs.runtime.notes import at_work, copies, settings, take
from tests.waiting import until


class Stop:
    """Says when."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    async def wait(self) -> None:
        """See libs.runtime.process.Stop."""
        await self.event.wait()


@pytest.mark.skipif(not choice(), reason="no MongoDB: neither PRM_TEST_MONGO_URL nor mongod nor nx-27017")
async def test_events_arrive_through_a_relay_that_only_sees_the_store(tmp_path: Path) -> None:
    server, stop = Server(tmp_path), Stop()
    server.start()
    async with embedded_nats(tmp_path / "broker") as nats:
        told = read(Settings, environ={**server.settings(tmp_path), "PRM_STORE_PREFIX": server.fresh_prefix()})
        named = ("store_url", "store_prefix", "store_password_file")
        places: dict[str, Any] = {"nats_url": nats.url, **{name: getattr(told, name) for name in named}}
        async with at_work(tmp_path, relay=False, **places) as (cell, client):
            await take(client, 1)
            relay = asyncio.create_task(relay_alone("notes", settings(tmp_path, **places), stop))
            assert await until(lambda: copies(cell)) == ["note 1"]
            await take(client, 2)
            await take(client, 3)
            assert len(await until(lambda: _three(cell))) == 3
            stop.event.set()
            await relay
    server.tidy()
    server.kill()


async def _three(cell: RunningCell) -> list[str]:
    texts = await copies(cell)
    return texts if len(texts) == 3 else []
