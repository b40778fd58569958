"""The connection: what a burst answers, streams as configured, servers that come and go."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client

from libs.messaging.client import FastClient
from libs.messaging.jetstream import NO_ANSWER, TOO_LARGE, Outgoing, open_jetstream
from libs.messaging.streams import DEAD, EVENTS, ForeignBroker, StreamLimits
from tests.contracts.messaging.world import a_world

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,20}", fullmatch=True)
VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=30).map(str.strip)


def a_message(id: str, body: bytes = b"", subject: str = "prm.local.x.y.z") -> Outgoing:
    return Outgoing(subject, {"Nats-Msg-Id": id}, body)


async def test_a_burst_answers_for_each_message(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world, world.jetstream() as jetstream:
        session = await jetstream.session()
        burst = [a_message("1"), a_message("2", bytes(2**21)), a_message("3", subject="nobody.here"), a_message("1")]
        assert await session.publish(burst) == ["", TOO_LARGE, "no stream takes it", ""]
        assert await world.count_stored(jetstream) == 1
        assert await session.publish([]) == []


async def test_a_burst_on_a_lost_connection_has_no_answers(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world, world.jetstream() as jetstream:
        session = await jetstream.session()
        await world.stop_broker()
        await world.until(lambda: not jetstream.connected)
        assert await session.publish([a_message("1"), a_message("2")]) == [NO_ANSWER, NO_ANSWER]
        await world.start_broker()
        assert await (await jetstream.session()).publish([a_message("1")]) == [""]
        assert not session.alive


async def test_streams_have_the_limits_they_are_given_also_when_they_exist(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        async with world.jetstream() as jetstream:
            await jetstream.session()
        limits = StreamLimits(events_bytes=10**6, dead_bytes=10**5, kept=timedelta(days=1))
        async with world.jetstream(limits=limits) as jetstream:
            session = await jetstream.session()
            events, dead = [(await session.streams.stream_info(name)).config for name in (EVENTS, DEAD)]
        assert (events.max_bytes, events.max_age, events.subjects) == (10**6, 86_400, ["prm.local.>", "replay.local.>"])
        assert (dead.max_bytes, dead.max_age, dead.subjects) == (10**5, 86_400, ["dead.local.>"])


async def test_the_broker_of_another_cell_is_refused(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        async with world.jetstream() as jetstream:
            await jetstream.session()
        with pytest.raises(ForeignBroker, match=r"this is cell cn, .* prm\.local\.>"):
            async with open_jetstream(world.broker.url, "cn") as jetstream:
                await jetstream.session()


class Wire(Client):
    """Keeps what the library would send."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    async def _send_command(self, cmd: bytes, priority: bool = False) -> None:
        self.sent.append(cmd)


class FastWire(FastClient, Wire):
    """Keeps what we would send."""


@given(st.dictionaries(NAMES, VALUES, max_size=5), st.binary(max_size=20))
async def test_fast_headers_are_the_librarys_headers(headers: dict[str, str], body: bytes) -> None:
    slow, fast = Wire(), FastWire()
    for client in (slow, fast):
        await client._send_publish("a.b", "reply", body, len(body), headers)
    assert fast.sent == slow.sent
    assert fast.stats == slow.stats


@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_fast_headers_are_read_as_the_library_reads_them(headers: dict[str, str]) -> None:
    raw = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n"
    assert FastClient._parse_header_lines(raw) == Client._parse_header_lines(raw)


async def test_a_line_break_in_a_header_cannot_make_another_header() -> None:
    for value in ("x\r\nNats-Rollup: all", "x\nNats-Rollup: all", "x\rNats-Rollup: all"):
        client = FastWire()
        await client._send_publish("a.b", "reply", b"", 0, {"ce-prmrequestid": value})
        [sent] = client.sent
        assert sent.count(b"\n") == sent.count(b"\r") == 5
