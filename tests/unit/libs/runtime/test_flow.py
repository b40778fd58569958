"""What can be seen of events on their way: traces, figures, dead letters, and a relay that only sees the store."""

from datetime import timedelta
from pathlib import Path

import pytest
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from libs.clock import SteppedClock
from libs.messaging.dead import DeadLetter
from libs.messaging.outbox import OUTBOX, OutboxEntry
from libs.runtime.dead_letters import dead_letters, replay
from libs.runtime.gauges import Gauges
from libs.runtime.outbox_follower import OVERLAP_SECONDS, OutboxFollower
from libs.store.port import create
from libs.store.sqlite import SqliteStore
from libs.telemetry import Telemetry
from tests.builders import NOW
from tests.unit.libs.runtime.entries import an_entry
from tests.unit.libs.runtime.notes import Hooks, at_work, copies, settings, take
from tests.waiting import until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


async def test_a_trace_goes_from_the_caller_through_grpc_and_nats(tmp_path: Path) -> None:
    spans = InMemorySpanExporter()
    telemetry = Telemetry(spans=[SimpleSpanProcessor(spans)])
    async with at_work(tmp_path, telemetry=telemetry) as (cell, client):
        await take(client, 1, headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
        await take(client, 2, headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-00"})
        await cell.settled(within_seconds=20)
        assert len(await copies(cell)) == 2
    served, consumed = spans.get_finished_spans()
    assert (served.name, consumed.name) == ("/prm.probe.v1.MirrorService/Save", "copies__note_taken")
    assert served.context is not None
    assert consumed.parent is not None
    assert (f"{served.context.trace_id:032x}", consumed.parent.span_id) == (TRACE, served.context.span_id)


async def test_backlog_lag_and_deliveries_are_measured(tmp_path: Path) -> None:
    reader = InMemoryMetricReader()
    telemetry = Telemetry(readers=[reader])
    async with at_work(tmp_path, telemetry=telemetry) as (cell, client):
        await take(client, 1)
        await cell.settled(within_seconds=20)
        gauges = Gauges(Telemetry(), relays=cell.relays, consumers=cell.consumers, jetstreams=cell.jetstreams)
        await gauges.look()
        await until(lambda: _names(reader) >= {"prm.outbox.backlog", "rpc.server.call.duration"})
    assert [(one.value, one.about) for one in gauges.lag] == [
        (0, {"consumer": "copies__note_taken", "service": "copies"})
    ]
    assert {one.about["outcome"]: one.value for one in gauges.deliveries}["done"] == 1


def _names(reader: InMemoryMetricReader) -> set[str]:
    data = reader.get_metrics_data()
    return {one.name for one in data.resource_metrics[0].scope_metrics[0].metrics} if data else set()


async def test_a_dead_letter_is_seen_and_given_back_while_the_cell_runs_and_when_it_does_not(tmp_path: Path) -> None:
    hooks, broken = Hooks(), [True]

    async def fail() -> None:
        if broken:
            raise ValueError("a bug")

    hooks.in_consumer = fail
    async with at_work(tmp_path, hooks) as (cell, client):
        await take(client, 1)
        await take(client, 2)
        [first, second] = await until(lambda: _letters(tmp_path, 2))
        assert (first.durable, first.reason.code) == ("copies__note_taken", "BUG")
        broken.clear()
        assert await replay(settings(tmp_path), sequences=[first.sequence]) == 1
        await cell.settled(within_seconds=20)
        assert len(await copies(cell)) == 1
    assert await dead_letters(settings(tmp_path)) == (second,)
    assert await replay(settings(tmp_path)) == 1
    async with at_work(tmp_path, hooks) as (cell, _):
        await cell.settled(within_seconds=20)
        assert len(await copies(cell)) == 2


async def _letters(folder: Path, count: int) -> tuple[DeadLetter, ...]:
    found = await dead_letters(settings(folder))
    return found if len(found) == count else ()


@pytest.fixture
async def store(tmp_path: Path) -> SqliteStore:
    opened = await SqliteStore.open(tmp_path / "store.db")
    await opened.ensure([OUTBOX])
    return opened


async def test_a_tail_hands_over_each_row_once_and_those_that_come_late_too(store: SqliteStore) -> None:
    clock, seen = SteppedClock(NOW), list[str]()
    tail = OutboxFollower(store, lambda entries: seen.extend(entry.id for entry in entries), clock)

    async def add(*entries: OutboxEntry) -> None:
        await store.commit([create(OUTBOX, entry) for entry in entries])

    await add(an_entry("old", NOW - timedelta(hours=1)), an_entry("a", NOW), an_entry("b", NOW + timedelta(seconds=2)))
    assert await tail.look(OVERLAP_SECONDS) == 2
    await add(an_entry("c", NOW + timedelta(seconds=1.5)))
    assert await tail.look(OVERLAP_SECONDS) == 1
    assert await tail.look(OVERLAP_SECONDS) == 0
    await add(*[an_entry(f"n{number}", NOW + timedelta(seconds=3, microseconds=number)) for number in range(90)])
    assert await tail.look(OVERLAP_SECONDS) == 90
    assert seen == ["a", "b", "c", *[f"n{number}" for number in range(90)]]
    await store.close()
