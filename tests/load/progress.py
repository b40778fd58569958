"""The row about tier progress: how many partners a second are shown theirs, compared with a read of a partner by id, in
one process over one store and without a network, so that the work of the use case is what is compared."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from libs.clock import monotonic
from libs.partner import PartnerStatus
from libs.store.port import create
from libs.store.sqlite import SqliteStore
from services.partners.facts.documents import FACTS
from services.partners.facts.domain.metrics import FactMetric, Sum
from services.partners.facts.domain.sums import Fact, Key, fact_of
from services.partners.overview.usecases import GetPartner, get_partner
from services.partners.program.documents import PROGRAMS
from services.partners.program.domain.program import WindowType
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import PartnerKind
from services.partners.settings import Env
from services.partners.tier_review.usecases.enrolments import Enroll, enroll
from services.partners.tier_review.usecases.progress import GetTierProgress, get_tier_progress
from tests.builders import NOW, a_call
from tests.load.facts import partners_env
from tests.load.flows import HERE
from tests.load.pairs import Pace
from tests.load.report import Row, row
from tests.unit.partners.program.built import BASIC, level, need, program

PARTNERS_STORED = 200
MONTHS = 12
METRICS = (FactMetric.REVENUE_INVOICED, FactMetric.ORDERS, FactMetric.DEALS_WON)
ROLLING: dict[str, Any] = {"window": WindowType.ROLLING_MONTHS, "months": MONTHS}

Read = Callable[[str], Awaitable[Any]]


async def progress_rows(folder: Path, pace: Pace) -> AsyncIterator[Row]:
    """Progress over two levels with three requirements each, of partners with facts of twelve months in two product
    lines."""
    store = await SqliteStore.open(folder / "store.db")
    env = await partners_env(store, HERE)
    ids = await _filled(env)

    async def progress(id: str) -> None:
        await get_tier_progress(env, GetTierProgress(call=a_call(), partner_id=id))

    async def partner(id: str) -> None:
        await get_partner(env, GetPartner(call=a_call(), id=id))

    ratios, notes = [], []
    for _ in range(pace.pairs):
        ours, read = [await rate(one, ids, pace.slice_seconds) for one in (progress, partner)]
        ratios.append(ours / read)
        notes.append(f"{ours:.0f}/{read:.0f}")
    await store.close()
    said = f"a second, progress and read: {', '.join(notes)}"
    yield row("tier progress over a read of a partner by id", ratios, must=0.1, aim=0.2, notes=said)


async def rate(read: Read, ids: list[str], seconds: float) -> float:
    """Calls a second, one after the other."""
    started, done = monotonic(), 0
    while (spent := monotonic() - started) < seconds:
        await read(ids[done % len(ids)])
        done += 1
    return done / spent


async def _filled(env: Env) -> list[str]:
    """Partners with facts, in a programme that is in force."""
    needs = (need("REVENUE_INVOICED", **ROLLING), need("ORDERS", **ROLLING), need("DEALS_WON", **ROLLING))
    levels = (BASIC, level("SILVER", 2, *needs), level("GOLD", 3, *needs))
    await env.store.commit([create(PROGRAMS, program(*levels, effective_day=env.today()))])
    ids = [env.ids.new("ptn") for _ in range(PARTNERS_STORED)]
    for id in ids:
        partner = Partner(
            id=id,
            kind=PartnerKind.RESELLER,
            legal_name="Zweirad Union",
            country="DE",
            status=PartnerStatus.ACTIVE,
            create_time=NOW,
            update_time=NOW,
        )
        await env.store.commit([create(PARTNERS, partner), *(create(FACTS, one) for one in _facts(id, env.today()))])
        await env.run(enroll, Enroll(call=a_call(), partner_id=id, program="CHANNEL"))
    return ids


def _facts(partner_id: str, today: date) -> list[Fact]:
    found = []
    for back in range(MONTHS):
        count = today.year * 12 + today.month - 1 - back
        month = date(count // 12, count % 12 + 1, 1)
        for metric in METRICS:
            currency = "EUR" if metric is FactMetric.REVENUE_INVOICED else ""
            for line in ("bikes", "pumps"):
                fact = fact_of(partner_id, Key(metric, month, line, currency, "DE"))
                found.append(replace(fact, own=Sum(7)))
    return found
