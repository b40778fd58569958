"""What each user of the broker may do there, and that nobody may do it in another's name."""

import asyncio
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from nats.errors import Error
from nats.js.api import ConsumerConfig, StreamConfig

from libs.config import ConfigError
from libs.messaging.administration import administering
from libs.messaging.embedded import embedded_nats
from libs.messaging.envelope import Envelope
from libs.messaging.jetstream import JetStream, Outgoing, Session, open_jetstream
from libs.messaging.logins import (
    ADMINISTRATOR,
    EXPORT,
    FOLLOW,
    REPLAY,
    Credentials,
    all_logins,
    create_passwords,
    inbox_of,
    password_of,
    read_readers,
    reader_durable,
    users_conf,
)
from libs.messaging.objects import Objects
from libs.messaging.pulling import pulling
from libs.messaging.streams import DEFAULT_LIMITS, EVENTS
from tests.builders import NOW
from tests.waiting import until

CELL = "local"
DURABLES = {"deals__partner_approved": ("partners.partner.approved",)}
SERVICES = {"partners": {}, "deals": DURABLES, "compliance": {"compliance__all": (">",)}}
[HEARD] = DURABLES
WITHIN_SECONDS = 0.5

Act = Callable[[Session], Awaitable[object]]


class Bus:
    """A broker with users, its streams and durables in place."""

    def __init__(self, url: str, folder: Path, stack: AsyncExitStack) -> None:
        self._url = url
        self._folder = folder
        self._stack = stack

    async def as_user(self, user: str) -> JetStream:
        """A connection of this user."""
        limits = DEFAULT_LIMITS if user == ADMINISTRATOR else None
        login = Credentials(user, password_of(self._folder, user))
        return await self._stack.enter_async_context(open_jetstream(self._url, CELL, limits=limits, login=login))

    async def session(self, user: str) -> Session:
        """A session of this user."""
        return await (await self.as_user(user)).session()


@asynccontextmanager
async def a_bus(folder: Path) -> AsyncIterator[Bus]:
    logins = all_logins(CELL, SERVICES, ["erp"])
    create_passwords(folder / "logins", [one.name for one in logins])
    users = users_conf(logins, lambda user: f'"{password_of(folder / "logins", user).current().reveal()}"')
    async with embedded_nats(folder / "nats", users=users) as server, AsyncExitStack() as stack:
        bus = Bus(server.url, folder / "logins", stack)
        durables = {name: subjects for one in SERVICES.values() for name, subjects in one.items()}
        durables[reader_durable("erp")] = ("partners.>",)
        made = await stack.enter_async_context(administering(await bus.as_user(ADMINISTRATOR), durables))
        await made.done.wait()
        yield bus


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    async with a_bus(tmp_path) as made:
        yield made


def an_event(id: str, subject: str = "partners.partner.approved", source: str = "partners") -> Outgoing:
    envelope = Envelope(
        id=id,
        type="prm.partners.v1.PartnerApproved",
        source=f"prm/{CELL}/{source}",
        about="ptn",
        version=1,
        subject=f"prm.{CELL}.{subject}",
        time=NOW,
    )
    return Outgoing(envelope.subject, envelope.headers(), b"")


async def refused(session: Session, act: Act) -> bool:
    """Whether the broker does not do it: what it does not permit it does not answer."""
    try:
        async with asyncio.timeout(WITHIN_SECONDS):
            await act(session)
    except (Error, TimeoutError):
        return True
    return False


async def stored(bus: Bus) -> int:
    streams = (await bus.session(FOLLOW)).streams
    return (await streams.stream_info(EVENTS)).state.messages


async def test_a_service_publishes_its_own_events_and_takes_from_its_own_durable(bus: Bus) -> None:
    partners, deals = await bus.session("partners"), await bus.session("deals")
    assert await partners.publish([an_event("1")]) == [""]
    async with pulling(deals, HEARD) as puller:
        [msg] = await puller.take()
        await deals.client.publish(msg.reply, b"")
        await until(lambda: _nothing_pending(deals))


async def _nothing_pending(session: Session) -> bool:
    info = await session.streams.consumer_info(EVENTS, HEARD)
    return (info.num_ack_pending, info.num_pending) == (0, 0)


def publishing(message: Outgoing) -> Act:
    async def act(session: Session) -> None:
        if await session.publish([message]) != [""]:
            raise TimeoutError

    return act


def asking(subject: str, body: bytes = b"{}") -> Act:
    async def act(session: Session) -> None:
        await session.client.request(subject, body, timeout=WITHIN_SECONDS)

    return act


NEXT, INFO = f"$JS.API.CONSUMER.MSG.NEXT.{EVENTS}.", f"$JS.API.CONSUMER.INFO.{EVENTS}."
PUSH = ConsumerConfig(durable_name="forger", deliver_subject=f"{inbox_of('partners')}.x")
FORGED: dict[str, tuple[str, Act]] = {
    "a peer's event": ("deals", publishing(an_event("1"))),
    "a peer's answer": ("deals", publishing(an_event("1", "compliance.subject_data.located", "compliance"))),
    "a replay": ("deals", publishing(Outgoing(f"replay.{CELL}.{HEARD}", {}, b""))),
    "a dead letter of a peer": ("deals", publishing(Outgoing(f"dead.{CELL}.compliance__all", {}, b""))),
    "taking from a peer's durable": ("deals", asking(f"{NEXT}compliance__all")),
    "looking at a peer's durable": ("deals", asking(f"{INFO}compliance__all")),
    "a consumer of one's own": ("compliance", lambda session: session.streams.add_consumer(EVENTS, PUSH)),
    "a stream of one's own": ("deals", lambda session: session.streams.add_stream(StreamConfig("X", subjects=["x"]))),
    "removing one's durable": ("deals", lambda session: session.streams.delete_consumer(EVENTS, HEARD)),
    "purging the events": ("compliance", lambda session: session.streams.purge_stream(EVENTS)),
    "removing an event": ("compliance", lambda session: session.streams.delete_msg(EVENTS, 1)),
    "reading any event": ("deals", lambda session: session.streams.get_msg(EVENTS, seq=1)),
    "an event of the administrator": (ADMINISTRATOR, publishing(an_event("1"))),
    "purging by the administrator": (ADMINISTRATOR, lambda session: session.streams.purge_stream(EVENTS)),
    "an event of who replays": (REPLAY, publishing(an_event("1"))),
    "an event of who exports": (EXPORT, publishing(an_event("1"))),
    "an event of who follows": (FOLLOW, publishing(an_event("1"))),
    "an event of a reader": ("erp", publishing(an_event("1"))),
    "a reader at a service's durable": ("erp", asking(f"{NEXT}{HEARD}")),
}


@pytest.mark.parametrize("what", FORGED)
async def test_nobody_does_what_is_for_another_to_do(bus: Bus, what: str) -> None:
    await (await bus.session("partners")).publish([an_event("0")])
    user, act = FORGED[what]
    assert await refused(await bus.session(user), act)
    assert await stored(bus) == 1


@pytest.mark.parametrize("subject", [f"prm.{CELL}.>", f"{inbox_of('partners')}.>", "_INBOX.>", f"$JS.ACK.{EVENTS}.>"])
async def test_a_service_listens_to_its_own_inbox_only(bus: Bus, subject: str) -> None:
    deals, heard = await bus.session("deals"), []

    async def hear(msg: object) -> None:
        heard.append(msg)

    await deals.client.subscribe(subject, cb=hear)
    other = await bus.session("partners")
    assert await other.publish([an_event("1")]) == [""]
    await deals.streams.consumer_info(EVENTS, HEARD)
    assert heard == []


async def test_an_answer_of_the_broker_that_is_sent_to_a_peers_subject_is_no_event(bus: Bus) -> None:
    deals, target = await bus.session("deals"), f"prm.{CELL}.partners.partner.approved"
    await deals.publish([an_event("own", "deals.registration.approved", "deals")])
    for asked in (f"{NEXT}{HEARD}", f"$JS.API.STREAM.INFO.{EVENTS}", f"prm.{CELL}.deals.registration.approved"):
        await deals.client.publish(asked, msgspec.json.encode({"batch": 1, "no_wait": True}), target)
    await deals.client.flush()
    reader, found = await bus.session(EXPORT), list[str]()
    last = (await reader.streams.stream_info(EVENTS)).state.last_seq
    for sequence in range(1, last + 1):
        raw = await reader.streams.get_msg(EVENTS, seq=sequence)
        try:
            found.append(Envelope.read(raw.subject or "", dict(raw.headers or {}), raw.data or b"").sender)
        except ValueError:
            continue
    assert found == ["deals"]


async def test_those_who_read_read_and_who_follows_hears_at_once(bus: Bus) -> None:
    heard = asyncio.get_running_loop().create_future()

    async def hear(msg: object) -> None:
        heard.set_result(msg)

    follow, export = await bus.session(FOLLOW), await bus.session(EXPORT)
    await follow.client.subscribe(f"prm.{CELL}.>", cb=hear)
    await follow.client.flush()
    assert await (await bus.session("partners")).publish([an_event("1")]) == [""]
    async with asyncio.timeout(10):
        await heard
    for session in (follow, export):
        assert (await session.streams.get_msg(EVENTS, seq=1)).subject == an_event("1").subject
        assert (await session.streams.get_msg(EVENTS, seq=1, direct=True)).subject == an_event("1").subject


async def test_a_reader_takes_its_events_and_no_others(bus: Bus) -> None:
    assert await (await bus.session("partners")).publish([an_event("1")]) == [""]
    own = an_event("2", "deals.registration.approved", "deals")
    assert await (await bus.session("deals")).publish([own]) == [""]
    erp = await bus.session("erp")
    async with pulling(erp, reader_durable("erp")) as puller:
        assert [msg.subject for msg in await puller.take()] == [an_event("1").subject]
    assert (await erp.streams.consumer_info(EVENTS, reader_durable("erp"))).num_pending == 0


async def test_services_hand_over_objects_and_take_them_without_a_consumer(bus: Bus) -> None:
    one, other = Objects(), Objects()
    one.attach(await bus.as_user("deals"))
    other.attach(await bus.as_user("compliance"))
    for _ in range(2):
        await one.put("dsr/1/deals/0", bytes(300_000))
    assert (await other.get("dsr/1/deals/0"), await other.names()) == (bytes(300_000), ["dsr/1/deals/0"])
    await other.delete("dsr/1/deals/0")
    assert list(await one.names()) == []


def test_passwords_are_random_stay_and_are_for_their_owner_alone(tmp_path: Path) -> None:
    create_passwords(tmp_path, ["deals", "orders"])
    before = {user: password_of(tmp_path, user).current().reveal() for user in ("deals", "orders")}
    create_passwords(tmp_path, ["deals", "orders", "tickets"])
    assert {user: password_of(tmp_path, user).current().reveal() for user in before} == before
    assert len({*before.values(), password_of(tmp_path, "tickets").current().reveal()}) == 3
    modes = {oct(stat.S_IMODE(one.stat().st_mode)) for one in tmp_path.rglob("password")}
    assert modes == {"0o600"}
    with pytest.raises(ConfigError, match=r"PRM_NATS_LOGINS_DIR: .*partners/password cannot be read"):
        password_of(tmp_path, "partners")


def test_readers_are_declared_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "readers.toml"
    path.write_text('[erp]\nsubjects = ["orders.order.*", "deals.>"]\n')
    assert {name: one.subjects for name, one in read_readers(path, SERVICES).items()} == {
        "erp": ("orders.order.*", "deals.>")
    }
    assert read_readers(None, SERVICES) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[deals]\nsubjects = ["orders.>"]', "deals is a login already"),
        ('[administrator]\nsubjects = ["orders.>"]', "administrator is a login already"),
        ('[ERP]\nsubjects = ["orders.>"]', "regex"),
        ("[erp]\nsubjects = []", "length >= 1"),
        ('[erp]\nsubjects = ["orders order"]', "regex"),
        ('[erp]\nsubject = ["orders.>"]', "unknown field"),
        ('[erp]\nsubjects = ["orders.>"]\ncountry = "Germany"', "regex"),
        ("[erp", "Invalid|Expected|Unexpected|expected|nclosed"),
    ],
)
def test_readers_that_cannot_be_are_refused_with_the_reason(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "readers.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=rf"(?s)PRM_READERS_FILE: .*({said})"):
        read_readers(path, SERVICES)
