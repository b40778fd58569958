"""One commit for documents, events, the record of the request and the mark of a consumed event."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from libs.call import Caller, CallOutcome, CallsRecorded, Command, Effects, Mark, recorded
from libs.clock import SteppedClock
from libs.env import About, Env
from libs.errors import EtagMismatch, NotFound, StoreUnavailable
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.messaging.inbox import SEEN, AlreadySeen, Seen
from libs.messaging.outbox import OUTBOX, Encode, OutboxEntry, micros
from libs.store.port import Loaded, Query, Store, create, get
from libs.store.requests import RECORDS
from libs.store.sqlite import SqliteStore
from tests.builders import NO_KEYS, NO_OBJECTS, NOW, a_call
from tests.contracts.messaging.things import ALL_KINDS, HERE, SUBJECT, THINGS, Happened, Thing, encode
from tests.store_faults import FailingCommits, Gate
from tests.waiting import until


class Harness:
    """An Env, and what it handed over or had doubts about."""

    def __init__(self, store: Store, encode: Encode = encode) -> None:
        self.store = store
        self.clock = SteppedClock(NOW)
        self.handed: list[OutboxEntry] = []
        self.doubted: list[OutboxEntry] = []
        self.env: Env[None] = Env(
            "things",
            store=store,
            directory=HERE,
            clock=self.clock,
            encode=encode,
            handover=self.handed.extend,
            doubt=self.doubted.extend,
            keys=NO_KEYS,
            objects=NO_OBJECTS,
            settings=None,
        )

    async def outbox(self) -> list[OutboxEntry]:
        """What is stored."""
        return [row.value for row in (await self.store.find(Query(kind=OUTBOX, order="at"))).rows]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    found = await SqliteStore.open(tmp_path / "store.db")
    await found.ensure(ALL_KINDS)
    yield found
    await found.close()


class Create(Command, frozen=True, kw_only=True):
    """Make a thing."""

    id: str


async def make(env: Env[None], cmd: Create) -> Thing:
    return await env.commit(create(THINGS, Thing(id=cmd.id)), events=[Happened(1)], call=cmd.call)


async def leave(env: Env[None], cmd: Create) -> Thing:
    """Change nothing."""
    return await env.unchanged(await env.load(THINGS, cmd.id, call=cmd.call), call=cmd.call)


async def test_a_commit_writes_document_event_record_and_mark_together(store: Store) -> None:
    harness = Harness(store)
    call = msgspec.structs.replace(a_call("r1", method="/Make"), dedup_key="consumer:e1", traceparent="trace")
    thing = await harness.env.commit(create(THINGS, Thing(id="a")), events=[Happened(7)], call=call)
    assert thing == Thing(id="a", version=1)
    [entry] = await harness.outbox()
    assert entry.envelope == Envelope(
        id=entry.id,
        type="prm.things.v1.Happened",
        source="prm/local/things",
        about="a",
        version=1,
        subject=f"prm.local.{SUBJECT}",
        time=NOW,
        actor="system",
        method="/Make",
        request_id="r1",
        traceparent="trace",
        body=b"7",
    )
    assert (entry.at, harness.handed, harness.doubted) == (micros(NOW), [entry], [])
    seen = await get(store, SEEN, "consumer:e1")
    assert seen is not None
    assert seen.value == Seen(id="consumer:e1", version=1, at=NOW)
    assert await get(store, RECORDS, call.request.key) is not None


async def test_an_event_names_who_did_it(store: Store) -> None:
    harness = Harness(store)
    caller = Caller(subject="dev:anna", roles=("a", "b"), partner_id="ptn_1", on_behalf_of="dev:bob")
    call = msgspec.structs.replace(a_call(), caller=caller)
    await harness.env.commit(create(THINGS, Thing(id="a")), events=[Happened(1)], call=call)
    [entry] = await harness.outbox()
    assert entry == harness.handed[0]
    said = entry.envelope
    assert (said.actor, said.roles, said.partner_id, said.on_behalf_of) == ("dev:anna", ("a", "b"), "ptn_1", "dev:bob")


async def test_a_change_of_a_caller_without_an_event_is_recorded_in_the_same_commit(store: Store) -> None:
    harness = Harness(store, encode=EventCodec("deals", ()).encode)
    caller = Caller(subject="dev:anna", roles=("finance",))
    call = msgspec.structs.replace(a_call("r1", method="/prm.things.v1.ThingService/Make"), caller=caller)
    await harness.env.commit(create(THINGS, Thing(id="a")), call=call)
    [entry] = await harness.outbox()
    assert (entry.envelope.type, harness.handed) == ("prm.deals.v1.CallsRecorded", [entry])
    assert EventCodec.decode(entry.envelope, CallsRecorded).calls == (
        recorded(caller, call.method, CallOutcome.CHANGED, time=NOW, resource_id="a", request_id="r1"),
    )
    await harness.env.commit(create(THINGS, Thing(id="b")), call=a_call(method="things__sweep"))
    assert await harness.outbox() == [entry]


async def test_calls_are_recorded_by_an_event_of_their_own(store: Store) -> None:
    failing = FailingCommits(store)
    harness = Harness(failing, encode=EventCodec("deals", ()).encode)
    calls = [
        recorded(Caller(subject=f"dev:{number}"), "/a/B", CallOutcome.DISCLOSED, time=NOW, shown_ids=("reg_1",))
        for number in range(3)
    ]
    await harness.env.record(calls)
    [entry] = await harness.outbox()
    assert harness.handed == [entry]
    assert (entry.envelope.actor, entry.envelope.method, entry.envelope.version) == (
        "system",
        "things__record_calls",
        0,
    )
    assert EventCodec.decode(entry.envelope, CallsRecorded).calls == tuple(calls)
    failing.lose_next_answer(StoreUnavailable("answer lost"))
    with pytest.raises(StoreUnavailable):
        await harness.env.record(calls)
    assert [one.id for one in harness.doubted] == [one.id for one in (await harness.outbox())[1:]]


async def test_a_commit_notes_itself_for_who_asks_and_only_when_it_has_landed(store: Store) -> None:
    failing = FailingCommits(store)
    harness = Harness(failing)
    effects = Effects()
    call = msgspec.structs.replace(a_call(), effects=effects)
    failing.refuse_next(StoreUnavailable("away"))
    with pytest.raises(StoreUnavailable):
        await harness.env.commit(create(THINGS, Thing(id="a")), call=call)
    assert not effects.committed
    await harness.env.commit(create(THINGS, Thing(id="a")), call=call)
    assert effects.committed == {"a"}


async def test_an_event_names_the_fields_of_its_document_that_differ(store: Store) -> None:
    harness = Harness(store)
    for name in ("a", "b"):
        await harness.env.commit(create(THINGS, Thing(id=name, happened=1)), events=[Happened(1)], call=a_call())
    one, other = await harness.env.load(THINGS, "a", call=a_call()), await harness.env.load(THINGS, "b", call=a_call())
    put, same = one.put(Thing(id="a", happened=2)), other.put(Thing(id="b", happened=1))
    events: list[msgspec.Struct | About] = [Happened(1), About(Happened(2), same.document)]
    await harness.env.commit(put, same, events=events, call=a_call())
    assert [entry.envelope.changed for entry in harness.handed] == [(), (), ("happened",), ()]


async def test_a_document_that_was_only_thought_of_is_new(store: Store) -> None:
    harness = Harness(store)
    first = Loaded(THINGS, Thing(id="a")).put(Thing(id="a", happened=1))
    await harness.env.commit(first, events=[Happened(1)], call=a_call())
    assert [entry.envelope.changed for entry in harness.handed] == [()]


async def test_an_event_may_be_about_another_document(store: Store) -> None:
    harness = Harness(store)
    other = create(THINGS, Thing(id="b"))
    events: list[msgspec.Struct | About] = [Happened(1), About(Happened(2), other.document)]
    await harness.env.commit(create(THINGS, Thing(id="a")), other, events=events, call=a_call())
    assert [(one.envelope.about, one.envelope.version) for one in harness.handed] == [("a", 1), ("b", 1)]


async def test_an_event_about_what_its_commit_does_not_write_is_a_bug(store: Store) -> None:
    harness = Harness(store)
    thought = Thing(id="b")
    for elsewhere in (thought, Thing(id="c", version=1)):
        with pytest.raises(AssertionError, match=f"{elsewhere.id} is not written"):
            await harness.env.commit(
                create(THINGS, Thing(id="a")),
                create(THINGS, thought),
                events=[About(Happened(1), elsewhere)],
                call=a_call(),
            )
    assert (harness.handed, await harness.outbox()) == ([], [])


async def test_an_event_may_be_about_what_its_commit_removes(store: Store) -> None:
    harness = Harness(store)
    await harness.env.commit(create(THINGS, Thing(id="a")), call=a_call())
    loaded = await harness.env.load(THINGS, "a", call=a_call())
    events = [About(Happened(1), loaded.value)]
    await harness.env.commit(create(THINGS, Thing(id="b")), loaded.delete(), events=events, call=a_call())
    assert [(one.envelope.about, one.envelope.changed) for one in harness.handed] == [("a", ())]


async def test_events_of_one_process_never_share_an_instant_and_keep_their_order(store: Store) -> None:
    harness = Harness(store)
    for name in ("a", "b"):
        await harness.env.commit(create(THINGS, Thing(id=name)), events=[Happened(n) for n in range(20)], call=a_call())
    harness.clock.advance(timedelta(seconds=1))
    await harness.env.commit(create(THINGS, Thing(id="c")), events=[Happened(40)], call=a_call())
    first = micros(NOW)
    assert [one.at for one in harness.handed] == [*range(first, first + 40), first + 1_000_000]
    assert await harness.outbox() == harness.handed


async def test_a_refused_commit_hands_nothing_over(store: Store) -> None:
    harness = Harness(store)
    await harness.env.commit(create(THINGS, Thing(id="a")), call=a_call())
    with pytest.raises(Exception, match="another version"):
        await harness.env.commit(create(THINGS, Thing(id="a")), events=[Happened(1)], call=a_call())
    assert (harness.handed, harness.doubted, await harness.outbox()) == ([], [], [])


async def test_a_commit_that_may_have_landed_is_doubted(store: Store) -> None:
    failing = FailingCommits(store)
    harness = Harness(failing)
    failing.lose_next_answer(StoreUnavailable("answer lost"))
    with pytest.raises(StoreUnavailable):
        await harness.env.commit(create(THINGS, Thing(id="a")), events=[Happened(1)], call=a_call())
    assert harness.handed == []
    assert [one.id for one in harness.doubted] == [one.id for one in await harness.outbox()]


async def test_a_cancelled_commit_is_doubted(store: Store) -> None:
    gate = Gate(store)
    harness = Harness(gate)
    gate.shut()
    commit = harness.env.commit(create(THINGS, Thing(id="a")), events=[Happened(1)], call=a_call())
    task = asyncio.create_task(commit)
    await until(lambda: gate.waiting)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert [one.envelope.body for one in harness.doubted] == [b"1"]


async def test_an_event_seen_before_ends_a_use_case_at_the_first_attempt(store: Store) -> None:
    harness = Harness(store)
    attempts: list[str] = []

    async def count(env: Env[None], cmd: Create) -> Thing:
        attempts.append(cmd.id)
        return await make(env, cmd)

    call = msgspec.structs.replace(a_call(), dedup_key="consumer:e1")
    await harness.env.run(count, Create(call=call, id="a"))
    with pytest.raises(AlreadySeen):
        await harness.env.run(count, Create(call=call, id="b"))
    assert (attempts, await get(store, THINGS, "b")) == (["a", "b"], None)


async def test_a_repeated_request_gets_its_first_answer_and_has_no_second_event(store: Store) -> None:
    harness = Harness(store)
    first = await harness.env.run(make, Create(call=a_call("r1"), id="a"))
    assert await harness.env.run(make, Create(call=a_call("r1"), id="a")) == first
    assert len(await harness.outbox()) == 1


async def test_a_repeated_request_is_told_of_the_events_of_the_first(store: Store) -> None:
    harness = Harness(store)
    written = []
    for id in ("a", "b"):
        call = msgspec.structs.replace(a_call("r1"), effects=Effects())
        await harness.env.run(make, Create(call=call, id=id))
        assert call.effects is not None
        written.append((call.effects.marks, call.effects.committed))
    marks = (Mark(SUBJECT, "a", 1),)
    assert written == [(marks, {"a"}), (marks, set())]


async def test_a_call_that_changes_nothing_has_the_position_of_what_it_found(store: Store) -> None:
    env = Harness(store).env
    await env.commit(create(THINGS, Thing(id="a")), call=a_call())
    found = await env.load(THINGS, "a", call=a_call())
    await env.commit(found.put(Thing(id="a", happened=1)), events=[Happened(1)], call=a_call())
    mark = Mark("things.thing.*", "a", 2)
    for _ in range(2):
        effects = Effects()
        call = msgspec.structs.replace(a_call(request_id="r"), effects=effects)
        assert await env.run(leave, Create(call=call, id="a")) == Thing(id="a", version=2, happened=1)
        assert (effects.marks, effects.committed) == ((mark,), set())
    await env.unchanged(await env.load(THINGS, "a", call=a_call()), call=a_call())


async def test_load_refuses_what_is_not_there_or_has_changed(store: Store) -> None:
    harness = Harness(store)
    with pytest.raises(NotFound):
        await harness.env.load(THINGS, "a", call=a_call())
    await harness.env.run(make, Create(call=a_call(), id="a"))
    assert (await harness.env.load(THINGS, "a", call=a_call(), etag="1")).value == Thing(id="a", version=1)
    with pytest.raises(EtagMismatch):
        await harness.env.load(THINGS, "a", call=a_call(), etag="2")


async def test_many_are_loaded_in_the_order_of_their_ids_or_none_of_them(store: Store) -> None:
    harness = Harness(store)
    for id in "abc":
        await harness.env.run(make, Create(call=a_call(), id=id))
    found = await harness.env.load_many(THINGS, ("c", "a"), call=a_call())
    assert [loaded.value.id for loaded in found] == ["c", "a"]
    assert await harness.env.load_many(THINGS, (), call=a_call()) == ()
    with pytest.raises(NotFound, match="thing d"):
        await harness.env.load_many(THINGS, ("c", "d", "e"), call=a_call())
    of_a_partner = msgspec.structs.replace(a_call(), caller=Caller(subject="dev:anna", partner_id="ptn_1"))
    with pytest.raises(NotFound, match="thing a"):
        await harness.env.load_many(THINGS, ("a", "b"), call=of_a_partner)
