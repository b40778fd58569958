"""Segments the partners of a quarter: one page of rows in one commit.

A commit writes the rows of a page together with the place where the next page begins, so whatever stops the process
leaves whole pages, and the next process goes on there. Until the last page nobody sees any of it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from libs.call import Command
from libs.quarters import last_day_of, months_after, quarters_until, settled_at
from libs.segmentation.lifecycle import life_cycle_of
from libs.store.listing import everything
from libs.store.port import Loaded, Query, create, get, get_all
from libs.versions import RuleState, applying
from services.partners.facts.reads import as_of
from services.partners.record.documents import PARTNERS
from services.partners.segmentation.documents import SEGMENTATION_MODELS, SEGMENTATIONS, SEGMENTS
from services.partners.segmentation.domain import run as runs
from services.partners.segmentation.domain.model import SegmentationModel
from services.partners.segmentation.domain.run import (
    Previous,
    RunPhase,
    Segment,
    Segmentation,
    run_id,
    segment_id,
)
from services.partners.segmentation.reads import Rates, revenue_of
from services.partners.settings import Env

ROWS_PER_COMMIT = 50
SOON = timedelta(minutes=1)
_QUARTER_MONTHS = 3


class OpenRuns(Command, frozen=True, kw_only=True):
    """Open the runs of the quarters that have ended."""


class WorkOnRun(Command, frozen=True, kw_only=True):
    """Do the next page of a run."""

    id: str


class Opened(msgspec.Struct, frozen=True):
    """How many runs were opened."""

    count: int = 0


async def open_runs(env: Env, cmd: OpenRuns) -> Opened:
    """Opens the run of each model and ended quarter that has none."""
    versions = await everything(env.store, SEGMENTATION_MODELS, {"state": RuleState.PUBLISHED})
    days = [one.effective_day for one in versions if one.effective_day is not None]
    wanted = {
        run_id(code, quarter): (model, quarter)
        for quarter in (quarters_until(min(days), env.today()) if days else ())
        for code, model in applying(versions, quarter).items()
    }
    known = await get_all(env.store, SEGMENTATIONS, sorted(wanted))
    zone, now = env.directory.here.time_zone, env.clock.now()
    fresh = [
        create(
            SEGMENTATIONS,
            runs.opened(model, quarter, due_at=settled_at(quarter, model.settling_days, zone), now=now),
        )
        for one, (model, quarter) in wanted.items()
        if one not in known
    ]
    if fresh:
        await env.commit(fresh[0], *fresh[1:], call=cmd.call)
    return Opened(len(fresh))


async def work_on_run(env: Env, cmd: WorkOnRun) -> Segmentation:
    """The run after its next page; unchanged if it is complete."""
    loaded = await env.load(SEGMENTATIONS, cmd.id, call=cmd.call)
    model = (await env.load(SEGMENTATION_MODELS, loaded.value.model_id, call=cmd.call)).value
    if loaded.value.phase is RunPhase.MEASURING:
        return await _measure(env, cmd, loaded, model)
    if loaded.value.phase is RunPhase.CLASSIFYING:
        return await _classify(env, cmd, loaded, model)
    return await env.unchanged(loaded, call=cmd.call)


async def _measure(env: Env, cmd: WorkOnRun, loaded: Loaded[Segmentation], model: SegmentationModel) -> Segmentation:
    """Measure the next partners, as soon as all facts of the settling time are summed up."""
    run, now, until = loaded.value, env.clock.now(), await as_of(env)
    if until < settled_at(run.quarter, model.settling_days, env.directory.here.time_zone):
        return await _wait(env, cmd, loaded, now)
    found = await env.store.find(Query(kind=PARTNERS, limit=ROWS_PER_COMMIT, cursor=run.cursor))
    rates = Rates(env, model)
    measured = [await _row(env, run, model, row.value.id, rates) for row in found.rows]
    rows = [one for one in measured if one is not None]
    after = runs.measured(run, rows, found.next_cursor, as_of=until, now=now)
    return await env.commit(loaded.put(after), *[create(SEGMENTS, one) for one in rows], call=cmd.call)


async def _row(env: Env, run: Segmentation, model: SegmentationModel, partner_id: str, rates: Rates) -> Segment | None:
    """The row of a partner; None if it has no documents in the window."""
    async with env.settings.measuring.slice():
        found = await revenue_of(env, model, partner_id, quarter=run.quarter, rates=rates)
    if not any(month >= run.first_month for month in found.months):
        return None
    revenue = life_cycle = None
    if found.converted is not None:
        revenue = sum(amount for month, amount in found.converted.items() if month >= run.first_month)
        last_month = last_day_of(run.quarter).replace(day=1)
        life_cycle = life_cycle_of(model.life_cycle_rules, found.earning, found.converted, last_month=last_month)
    return Segment(
        id=segment_id(run.id, partner_id),
        run_id=run.id,
        partner_id=partner_id,
        revenue=revenue,
        negated=None if revenue is None else -revenue,
        life_cycle=life_cycle,
        update_time=env.clock.now(),
    )


async def _classify(env: Env, cmd: WorkOnRun, loaded: Loaded[Segmentation], model: SegmentationModel) -> Segmentation:
    """Give the next rows their classes, as soon as the run of the quarter before is complete."""
    run, now = loaded.value, env.clock.now()
    before = await get(env.store, SEGMENTATIONS, run_id(run.model_code, months_after(run.quarter, -_QUARTER_MONTHS)))
    if before is not None and before.value.phase is not RunPhase.COMPLETE:
        return await _wait(env, cmd, loaded, now)
    found = await env.store.find(
        Query(kind=SEGMENTS, equals={"run_id": run.id}, order="negated", limit=ROWS_PER_COMMIT, cursor=run.cursor)
    )
    rows = [row.value for row in found.rows]
    previous = await _previous(env, before.value, rows) if before else None
    after, done = runs.classified(run, model, rows, previous, now=now)
    puts = [row.put(one) for row, one in zip(found.rows, done, strict=True)]
    if found.next_cursor:
        return await env.commit(loaded.put(replace(after, cursor=found.next_cursor)), *puts, call=cmd.call)
    whole = runs.completed(after, previous.run if previous else None, now=now)
    return await env.commit(loaded.put(whole), *puts, events=[runs.completed_event(whole)], call=cmd.call)


async def _previous(env: Env, before: Segmentation, rows: Iterable[Segment]) -> Previous:
    """The run before, with the classes of the partners of these rows in it."""
    known = await get_all(env.store, SEGMENTS, [segment_id(before.id, one.partner_id) for one in rows])
    return Previous(before, {row.value.partner_id: row.value.class_code for row in known.values()})


async def _wait(env: Env, cmd: WorkOnRun, loaded: Loaded[Segmentation], now: datetime) -> Segmentation:
    waiting = replace(loaded.value, due_at=now + SOON, update_time=now)
    return await env.commit(loaded.put(waiting), call=cmd.call)
