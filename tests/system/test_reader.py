"""An ERP with only a NATS client and its own login receives its events from a running cell, and can do nothing else
there. proto/README.md shows the same to integrators."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import nats
import pytest
from nats.aio.client import Client as Nats
from nats.aio.msg import Msg
from nats.errors import Error
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig

from libs.pb.prm.compliance import v1 as pb
from tests.system.processes import free_ports, prm_running
from tests.system.subject_requests import OPENED, opened
from tests.waiting import until

pytestmark = [pytest.mark.thorough, pytest.mark.xdist_group("reader")]

READERS = f"""
[erp]
subjects = ["{OPENED}"]

[warehouse]
subjects = ["orders.>"]
"""
REFUSED_SECONDS = 1.0
FETCH_SECONDS = 10.0


class Cell(NamedTuple):
    """A running cell. folder: its data; address: of its services."""

    folder: Path
    address: str

    @property
    def url(self) -> str:
        """The URL of the broker."""
        return (self.folder / "local" / "nats" / "url").read_text()

    def password(self, user: str) -> str:
        """The password of a user of the broker."""
        return (self.folder / "local" / "logins" / user / "password").read_text()


@pytest.fixture(scope="module")
def cell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cell]:
    folder = tmp_path_factory.mktemp("reader")
    (port,) = free_ports(1)
    started = Cell(folder / "cell", f"127.0.0.1:{port}")
    readers = folder / "readers.toml"
    readers.write_text(READERS)
    environ = {"PRM_DATA_DIR": str(started.folder), "PRM_LISTEN": started.address, "PRM_READERS_FILE": str(readers)}
    with prm_running(folder / "cell.log", "run", "all", **environ):
        asyncio.run(opened(started.folder, started.address, 0))
        yield started


class Erp:
    """The program of an integrator: a connection with the login, and the durable that the cell created for it."""

    def __init__(self, client: Nats, refusals: list[str]) -> None:
        self.client = client
        self.streams = client.jetstream(timeout=REFUSED_SECONDS)
        self.refusals = refusals

    async def events(self) -> JetStreamContext.PullSubscription:
        """The subscription to the events of this reader."""
        return await self.streams.pull_subscribe_bind("erp__events", stream="EVENTS")


@asynccontextmanager
async def an_erp(cell: Cell) -> AsyncIterator[Erp]:
    refusals: list[str] = []

    async def refused(err: Exception) -> None:
        refusals.append(str(err).lower())

    client = await nats.connect(
        cell.url, user="erp", password=cell.password("erp"), inbox_prefix="_INBOX_erp", error_cb=refused
    )
    try:
        yield Erp(client, refusals)
    finally:
        await client.close()


async def taken(erp: Erp, case: str) -> Msg:
    """Return the event of this case and acknowledge those before it."""
    events = await erp.events()
    while True:
        [msg] = await events.fetch(1, timeout=FETCH_SECONDS)
        if (msg.headers or {})["ce-subject"] == case:
            return msg
        await msg.ack()


async def nothing_left(erp: Erp) -> bool:
    info = await erp.streams.consumer_info("EVENTS", "erp__events")
    return (info.num_pending, info.num_ack_pending) == (0, 0)


async def test_an_erp_takes_its_events_and_acknowledges_them_once_they_are_in_its_books(cell: Cell) -> None:
    case = await opened(cell.folder, cell.address, 1)
    async with an_erp(cell) as erp:
        msg = await taken(erp, case)
        headers = msg.headers or {}
        assert msg.subject == f"prm.local.{OPENED}"
        assert (headers["ce-type"], headers["ce-prmversion"]) == ("prm.compliance.v1.SubjectRequestOpened", "1")
        assert pb.SubjectRequestOpened.FromString(msg.data).case_id == case
        await msg.nak()
    async with an_erp(cell) as erp:  # it was not acknowledged, so it comes again, the same event
        again = await taken(erp, case)
        assert (again.headers or {})["ce-id"] == headers["ce-id"]
        await again.ack_sync()
        await acknowledged(erp)
    async with an_erp(cell) as erp:
        assert await nothing_left(erp)
        assert erp.refusals == []


async def acknowledged(erp: Erp) -> None:
    """Receive and acknowledge all remaining events."""
    events = await erp.events()
    while not await nothing_left(erp):
        with suppress(TimeoutError):
            for msg in await events.fetch(10, timeout=REFUSED_SECONDS):
                await msg.ack()


Act = Callable[[Erp], Awaitable[object]]


def asking(subject: str, body: bytes = b"") -> Act:
    return lambda erp: erp.client.request(subject, body, timeout=REFUSED_SECONDS)


NOT_ALLOWED: dict[str, Act] = {
    "another reader's events": asking("$JS.API.CONSUMER.MSG.NEXT.EVENTS.warehouse__events", b"1"),
    "another reader's durable": asking("$JS.API.CONSUMER.INFO.EVENTS.warehouse__events"),
    "a service's events": asking("$JS.API.CONSUMER.MSG.NEXT.EVENTS.orders__partner_approved", b"1"),
    "an event": asking(f"prm.local.{OPENED}", b"forged"),
    "other subjects for its durable": lambda erp: erp.streams.add_consumer(
        "EVENTS", ConsumerConfig(durable_name="erp__events", filter_subject="prm.local.>")
    ),
    "a durable of another name": lambda erp: erp.streams.add_consumer("EVENTS", ConsumerConfig(durable_name="erp2")),
    "any event by its number": lambda erp: erp.streams.get_msg("EVENTS", seq=1),
    "deleting its durable": lambda erp: erp.streams.delete_consumer("EVENTS", "erp__events"),
}


@pytest.mark.parametrize("what", NOT_ALLOWED)
async def test_an_erp_is_refused_whatever_else_it_asks_for(cell: Cell, what: str) -> None:
    async with an_erp(cell) as erp:
        with pytest.raises((Error, TimeoutError)):
            await NOT_ALLOWED[what](erp)
        await until(lambda: any("permissions violation for publish" in one for one in erp.refusals))
        assert (await erp.streams.consumer_info("EVENTS", "erp__events")).config.filter_subjects == [
            f"prm.local.{OPENED}",
            "replay.local.erp__events",
        ]


@pytest.mark.parametrize("subject", ["prm.local.>", "_INBOX_warehouse.>", "_INBOX.>", "$JS.>"])
async def test_an_erp_may_not_listen_past_its_durable(cell: Cell, subject: str) -> None:
    async with an_erp(cell) as erp:
        await erp.client.subscribe(subject)
        await until(lambda: any("permissions violation for subscription" in one for one in erp.refusals))


async def test_nobody_connects_with_anothers_password(cell: Cell) -> None:
    async def quiet(_: Exception) -> None: ...

    client = Nats()
    with pytest.raises(Error, match=r"(?i)authorization violation"):
        await client.connect(
            cell.url, user="warehouse", password=cell.password("erp"), allow_reconnect=False, error_cb=quiet
        )
    await client.close()
