"""A run walks over every row of the kinds that hold persons, a page in each commit. Once a day it purges; a rehearsal,
which compliance asks for, counts what a run would purge.

A page is one commit: the rows, the position and counts of the run, and the gate. So a process that is killed loses
nothing and does nothing twice, and of several replicas one commits each page. What a commit has erased goes into the
erasure ledger before the next page, so that a copy from before does not bring it back.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from libs.call import SYSTEM, Call, Command
from libs.env import Env
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.messaging.intake import Consumer
from libs.privacy.ledger.replay import replay
from libs.privacy.sealing.store import SealedStore
from libs.purge_report import PurgeRunEnded, signed
from libs.purging.documents import GATE, GATES, RUNS, PurgeGate, PurgeRun
from libs.purging.freezes import frozen_hashes
from libs.purging.page import look
from libs.runtime.service import Job
from libs.store.port import Kind, Loaded, Query, VersionConflict, Write, create, get

EVERY = timedelta(seconds=10)
RUN_EVERY = timedelta(days=1)


class PurgeRehearsalAsked(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of prm.compliance.v1.PurgeRehearsalAsked."""

    run_id: str


class Rehearse(Command, frozen=True, kw_only=True):
    """Begin a rehearsal."""

    run_id: str


def purging(service: str, kinds: Sequence[Kind[Any]]) -> Job[Any]:
    """The job that purges these kinds, all of which hold persons."""
    name = f"{service}__purge_expired"

    async def purge(env: Env[Any]) -> int:
        try:
            return await step(env, kinds, name)
        except VersionConflict:  # another replica has done it, or somebody changed a row: it is looked at again
            return 0

    return Job(name, EVERY, purge)


def rehearsing() -> Consumer[Any]:
    """The consumer that begins rehearsals."""

    async def handle(env: Env[Any], envelope: Envelope, call: Call) -> None:
        asked = EventCodec.decode(envelope, PurgeRehearsalAsked)
        await env.run(rehearse, Rehearse(call=call, run_id=asked.run_id))

    return Consumer("compliance.purge_rehearsal.asked", handle)


async def rehearse(env: Env[Any], cmd: Rehearse) -> PurgeRun:
    """The rehearsal, which the job carries out; unchanged if it was begun."""
    if (held := await get(env.store, RUNS, cmd.run_id)) is not None:
        return held.value
    run = PurgeRun(id=cmd.run_id, rehearsal=True, begin_time=env.clock.now())
    return await env.commit(create(RUNS, run), call=cmd.call)


async def step(env: Env[Any], kinds: Sequence[Kind[Any]], job: str) -> int:
    """Take the next page of the oldest run, or end it; how many rows were looked at, at least 1 if there is more to do.
    VersionConflict, StoreUnavailable."""
    store = env.store
    assert isinstance(store, SealedStore), "a service with persons has its store encrypted"
    runs = await store.find(Query(kind=RUNS))
    if not runs.rows:
        return await _begin(env, store)
    held = min(runs.rows, key=lambda one: one.value.begin_time)
    run = held.value
    if run.pending:
        await store.ledger.append(run.pending)
    kind = _next_kind(run, kinds)
    if kind is None:
        await _end(env, store, held, job)
        return 1
    gate = await get(store, GATES, GATE)
    page = await look(env, store, kind, run, await frozen_hashes(store, env.keys))
    writes: list[Write] = [held.put(page.run), *page.writes]
    if page.writes:
        assert gate is not None, "a run begins with a gate"
        writes.append(gate.put(gate.value))
    await store.inner.commit(writes)
    return max(page.run.examined - run.examined, 1)


def _next_kind(run: PurgeRun, kinds: Sequence[Kind[Any]]) -> Kind[Any] | None:
    """The kind to look at: the present one while it has pages, else the one after it; None at the end."""
    names = [one.name for one in kinds]
    if run.kind not in names:  # at the start, or after the release with that kind
        return kinds[0]
    place = names.index(run.kind) + (0 if run.cursor else 1)
    return kinds[place] if place < len(kinds) else None


async def _begin(env: Env[Any], store: SealedStore) -> int:
    """Begin a run if one is due; how many were begun. The first one begins a day after the start of the first release
    with purges, so that there is time to rehearse."""
    now = env.clock.now()
    gate = await get(store, GATES, GATE)
    if gate is None:
        await store.commit([create(GATES, PurgeGate(id=GATE, begin_time=now))])
        return 0
    if now < gate.value.begin_time + RUN_EVERY:
        return 0
    run = PurgeRun(id=env.ids.new("prn"), rehearsal=False, begin_time=now)
    begun = gate.put(replace(gate.value, begin_time=now))
    await store.commit([create(RUNS, run), begun])
    return 1


async def _end(env: Env[Any], store: SealedStore, held: Loaded[PurgeRun], job: str) -> None:
    """Delete the keys of what was purged, and report the run."""
    run = held.value
    if not run.rehearsal:
        await replay(store)
    head = await store.ledger.head()
    report = PurgeRunEnded(
        run_id=run.id,
        service=env.service,
        rehearsal=run.rehearsal,
        purged=run.purged,
        examined_rows=run.examined,
        unreadable_rows=run.unreadable,
        ledger_number=head.number,
        ledger_hash=head.hash,
        begin_time=run.begin_time,
        end_time=env.clock.now(),
    )
    await env.remove(held, events=[signed(report, env.keys)], call=Call(caller=SYSTEM, method=job))
