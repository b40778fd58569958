"""Divides the customers of a quarter: one page of rows in one commit.

A commit writes the rows of a page together with the place where the next page begins, so whatever stops the process
leaves whole pages, and the next process goes on there. Until the last page nobody sees any of it.
"""

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from libs.call import Command
from libs.quarters import MONTHS, months_after, quarters_until, settled_at
from libs.store.port import Loaded, Query, create, get, get_all
from libs.versions import in_force
from services.deals.customer_segmentation.documents import ROWS, RUNS, SEGMENTATION_RULES
from services.deals.customer_segmentation.domain import run as runs
from services.deals.customer_segmentation.domain.figures import figures_of
from services.deals.customer_segmentation.domain.rule import CustomerSegmentationRule
from services.deals.customer_segmentation.domain.run import CustomerRow, CustomerRun, RunPhase, row_id, run_id
from services.deals.customer_segmentation.reads import orders_of
from services.deals.customers.documents import CUSTOMERS
from services.deals.customers.domain.customers import View
from services.deals.settings import Env
from services.deals.versions.reads import versions_of

ROWS_PER_COMMIT = 50
SOON = timedelta(minutes=1)


class OpenRuns(Command, frozen=True, kw_only=True):
    """Open the runs of the quarters that have ended."""


class WorkOnRun(Command, frozen=True, kw_only=True):
    """Do the next page of a run."""

    id: str


class Opened(msgspec.Struct, frozen=True):
    """How many runs were opened."""

    count: int = 0


async def open_runs(env: Env, cmd: OpenRuns) -> Opened:
    """Opens the run of each ended quarter that has none, of the last eight."""
    versions = await versions_of(env, SEGMENTATION_RULES)
    days = [one.effective_day for one in versions if one.effective_day is not None]
    wanted = {
        quarter: rule
        for quarter in (quarters_until(min(days), env.today()) if days else ())
        if (rule := in_force(versions, quarter)) is not None
    }
    known = await get_all(env.store, RUNS, [run_id(quarter) for quarter in wanted])
    zone, now = env.directory.here.time_zone, env.clock.now()
    fresh = [
        create(RUNS, runs.opened(rule, quarter, due_at=settled_at(quarter, rule.settling_days, zone), now=now))
        for quarter, rule in wanted.items()
        if run_id(quarter) not in known
    ]
    if fresh:
        await env.commit(fresh[0], *fresh[1:], call=cmd.call)
    return Opened(len(fresh))


async def work_on_run(env: Env, cmd: WorkOnRun) -> CustomerRun:
    """The run after its next page; unchanged if it is complete."""
    loaded = await env.load(RUNS, cmd.id, call=cmd.call)
    rule = (await env.load(SEGMENTATION_RULES, loaded.value.rule_id, call=cmd.call)).value
    if loaded.value.phase is RunPhase.MEASURING:
        return await _measure(env, cmd, loaded, rule)
    if loaded.value.phase is RunPhase.CLASSIFYING:
        return await _classify(env, cmd, loaded, rule)
    return await env.unchanged(loaded, call=cmd.call)


async def _measure(
    env: Env, cmd: WorkOnRun, loaded: Loaded[CustomerRun], rule: CustomerSegmentationRule
) -> CustomerRun:
    """Measure the next customers: records of organisations that stand for themselves."""
    run, now = loaded.value, env.clock.now()
    found = await env.store.find(
        Query(kind=CUSTOMERS, equals={"view": View.CELL}, limit=ROWS_PER_COMMIT, cursor=run.cursor)
    )
    ids = [row.value.id for row in found.rows if not row.value.customer.natural_person]
    measured = [await _row(env, run, rule, one, now) for one in ids]
    rows = [one for one in measured if one is not None]
    after = runs.measured(run, rows, found.next_cursor, now=now)
    return await env.commit(loaded.put(after), *(create(ROWS, one) for one in rows), call=cmd.call)


async def _row(
    env: Env, run: CustomerRun, rule: CustomerSegmentationRule, customer_id: str, now: datetime
) -> CustomerRow | None:
    """The row of a customer; None if it has no orders in the window."""
    figures = figures_of(
        await orders_of(env, customer_id),
        rule.life_cycle_rules,
        currency=run.currency,
        first_month=run.first_month,
        quarter=run.quarter,
    )
    return runs.row_of(run, customer_id, figures, now=now) if figures else None


async def _classify(
    env: Env, cmd: WorkOnRun, loaded: Loaded[CustomerRun], rule: CustomerSegmentationRule
) -> CustomerRun:
    """Give the next rows their classes, as soon as the run of the quarter before is complete."""
    run, now = loaded.value, env.clock.now()
    held = await get(env.store, RUNS, run_id(months_after(run.quarter, -MONTHS)))
    previous = held.value if held else None
    if previous is not None and previous.phase is not RunPhase.COMPLETE:
        return await env.commit(loaded.put(replace(run, due_at=now + SOON, update_time=now)), call=cmd.call)
    query = Query(kind=ROWS, equals={"run_id": run.id}, order="negated", limit=ROWS_PER_COMMIT, cursor=run.cursor)
    found = await env.store.find(query)
    before = None
    if previous is not None:
        known = await get_all(env.store, ROWS, [row_id(previous.id, row.value.customer_id) for row in found.rows])
        before = {row.value.customer_id: row.value.class_code for row in known.values()}
    after, done = runs.classified(run, rule, [row.value for row in found.rows], before, now=now)
    puts = [row.put(one) for row, one in zip(found.rows, done, strict=True)]
    if found.next_cursor:
        return await env.commit(loaded.put(replace(after, cursor=found.next_cursor)), *puts, call=cmd.call)
    whole, event = runs.completed(after, previous, now=now)
    return await env.commit(loaded.put(whole), *puts, events=[event], call=cmd.call)
