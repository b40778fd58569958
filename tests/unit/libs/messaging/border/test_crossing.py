"""What is published on EDGE reaches the other cells, once and in order, also when the hub was away."""

from functools import partial
from pathlib import Path

import msgspec

from libs.messaging.border.names import DIRECTORY, HUB, outgoing_stream
from libs.messaging.delivery import acknowledge
from libs.messaging.jetstream import Session
from libs.messaging.logins import ADMINISTRATOR
from libs.messaging.pulling import pulling
from tests.unit.libs.messaging.border.world import DURABLE, World, a_message, a_world, edge_of
from tests.waiting import until

BACK_SECONDS = 90.0


async def held(world: World, cell: str) -> int:
    """How many messages the directory of a cell has."""
    session = await world.session(edge_of(cell))
    raw = await session.client.request(f"$JS.API.STREAM.INFO.{DIRECTORY}", b"{}", timeout=5)
    return int(msgspec.json.decode(raw.data)["state"]["messages"])


async def taken(session: Session, count: int) -> list[tuple[str, bytes]]:
    """The next messages of the service's durable, acknowledged: subject and body."""
    found: list[tuple[str, bytes]] = []
    async with pulling(session, DURABLE) as puller:
        while len(found) < count:
            for msg in await puller.take():
                await acknowledge(session, msg)
                found.append((msg.subject, msg.data))
    return found


async def test_what_a_cell_publishes_reaches_the_others_and_not_itself(tmp_path: Path) -> None:
    async with a_world(tmp_path, "de", "cn", "ng") as world:
        for cell in ("de", "cn"):
            session = await world.session(edge_of(cell))
            assert await session.publish([a_message(cell, f"{cell}-{n}", b"%d" % n) for n in range(3)]) == [""] * 3
        for cell, count in (("de", 3), ("cn", 3), ("ng", 6)):
            await until(partial(_has, world, cell, count), within_seconds=30)
        here = await taken(await world.session(edge_of("cn")), 3)
        assert here == [("prm.edge.de.partners.organisation.stated", b"%d" % n) for n in range(3)]


async def test_the_hub_acknowledges_what_it_took(tmp_path: Path) -> None:
    async with a_world(tmp_path, "de", "cn") as world:
        session = await world.session(edge_of("de"))
        await session.publish([a_message("de", "1")])
        made = await world.session(edge_of("de"), ADMINISTRATOR)

        async def acknowledged() -> bool:
            raw = await made.client.request(f"$JS.API.CONSUMER.INFO.{outgoing_stream('de')}.{HUB}", b"", timeout=5)
            return bool(msgspec.json.decode(raw.data)["ack_floor"]["stream_seq"] == 1)

        await until(acknowledged, within_seconds=30)


async def test_nothing_is_lost_or_doubled_while_the_hub_is_away(tmp_path: Path) -> None:
    async with a_world(tmp_path, "de", "cn") as world:
        session = await world.session(edge_of("de"))
        await session.publish([a_message("de", "1", b"1")])
        await until(lambda: _has(world, "cn", 1), within_seconds=30)
        await world.stop_hub()
        assert await session.publish([a_message("de", str(n), b"%d" % n) for n in (2, 3)]) == ["", ""]
        await world.start_hub()
        await until(lambda: _has(world, "cn", 3), within_seconds=BACK_SECONDS)
        assert await session.publish([a_message("de", "4", b"4")]) == [""]
        await until(lambda: _has(world, "cn", 4), within_seconds=30)
        found = await taken(await world.session(edge_of("cn")), 4)
        assert [body for _, body in found] == [b"1", b"2", b"3", b"4"]


async def _has(world: World, cell: str, count: int) -> bool:
    return await held(world, cell) == count
