"""The rows about the close of a quarter: how long it takes while partners are read, how long these reads wait, and how
tier progress and scorecards compare with a read of a partner by id over the same facts. In one process over one store
and without a network, so that the work of the use cases is what is compared."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import date, datetime
from functools import partial
from itertools import cycle
from pathlib import Path
from statistics import quantiles
from typing import NamedTuple

from msgspec.structs import replace

from libs.clock import SteppedClock, monotonic
from libs.partner import PartnerStatus
from libs.store.port import WRITES_PER_COMMIT, Write, create
from libs.store.sqlite import SqliteStore
from libs.versions import RuleState
from services.partners.facts.documents import FACTS
from services.partners.facts.domain.metrics import FactMetric, Sum
from services.partners.facts.domain.sums import Fact, Key, fact_of
from services.partners.overview.usecases import GetPartner, get_partner
from services.partners.program.documents import PROGRAMS
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import PartnerKind
from services.partners.scorecard.documents import SCORECARD_MODELS
from services.partners.scorecard.domain.card import Scorecard
from services.partners.scorecard.jobs import close_scorecards, open_scorecard_runs
from services.partners.scorecard.usecases.cards import GetScorecard, ListScorecards, get_scorecard, list_scorecards
from services.partners.settings import Env
from services.partners.tier_review.usecases.enrolments import Enroll, enroll
from services.partners.tier_review.usecases.progress import GetTierProgress, get_tier_progress
from tests.builders import NOW, a_call
from tests.load.facts import partners_env
from tests.load.flows import HERE
from tests.load.pairs import Pace
from tests.load.progress import rate
from tests.load.report import Row, row
from tests.unit.partners.program.built import BASIC, TODAY, level, need, program
from tests.unit.partners.scorecard.built import QUARTER, a_model, dimension, revenue
from tests.waiting import until

FEW, MANY = 1_000, 10_000  # partners; MANY with --full
FACTS_EACH = 10
SHOWN = 200  # partners whose progress and cards are read
SETTLED = datetime.fromisoformat("2026-07-01T12:00:00+00:00")
CLOSE_SECONDS = 120.0  # for MANY partners
READ_EVERY_SECONDS = 0.01
POLL_SECONDS = 0.001
QUIET_SECONDS = 3.0
PERCENT = 100


class _Watched(NamedTuple):
    """How many seconds reads took before the close and during it, and how long the close took."""

    quiet: list[float]
    busy: list[float]
    seconds: float


async def closing_rows(folder: Path, pace: Pace) -> AsyncIterator[Row]:
    """A quarter of partners with facts in two metrics is closed once; then the cards and the progress are read."""
    count = MANY if pace.full else FEW
    store = await SqliteStore.open(folder / "store.db")
    env = await partners_env(store, HERE)
    env.clock = clock = SteppedClock(NOW)
    ids = await _filled(env, count)
    clock.advance(SETTLED - NOW)
    found = await _closed(env, ids)
    size = f"{count:,} partners with {count * FACTS_EACH:,} facts"
    must = CLOSE_SECONDS * count / MANY
    yield row(f"close a quarter, {size}", [found.seconds], must=must, aim=must / 2, most=True, unit="s")
    quiet, busy = _p99(found.quiet), _p99(found.busy)
    said = f"{busy * 1000:.1f} ms in {len(found.busy)} reads, {quiet * 1000:.1f} ms in {len(found.quiet)} before"
    measure = f"p99 of a read by id while a quarter is closed over before, {size}"
    yield row(measure, [busy / quiet], must=2.0, aim=1.5, most=True, unit="x", notes=said)
    async for one in _reads(env, ids[:SHOWN], size, pace):
        yield one
    await store.close()


async def _closed(env: Env, ids: list[str]) -> _Watched:
    """Close the quarter as the jobs do, with one read every ten milliseconds beside it."""
    quiet, busy = list[float](), list[float]()
    began = monotonic()
    await _read_on(env, ids, quiet, is_over=lambda: monotonic() - began > QUIET_SECONDS)
    closing = asyncio.create_task(_close(env))
    await _read_on(env, ids, busy, is_over=closing.done)
    return _Watched(quiet, busy, await closing)


async def _close(env: Env) -> float:
    started = monotonic()
    await open_scorecard_runs(env)
    while await close_scorecards(env):
        pass
    return monotonic() - started


async def _read_on(env: Env, ids: list[str], took: list[float], *, is_over: Callable[[], bool]) -> None:
    """Read partners at a steady rate; a read counts from the instant at which it was to begin."""
    due = monotonic()
    for id in cycle(ids):
        if is_over():
            return
        await until(partial(_has_come, due), every_seconds=POLL_SECONDS)
        await get_partner(env, GetPartner(call=a_call(), id=id))
        took.append(monotonic() - due)
        due = max(due + READ_EVERY_SECONDS, monotonic())


def _has_come(due: float) -> bool:
    return monotonic() >= due


async def _reads(env: Env, ids: list[str], size: str, pace: Pace) -> AsyncIterator[Row]:
    """Tier progress, and cards, each over a read of a partner by id."""
    cards = [await _card(env, id) for id in ids]

    async def partner(id: str) -> None:
        await get_partner(env, GetPartner(call=a_call(), id=id))

    async def progress(id: str) -> None:
        await get_tier_progress(env, GetTierProgress(call=a_call(), partner_id=id))

    async def card(id: str) -> None:
        await get_scorecard(env, GetScorecard(call=a_call(), id=id))

    for name, read, wanted in (("GetTierProgress", progress, ids), ("GetScorecard", card, [one.id for one in cards])):
        ratios, notes = [], []
        for _ in range(pace.pairs):
            ours, bare = await rate(read, wanted, pace.slice_seconds), await rate(partner, ids, pace.slice_seconds)
            ratios.append(ours / bare)
            notes.append(f"{ours:.0f}/{bare:.0f}")
        measure = f"{name} over a read of a partner by id, {size}"
        yield row(measure, ratios, must=0.333, aim=0.5, notes=f"a second: {', '.join(notes)}")


async def _card(env: Env, partner_id: str) -> Scorecard:
    page = await list_scorecards(env, ListScorecards(call=a_call(), partner_id=partner_id))
    return page.rows[0].value


def _p99(seconds: list[float]) -> float:
    return quantiles(seconds, n=PERCENT)[-1]


async def _filled(env: Env, count: int) -> list[str]:
    """Partners with facts, a model that applies to the quarter, and a programme of which some are members."""
    needs = (need("REVENUE_ORDERED"), need("ORDERS"))
    versions = program(BASIC, level("SILVER", 2, *needs), level("GOLD", 3, *needs), effective_day=TODAY)
    model = a_model(
        revenue(weight=6_000),
        dimension(weight=4_000),
        state=RuleState.PUBLISHED,
        effective_day=QUARTER,
        published_at_close=True,
    )
    await env.store.commit([create(PROGRAMS, versions), create(SCORECARD_MODELS, model)])
    ids = [env.ids.new("ptn") for _ in range(count)]
    writes: list[Write] = []
    for id in ids:
        partner = Partner(
            id=id,
            kind=PartnerKind.RESELLER,
            legal_name="Zweirad Union",
            country="DE",
            status=PartnerStatus.ACTIVE,
            activate_time=NOW,
            create_time=NOW,
            update_time=NOW,
        )
        writes += [create(PARTNERS, partner), *(create(FACTS, one) for one in _facts(id))]
        if len(writes) > WRITES_PER_COMMIT - FACTS_EACH - 1:
            await env.store.commit(writes)
            writes = []
    await env.store.commit(writes)
    for id in ids[:SHOWN]:
        await env.run(enroll, Enroll(call=a_call(), partner_id=id, program="CHANNEL"))
    return ids


def _facts(partner_id: str) -> list[Fact]:
    """Ten facts: two metrics in the five months that end with the quarter."""
    found = []
    for month in range(2, 7):
        for metric, currency in ((FactMetric.REVENUE_ORDERED, "EUR"), (FactMetric.ORDERS, "")):
            fact = fact_of(partner_id, Key(metric, date(2026, month, 1), "bikes", currency, "DE"))
            found.append(replace(fact, own=Sum(7)))
    return found
