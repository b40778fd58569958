"""A broker of the release before the border keeps everything where it is: its users stay in the account that holds the
streams, so nothing is moved."""

from pathlib import Path
from typing import Any

import msgspec

from libs.messaging.administration import administering
from libs.messaging.delivery import acknowledge
from libs.messaging.embedded import embedded_nats
from libs.messaging.jetstream import JetStream, Outgoing, Session, open_jetstream
from libs.messaging.logins import ADMINISTRATOR, Credentials, all_logins, create_passwords, password_of, users_conf
from libs.messaging.pulling import pulling
from libs.messaging.streams import BUCKET_STREAM, DEAD, DEFAULT_LIMITS, EVENTS

CELL, SERVICE = "de", "deals"
SUBJECT = f"prm.{CELL}.partners.partner.approved"
DURABLE = "deals__partner_approved"
DURABLES = {DURABLE: ("partners.partner.approved",)}
TAKEN, STORED = 2, 5
RELEASED = """authorization {{
  users: [
    {{ user: administrator, password: {administrator}, permissions: {{ publish: {{ allow: [ ">" ] }} }} }}
    {{ user: deals, password: {deals}, permissions: {{ publish: {{ allow: [ ">" ] }} }} }}
  ]
}}
"""
"""The form of `users.conf` in the release before; what each user may do matters to no stream."""


async def state(session: Session) -> dict[str, Any]:
    """Streams with their messages and subjects, and where the consumer is."""

    async def ask(verb: str) -> dict[str, Any]:
        raw = await session.client.request(f"$JS.API.{verb}", b"", timeout=5)
        found: dict[str, Any] = msgspec.json.decode(raw.data)
        assert "error" not in found, (verb, found)
        return found

    streams = {name: await ask(f"STREAM.INFO.{name}") for name in (EVENTS, DEAD, BUCKET_STREAM)}
    consumer = await ask(f"CONSUMER.INFO.{EVENTS}.{DURABLE}")
    places = {"created": consumer["created"], "acknowledged": consumer["ack_floor"]["stream_seq"]}
    places["left"] = consumer["num_pending"] + consumer["num_ack_pending"]
    return {
        **{name: (one["created"], one["config"]["subjects"], one["state"]) for name, one in streams.items()},
        **places,
    }


def an_event(number: int) -> Outgoing:
    return Outgoing(SUBJECT, {"Nats-Msg-Id": str(number)}, b"%d" % number)


async def take(session: Session, count: int) -> list[bytes]:
    """The next messages of the consumer, acknowledged."""
    found: list[bytes] = []
    async with pulling(session, DURABLE) as puller:
        while len(found) < count:
            for msg in await puller.take():
                if len(found) < count:
                    await acknowledge(session, msg)
                    found.append(msg.data)
    return found


class Broker:
    """The files of a cell's broker."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.logins = all_logins(CELL, {"partners": {}, SERVICE: DURABLES})
        create_passwords(folder / "logins", [one.name for one in self.logins])

    def password(self, user: str) -> str:
        return password_of(self._folder / "logins", user).current().reveal()

    def running(self, users: str) -> Any:
        """The broker with these users, on its files."""
        return embedded_nats(self._folder / "nats", users=users)

    def opened(self, url: str, user: str) -> Any:
        limits = DEFAULT_LIMITS if user == ADMINISTRATOR else None
        login = Credentials(user, password_of(self._folder / "logins", user))
        return open_jetstream(url, CELL, limits=limits, login=login)


async def filled(administrator: JetStream, service: JetStream) -> dict[str, Any]:
    """Events, an object, and a consumer in the middle of the events."""
    async with administering(administrator, DURABLES) as made:
        await made.done.wait()
    session = await service.session()
    told = [an_event(number) for number in range(STORED)]
    told += [Outgoing("$O.SUBJECT_DATA.C.x", {}, b"sealed"), Outgoing(f"dead.{CELL}.{DURABLE}", {}, b"dead")]
    assert await session.publish(told) == [""] * len(told)
    assert await take(session, TAKEN) == [b"0", b"1"]
    await session.client.flush()
    return await state(await administrator.session())


async def test_streams_objects_and_positions_are_where_they_were_and_events_go_on(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    released = RELEASED.format(administrator=broker.password(ADMINISTRATOR), deals=broker.password(SERVICE))
    async with (
        broker.running(released) as server,
        broker.opened(server.url, ADMINISTRATOR) as administrator,
        broker.opened(server.url, SERVICE) as service,
    ):
        before = await filled(administrator, service)
    now = users_conf(broker.logins, lambda user: f'"{broker.password(user)}"')
    async with (
        broker.running(now) as server,
        broker.opened(server.url, ADMINISTRATOR) as administrator,
        broker.opened(server.url, SERVICE) as service,
        broker.opened(server.url, "partners") as partners,
    ):
        assert await state(await administrator.session()) == before
        assert before["acknowledged"] == TAKEN
        assert await (await partners.session()).publish([an_event(STORED)]) == [""]
        # what had been delivered and not acknowledged comes again, after what is new
        assert sorted(await take(await service.session(), STORED + 1 - TAKEN)) == [b"2", b"3", b"4", b"5"]
