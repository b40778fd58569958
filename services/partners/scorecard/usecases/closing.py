"""Closes the cards of a quarter, and revises them if late facts change them: one page of partners in one commit.

A commit writes the cards of a page together with the place where the next page begins, so whatever stops the process
leaves whole cards, and the next process goes on there.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from libs.call import Command
from libs.country import time_zone_of
from libs.env import About
from libs.quarters import last_day_of, quarters_until, settled_at
from libs.store.listing import everything
from libs.store.port import Loaded, Query, Scalar, Write, create, get_all
from libs.versions import RuleState, applying
from services.partners.facts.reads import as_of
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import ADMITTED
from services.partners.scorecard.documents import PEER_SCORES, SCORECARD_MODELS, SCORECARD_RUNS, SCORECARDS
from services.partners.scorecard.domain import card as cards
from services.partners.scorecard.domain import run as runs
from services.partners.scorecard.domain.card import PeerScores, Scorecard, ScorecardState, peers_id
from services.partners.scorecard.domain.model import ScorecardModel
from services.partners.scorecard.domain.run import RunPhase, ScorecardRun, run_id
from services.partners.scorecard.domain.scoring import ScorecardLine, Tally, tallied
from services.partners.scorecard.reads import MonthlyRates
from services.partners.scorecard.usecases.sources import measured_lines
from services.partners.settings import Env

CARDS_PER_COMMIT = 5
SOON = timedelta(minutes=1)


class OpenRuns(Command, frozen=True, kw_only=True):
    """Open the runs of the quarters that have ended."""


class WorkOnRun(Command, frozen=True, kw_only=True):
    """Do the next page of a run."""

    id: str


class Opened(msgspec.Struct, frozen=True):
    """How many runs were opened."""

    count: int = 0


class _Page(NamedTuple):
    """The run that is worked on, its model, and until when all facts are known."""

    run: Loaded[ScorecardRun]
    model: ScorecardModel
    until: datetime
    rates: MonthlyRates


async def open_runs(env: Env, cmd: OpenRuns) -> Opened:
    """Opens the run of each model and ended quarter that has none."""
    versions = await everything(env.store, SCORECARD_MODELS, {"state": RuleState.PUBLISHED})
    days = [one.effective_day for one in versions if one.effective_day is not None]
    wanted = {
        run_id(code, quarter): (model, quarter)
        for quarter in (quarters_until(min(days), env.today()) if days else ())
        for code, model in applying(versions, quarter).items()
    }
    known = await get_all(env.store, SCORECARD_RUNS, sorted(wanted))
    zone, now = env.directory.here.time_zone, env.clock.now()
    fresh = [
        create(
            SCORECARD_RUNS,
            runs.opened(model, quarter, now=now, closes_at=settled_at(quarter, model.settling_days, zone)),
        )
        for one, (model, quarter) in wanted.items()
        if one not in known
    ]
    if fresh:
        await env.commit(fresh[0], *fresh[1:], call=cmd.call)
    return Opened(len(fresh))


async def work_on_run(env: Env, cmd: WorkOnRun) -> ScorecardRun:
    """The run after its next page."""
    loaded = await env.load(SCORECARD_RUNS, cmd.id, call=cmd.call)
    model = (await env.load(SCORECARD_MODELS, loaded.value.model_id, call=cmd.call)).value
    rates = MonthlyRates(env, model.rate_source, model.currency)
    page = _Page(loaded, model, await as_of(env), rates)
    work = {RunPhase.SCORING: _score, RunPhase.RANKING: _rank, RunPhase.CLOSED: _look_again}
    return await work[loaded.value.phase](env, cmd, page)


async def _score(env: Env, cmd: WorkOnRun, page: _Page) -> ScorecardRun:
    """Score the next partners; nothing is written of them before the quarter is settled for each."""
    run, now = page.run.value, env.clock.now()
    found = await env.store.find(Query(kind=PARTNERS, limit=CARDS_PER_COMMIT, cursor=run.cursor))
    partners = [row.value for row in found.rows if _is_judged(env, page.model, row.value, run)]
    if (until := await _waits_until(env, page, partners)) is not None:
        return await env.commit(page.run.put(runs.waiting(run, max(until, now + SOON), now=now)), call=cmd.call)
    fresh = [await _scored(env, page, partner) for partner in partners]
    writes: list[Write] = [create(SCORECARDS, one) for one in fresh]
    writes += await _tallied(env, run, fresh)
    after = runs.went_on(run, found.next_cursor, now=now)
    return await env.commit(page.run.put(after), *writes, call=cmd.call)


async def _rank(env: Env, cmd: WorkOnRun, page: _Page) -> ScorecardRun:
    """Close the next cards with their place among their peers."""
    run, now = page.run.value, env.clock.now()
    equals: dict[str, Scalar] = {"run_id": run.id, "state": ScorecardState.SCORED}
    found = await env.store.find(Query(kind=SCORECARDS, equals=equals, limit=CARDS_PER_COMMIT))
    groups = await _peers(env, run, [row.value for row in found.rows])
    puts = [
        row.put(
            cards.close(
                row.value,
                groups[peers_id(run.id, row.value.peer_group)],
                published=page.model.published_at_close,
                now=now,
            )
        )
        for row in found.rows
    ]
    events = [event for put in puts for event in _events(put.document)]
    done = found.next_cursor == ""
    after = runs.went_on(run, "", now=now) if done else replace(run, update_time=now)
    return await env.commit(page.run.put(after), *puts, events=events, call=cmd.call)


async def _look_again(env: Env, cmd: WorkOnRun, page: _Page) -> ScorecardRun:
    """Revise those of the next cards that late facts have changed."""
    run, now = page.run.value, env.clock.now()
    equals: dict[str, Scalar] = {"run_id": run.id, "latest": True}
    found = await env.store.find(Query(kind=SCORECARDS, equals=equals, limit=CARDS_PER_COMMIT, cursor=run.cursor))
    partners = await get_all(env.store, PARTNERS, {row.value.partner_id for row in found.rows})
    groups = await _peers(env, run, [row.value for row in found.rows])
    writes: list[Write] = []
    events: list[About] = []
    for row in found.rows:
        partner = partners[row.value.partner_id].value
        lines = await _measured(env, page, partner)
        among = groups[peers_id(run.id, row.value.peer_group)]
        changed = cards.revise(row.value, lines, among, env.ids.new("scd"), as_of=page.until, now=now)
        if changed is not None:
            fresh = create(SCORECARDS, changed.after)
            writes += (row.put(changed.before), fresh)
            events += _events(fresh.document)
    after = runs.went_on(run, found.next_cursor, now=now)
    return await env.commit(page.run.put(after), *writes, events=events, call=cmd.call)


def _is_judged(env: Env, model: ScorecardModel, partner: Partner, run: ScorecardRun) -> bool:
    """Whether the partner gets a card: of a kind that the model is for, in business, and since before the quarter
    ended."""
    since = env.day_of(partner.activate_time or partner.create_time)
    of_kind = not model.partner_kinds or partner.kind in model.partner_kinds
    return of_kind and partner.status in ADMITTED and since <= last_day_of(run.quarter)


async def _waits_until(env: Env, page: _Page, partners: Iterable[Partner]) -> datetime | None:
    """Until when the page has to wait: for the end of the settling time of each partner, for facts that are not summed
    up, or for the cards of the downline; None if it does not."""
    quarter, here = page.run.value.quarter, env.directory.here.time_zone
    zones = {time_zone_of(partner.country, here) for partner in partners}
    settled = [settled_at(quarter, page.model.settling_days, zone) for zone in zones]
    if (last := max(settled, default=page.until)) > page.until:
        return last
    needed = {run_id(one.downline_model, quarter) for one in page.model.dimensions if one.downline_model}
    below = await get_all(env.store, SCORECARD_RUNS, sorted(needed))
    return env.clock.now() if any(one.value.phase is RunPhase.SCORING for one in below.values()) else None


async def _measured(env: Env, page: _Page, partner: Partner) -> tuple[ScorecardLine, ...]:
    """The lines of one card, as one slice between which calls run."""
    async with env.settings.measuring.slice():
        quarter = page.run.value.quarter
        return await measured_lines(env, page.model, partner, quarter=quarter, rates=page.rates)


async def _scored(env: Env, page: _Page, partner: Partner) -> Scorecard:
    lines = await _measured(env, page, partner)
    return cards.scored(
        env.ids.new("scd"),
        page.model,
        partner,
        lines,
        run=page.run.value,
        as_of=page.until,
        now=env.clock.now(),
    )


async def _tallied(env: Env, run: ScorecardRun, fresh: Sequence[Scorecard]) -> list[Write]:
    """The writes that add the scores of new cards to their peer groups."""
    groups: dict[str, tuple[Tally, ...]] = {}
    ids = sorted({peers_id(run.id, one.peer_group) for one in fresh})
    known = await get_all(env.store, PEER_SCORES, ids)
    for one in fresh:
        group = peers_id(run.id, one.peer_group)
        before = groups.get(group, known[group].value.tallies if group in known else ())
        groups[group] = tallied(before, one.score) if one.score is not None else before
    return [
        known[group].put(replace(known[group].value, tallies=tallies))
        if group in known
        else create(PEER_SCORES, PeerScores(id=group, tallies=tallies))
        for group, tallies in groups.items()
    ]


async def _peers(env: Env, run: ScorecardRun, found: Iterable[Scorecard]) -> dict[str, tuple[Tally, ...]]:
    """The scores of the peer groups of these cards, by the id of the group."""
    ids = sorted({peers_id(run.id, one.peer_group) for one in found})
    loaded = await get_all(env.store, PEER_SCORES, ids)
    return {one: loaded[one].value.tallies for one in ids}


def _events(card: Scorecard) -> list[About]:
    """That a card was closed and, if its partner sees it, published."""
    told = [About(cards.closed_event(card), card)]
    return [*told, About(cards.published_event(card), card)] if card.publish_time else told
