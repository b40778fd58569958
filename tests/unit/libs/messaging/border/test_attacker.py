"""Whoever has the hub, with every credential on it, gets nothing but what a cell delivers to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error

from libs.messaging.border.names import DIRECTORY, HUB, leaf_user, outgoing_stream
from libs.messaging.embedded import embedded_nats
from libs.messaging.jetstream import Outgoing
from libs.messaging.logins import password_of
from tests.unit.libs.messaging.border.world import World, a_message, a_world, edge_of
from tests.waiting import until

MARK = b"Mark-Marklund-4711"
WITHIN_SECONDS = 0.4
OUT = outgoing_stream("de")
STREAMS = ("EVENTS", "DEAD", "OBJ_SUBJECT_DATA", DIRECTORY, OUT)
VERBS = (
    "INFO",
    "ACCOUNT.INFO",
    "STREAM.NAMES",
    "STREAM.LIST",
    "SERVER.REMOVE",
    "META.LEADER.STEPDOWN",
    *(f"STREAM.{verb}.{{stream}}" for verb in ("INFO", "CREATE", "UPDATE", "DELETE", "PURGE", "SNAPSHOT", "RESTORE")),
    *(f"STREAM.MSG.{verb}.{{stream}}" for verb in ("GET", "DELETE")),
    "STREAM.LEADER.STEPDOWN.{stream}",
    "STREAM.PEER.REMOVE.{stream}",
    "DIRECT.GET.{stream}",
    "DIRECT.GET.{stream}.>",
    "CONSUMER.CREATE.{stream}",
    "CONSUMER.CREATE.{stream}.evil",
    "CONSUMER.DURABLE.CREATE.{stream}.evil",
    *(f"CONSUMER.{verb}.{{stream}}" for verb in ("NAMES", "LIST")),
    *(f"CONSUMER.{verb}.{{stream}}.hub" for verb in ("INFO", "DELETE", "PAUSE", "UNPIN")),
    *(f"CONSUMER.{verb}.{{stream}}.hub" for verb in ("MSG.NEXT", "LEADER.STEPDOWN")),
)
LISTENS = (
    ">",
    "*.>",
    "prm.>",
    "prm.de.>",
    "prm.edge.>",
    "prm.border.>",
    "prm.border.de.out",
    "$JS.>",
    "$O.>",
    "dead.>",
)
BODY = msgspec.json.encode({"seq": 1, "stream_name": OUT, "config": {"deliver_subject": "evil", "ack_policy": "none"}})


@asynccontextmanager
async def an_enemy(world: World) -> AsyncIterator[Client]:
    """The hub as its enemy has it: the cells' accounts without a permission, and a client that may do everything."""
    await world.stop_hub()
    users = {cell: password_of(world.folder / HUB, leaf_user(cell)).current().reveal() for cell in world.cells}
    accounts = "\n".join(
        f'{cell} {{ jetstream: enabled, users: [ {{ user: {leaf_user(cell)}, password: "{word}" }}, '
        f"{{ user: evil_{cell}, password: evil }} ] }}"
        for cell, word in users.items()
    )
    text = f'leafnodes {{ listen: "127.0.0.1:{world.leaf_port}" }}\naccounts {{ {accounts} }}\n'
    async with embedded_nats(world.folder / "enemy", users=text, domain=HUB) as server:
        client = Client()
        await client.connect(server.url, user="evil_de", password="evil", inbox_prefix="evil")
        try:

            async def connected() -> bool:
                """The cell's broker answers the one verb that is open."""
                return await answer(client, f"$JS.de.API.CONSUMER.RESET.{OUT}.{HUB}") is not None

            await until(connected, within_seconds=30)
            yield client
        finally:
            await client.close()


async def answer(client: Client, subject: str, body: bytes = b"") -> bytes | None:
    """What is answered to a request; None if nobody does."""
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(WITHIN_SECONDS):
            found: Msg = await client.request(subject, body, timeout=WITHIN_SECONDS)
            return found.data
    return None


async def recording(client: Client) -> list[Msg]:
    """Everything that the enemy hears from now on, of all subjects."""
    heard: list[Msg] = []

    async def record(msg: Msg) -> None:
        heard.append(msg)

    for subject in LISTENS:
        await client.subscribe(subject, cb=record)
    await client.flush()
    return heard


async def marked(world: World) -> None:
    """Personal data in every stream of the cell's own broker."""
    session = await world.session("de")
    said = await session.publish(
        [
            Outgoing("prm.de.partners.partner.approved", {"Nats-Msg-Id": "m"}, MARK),
            Outgoing("$O.SUBJECT_DATA.C.x", {}, MARK),
        ]
    )
    assert said == ["", ""]
    edge = await world.session(edge_of("de"))
    assert await edge.publish([a_message("de", "1", b"a company")]) == [""]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path, "de", "cn") as made:
        await marked(made)
        yield made


async def test_no_verb_of_a_cells_jetstream_answers_the_hub(world: World) -> None:
    async with an_enemy(world) as evil:
        asked = sorted({verb.format(stream=one) for verb in VERBS for one in STREAMS})
        # Through the domain of the cell: without the domain it would be the enemy's own JetStream.
        found = await asyncio.gather(*[answer(evil, f"$JS.de.API.{one}", BODY) for one in asked])
        assert {one: said for one, said in zip(asked, found, strict=True) if said is not None} == {}


async def test_without_the_denied_verbs_the_enemy_reads_the_stream(tmp_path: Path) -> None:
    """The test above bites: what the leaf connection denies protects the edge; the cell's broker has no connection."""
    async with a_world(tmp_path, "de", "cn", denies=False) as open_world:
        await marked(open_world)
        async with an_enemy(open_world) as evil:
            assert b"first_seq" in (await answer(evil, f"$JS.de.API.STREAM.INFO.{OUT}") or b"")
            assert b"stream not found" in (await answer(evil, "$JS.de.API.STREAM.INFO.EVENTS") or b"")


async def test_the_hub_cannot_reset_a_consumer_of_the_cells_own_account(world: World) -> None:
    async with an_enemy(world) as evil:
        said = await answer(evil, "$JS.de.API.CONSUMER.RESET.EVENTS.partners__all")
        assert said is None or b"not found" in said


async def test_the_hub_hears_nothing_but_what_the_cell_delivers(world: World) -> None:
    """The recorder listens to all subjects while everything in the cell goes on."""
    async with an_enemy(world) as evil:
        heard = await recording(evil)
        own = await world.session("de")
        edge = await world.session(edge_of("de"))
        assert await own.publish([Outgoing("prm.de.partners.partner.rejected", {"Nats-Msg-Id": "n"}, MARK)]) == [""]
        assert await edge.publish([a_message("de", "2", b"another company")]) == [""]
        await until(lambda: any(msg.data == b"another company" for msg in heard), within_seconds=30)
        assert not [msg.subject for msg in heard if MARK in msg.data or MARK.decode() in str(msg.headers)]
        assert not [msg.subject for msg in heard if msg.subject.startswith("prm.de.")]


async def test_the_recorder_finds_what_is_marked_edge_wrongly(world: World) -> None:
    """The test above bites: personal data that is published on EDGE reaches the hub."""
    async with an_enemy(world) as evil:
        heard = await recording(evil)
        edge = await world.session(edge_of("de"))
        assert await edge.publish([a_message("de", "3", MARK)]) == [""]
        await until(lambda: any(MARK in msg.data for msg in heard), within_seconds=30)


async def test_the_hub_cannot_send_messages_in_a_cells_name(world: World) -> None:
    async with an_enemy(world) as evil:
        for subject in ("prm.edge.de.partners.organisation.stated", "prm.de.partners.partner.approved", "$KV.x.y"):
            await evil.publish(subject, b"forged")
        await evil.flush()
        edge = await world.session(edge_of("de"))
        assert await edge.publish([a_message("de", "4", b"own")]) == [""]
        heard = await recording(evil)
        await evil.request(f"$JS.de.API.CONSUMER.RESET.{OUT}.{HUB}", b'{"seq":1}', timeout=5)
        await until(lambda: any(msg.data == b"own" for msg in heard), within_seconds=30)
        assert not [msg for msg in heard if msg.data == b"forged"]


async def test_a_cell_cannot_use_the_hub_for_anything_else(world: World) -> None:
    """With the hub's own configuration: the leaf's user has an allow list there."""
    edge = await world.session(edge_of("cn"))
    asked = [f"$JS.hub.API.{verb.format(stream=DIRECTORY)}" for verb in VERBS]
    found = await asyncio.gather(*[answer(edge.client, one, BODY) for one in asked])
    assert {one: said for one, said in zip(asked, found, strict=True) if said is not None} == {}
