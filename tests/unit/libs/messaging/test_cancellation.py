"""A cancellation that comes with the answer of the broker ends the call, though the library swallows it."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from libs.messaging.dead import list_dead, replay_dead
from libs.messaging.embedded import embedded_nats
from libs.messaging.jetstream import JetStream, Outgoing, open_jetstream
from libs.messaging.objects import Objects
from libs.messaging.streams import dead_subject

HEARD = "deals__partner_approved"
LETTER = {"Prm-Durable": HEARD}


class Swallowing:
    """The requests of a real broker as `asyncio.wait_for` makes them before Python 3.12 if a cancellation comes at the
    moment of the answer: the answer is returned."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not inspect.iscoroutinefunction(found):
            return found

        async def answered(*args: Any, **fields: Any) -> Any:
            task = asyncio.current_task()
            assert task is not None
            try:
                return await found(*args, **fields)
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(0)

        return answered


@pytest.fixture
async def jetstream(tmp_path: Path) -> AsyncIterator[JetStream]:
    async with embedded_nats(tmp_path) as broker, open_jetstream(broker.url, "local") as opened:
        await _objects(opened).put("kept", b"x")
        session = await opened.session()
        assert await session.publish([Outgoing(dead_subject("local", HEARD), LETTER, b"{}")]) == [""]
        session.streams = Swallowing(session.streams)  # type: ignore[assignment]  # what it does not have it delegates
        yield opened


def _objects(jetstream: JetStream) -> Objects:
    objects = Objects()
    objects.attach(jetstream)
    return objects


CALLS: dict[str, Callable[[JetStream], Awaitable[object]]] = {
    "list": list_dead,
    "list none": lambda jetstream: list_dead(jetstream, durable="deals__partner_suspended"),
    "replay none": lambda jetstream: replay_dead(jetstream, durable="deals__partner_suspended"),
    "put": lambda jetstream: _objects(jetstream).put("new", b"y"),
    "get": lambda jetstream: _objects(jetstream).get("kept"),
    "get none": lambda jetstream: _objects(jetstream).get("gone"),
    "names": lambda jetstream: _objects(jetstream).names(),
    "delete": lambda jetstream: _objects(jetstream).delete("kept"),
}


@pytest.mark.parametrize("what", CALLS)
async def test_a_cancellation_is_not_lost(jetstream: JetStream, what: str) -> None:
    task = asyncio.ensure_future(CALLS[what](jetstream))
    await asyncio.wait([task])
    assert task.cancelled(), task
