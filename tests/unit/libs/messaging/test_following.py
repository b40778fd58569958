"""Who follows is told of every event once, in the order of the broker, from where he wants."""

import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from nats.js.api import RawStreamMsg

from libs.messaging.embedded import EmbeddedNats, embedded_nats
from libs.messaging.envelope import Envelope
from libs.messaging.following import WAKES_MESSAGES, Follower, Passed, Place
from libs.messaging.jetstream import ConnectionLost, JetStream, Outgoing, Session, open_jetstream
from libs.messaging.streams import EVENTS, replay_subject
from tests.builders import NOW

CELL = "local"
CREATED, CONFIRMED = "orders.order.created", "orders.order.confirmed"


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[EmbeddedNats]:
    async with embedded_nats(tmp_path) as opened:
        yield opened


@pytest.fixture
async def jetstream(broker: EmbeddedNats) -> AsyncIterator[JetStream]:
    async with open_jetstream(broker.url, CELL) as opened:
        yield opened


def an_event(id: str, subject: str = CREATED) -> Outgoing:
    envelope = Envelope(
        id=id,
        type="prm.orders.v1.OrderCreated",
        source=f"prm/{CELL}/orders",
        about="ord",
        version=1,
        subject=f"prm.{CELL}.{subject}",
        time=NOW,
    )
    return Outgoing(envelope.subject, envelope.headers(), b"")


async def publish(session: Session, *messages: Outgoing) -> None:
    """Each is stored at a time of its own."""
    for one in messages:
        assert await session.publish([one]) == [""]


async def follower(session: Session, place: Place, subject: str = ">") -> Follower:
    made = Follower(session, subject, place)
    await made.start()
    return made


def ids(*passed: Passed) -> list[str]:
    return [one.event.id if one.event is not None else one.fault for one in passed]


async def test_from_now_on_each_event_is_told_once_in_order(jetstream: JetStream) -> None:
    session = await jetstream.session()
    await publish(session, an_event("before"))
    following = await follower(session, Place())
    await publish(session, an_event("1"), an_event("2", CONFIRMED))
    assert ids(await following.take(), await following.take()) == ["1", "2"]
    await publish(session, an_event("3"))
    assert ids(await following.take()) == ["3"]


async def test_only_what_the_subject_names_is_told(jetstream: JetStream) -> None:
    session = await jetstream.session()
    one, any = await follower(session, Place(), CONFIRMED), await follower(session, Place(), "orders.*.confirmed")
    await publish(session, an_event("1"), an_event("2", CONFIRMED), an_event("3", "deals.registration.approved"))
    await publish(session, an_event("4", "orders.return.confirmed"))
    assert await one.take() == (await any.take())
    assert [passed.subject for passed in (await any.take(),)] == ["orders.return.confirmed"]


async def test_a_replay_to_one_consumer_is_no_event_that_passes(jetstream: JetStream) -> None:
    session = await jetstream.session()
    following = await follower(session, Place())
    replayed = an_event("again")
    await publish(session, Outgoing(replay_subject(CELL, "deals__x"), replayed.headers, b""), an_event("1"))
    assert ids(await following.take()) == ["1"]


async def test_since_a_time_starts_at_the_first_that_was_stored_then(jetstream: JetStream) -> None:
    session = await jetstream.session()
    await publish(session, *(an_event(str(number)) for number in range(1, 14)))
    for gone in (1, 5, 6, 13):
        await session.streams.delete_msg(EVENTS, gone)
    left = [number for number in range(1, 14) if number not in (1, 5, 6, 13)]
    rows: list[RawStreamMsg] = [await session.streams.get_msg(EVENTS, seq=number) for number in left]
    for row in rows:
        assert row.time is not None
        for since in (row.time - timedelta(microseconds=1), row.time, row.time + timedelta(microseconds=1)):
            expected = [other.seq for other in rows if other.time is not None and other.time >= since][:1] or [14]
            await publish(session, *([an_event("14")] if expected == [14] else []))
            assert ids(await (await follower(session, Place(since))).take()) == [str(expected[0])]


async def test_who_lost_the_connection_goes_on_where_he_was(broker: EmbeddedNats, jetstream: JetStream) -> None:
    session, place = await jetstream.session(), Place()
    following = await follower(session, place)
    await publish(session, an_event("1"), an_event("2"))
    assert ids(await following.take()) == ["1"]
    os.kill(broker.pid, signal.SIGKILL)
    told = await told_until_lost(following)
    again = await jetstream.session()
    await publish(again, an_event("3"))
    following = await follower(again, place)
    while told[-1:] != ["3"]:
        told += ids(await following.take())
    assert told == ["2", "3"]


async def told_until_lost(following: Follower) -> list[str]:
    told: list[str] = []
    with suppress(ConnectionLost):
        while True:
            told += ids(await following.take())
    return told


async def test_a_broker_that_lost_its_files_is_followed_from_its_new_end(tmp_path: Path) -> None:
    place = Place()
    for id in ("1", "2"):
        async with embedded_nats(tmp_path / "nats") as broker, open_jetstream(broker.url, CELL) as jetstream:
            session = await jetstream.session()
            following = await follower(session, place)
            await publish(session, an_event(id))
            assert ids(await following.take()) == [id]
        shutil.rmtree(tmp_path / "nats")


async def test_a_message_that_is_no_event_is_told_as_such(jetstream: JetStream) -> None:
    session = await jetstream.session()
    following = await follower(session, Place())
    await publish(session, Outgoing(f"prm.{CELL}.{CREATED}", {}, b"x"))
    passed = await following.take()
    assert (passed.subject, passed.event, passed.fault) == (CREATED, None, "header ce-source is missing")


async def test_more_events_than_there_is_room_to_hear_of_are_told_all_the_same(jetstream: JetStream) -> None:
    session = await jetstream.session()
    following = await follower(session, Place())
    count = 10 * WAKES_MESSAGES
    assert set(await session.publish([an_event(str(number)) for number in range(count)])) == {""}
    assert ids(*[await following.take() for _ in range(count)]) == [str(number) for number in range(count)]
