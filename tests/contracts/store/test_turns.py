"""The stand-in for the store keeps the transactions of two pods apart."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import bson
import pytest
from pymongo import AsyncMongoClient

from tests.contracts.store.mongo_server import Server, choice
from tests.contracts.store.turns import DOCUMENT, message, read_frame, taking_turns

PODS, ROUNDS = 4, 25
ENDED_SECONDS = 15.0
Client = AsyncMongoClient[dict[str, Any]]


@pytest.fixture
async def addresses(tmp_path: Path) -> AsyncIterator[list[str]]:
    """Where pods reach NX-27017, each by an address of its own."""
    if not choice().startswith("nx-27017"):
        pytest.skip("there is another server than NX-27017")
    server = Server(tmp_path)
    server.start()
    try:
        async with taking_turns(server.url, PODS) as found:
            yield found
    finally:
        server.kill()


async def test_transactions_of_several_clients_all_succeed(addresses: list[str]) -> None:
    async def pod(number: int) -> None:
        async with Client(addresses[number]) as client:
            rows = client["cell"]["rows"]
            for turn in range(ROUNDS):
                async with client.start_session() as session, await session.start_transaction():
                    await rows.insert_one({"_id": f"{number}-{turn}-first"}, session=session)
                    await rows.insert_one({"_id": f"{number}-{turn}-second"}, session=session)

    async with asyncio.TaskGroup() as tasks:
        for number in range(PODS):
            tasks.create_task(pod(number))
    async with Client(addresses[0]) as client:
        assert await client["cell"]["rows"].count_documents({}) == PODS * ROUNDS * 2


async def test_commands_that_wait_do_not_keep_a_transaction_from_its_end(addresses: list[str]) -> None:
    async with (
        Client(f"{addresses[0]}&maxPoolSize=2&waitQueueTimeoutMS=20000") as client,
        asyncio.timeout(ENDED_SECONDS),
    ):
        rows = client["cell"]["rows"]
        async with client.start_session() as session, await session.start_transaction():
            await rows.insert_one({"_id": "first"}, session=session)
            async with asyncio.TaskGroup() as tasks:
                for _ in range(PODS):
                    tasks.create_task(rows.count_documents({}))
                tasks.create_task(rows.insert_one({"_id": "second"}, session=session))
        assert await rows.count_documents({}) == 2


async def test_nobody_sees_what_is_not_committed_and_what_a_dead_client_wrote_is_undone(addresses: list[str]) -> None:
    async with Client(addresses[0]) as other:
        rows = other["cell"]["rows"]
        await rows.insert_one({"_id": "before"})
        dead = await _begun_to_write(addresses[1])
        seen = asyncio.create_task(rows.count_documents({}))
        await other["another"]["rows"].insert_one({"_id": "not in the way"})
        assert not seen.done()
        dead.close()
        assert await seen == 1


async def _begun_to_write(address: str) -> asyncio.StreamWriter:
    """A client that has written in a transaction, as a connection that a process leaves behind."""
    host, _, port = address.removeprefix("mongodb://").partition("/")[0].partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    own = {"lsid": {"id": bson.Binary(uuid4().bytes, 4)}, "txnNumber": bson.Int64(1), "autocommit": False}
    row = {"insert": "rows", "documents": [{"_id": "in between"}], "startTransaction": True}
    writer.write(message(bson.encode({**row, **own, "$db": "cell"})))
    reply = await read_frame(reader)
    assert bson.decode(reply[DOCUMENT:])["ok"] == 1
    return writer
