"""The rows about stock and demand: forecasts of ten thousand series, and a partner's stock page and report over a read
by id."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from time import process_time

from libs.clock import SystemClock
from libs.env import Env
from libs.messaging.outbox import KINDS, no_relay
from libs.partner import PartnerFacts, PartnerStatus
from libs.partner_projection import PARTNERS
from libs.store.port import Write, create
from libs.store.sqlite import SqliteStore
from services.orders.demand.domain.choice import choose
from services.orders.service import COMPOSITION
from services.orders.settings import Settings
from services.orders.stock import usecases
from services.orders.stock.documents import MOVEMENTS, POSITIONS
from services.orders.stock.domain.ledger import ledger_of
from services.orders.stock.domain.movement import Movement, MovementKind, report_id
from services.orders.stock.domain.position import position_id, position_of
from tests.builders import NO_KEYS, NO_OBJECTS, a_call, an_id
from tests.load.flows import HERE
from tests.load.pairs import Pace
from tests.load.report import Row, row

SERIES, MONTHS, HORIZON = 10_000, 36, 6
ARTICLES, DAYS, PER_COMMIT = 500, 365, 200
ROUNDS, READS = 5, 70  # reports of 350 days, each once
PARTNER = an_id("ptn")


async def stock_rows(folder: Path, pace: Pace) -> AsyncIterator[Row]:
    """Half of the series have empty months. The partner has 500 articles; one was reported on each day of a year."""
    random = Random(1)
    series = [_series(random, share=0.6 if place % 2 else 1.0) for place in range(SERIES)]
    before = process_time()
    for values in series:
        choose(values, season=12, horizon=HORIZON)
    spent = process_time() - before
    yield row("forecasts of 10,000 series of 36 months", [spent], must=60, aim=30, most=True, unit="s")
    store = await SqliteStore.open(folder / "stock.db")
    env = await _env(store)
    await _fill(env)

    async def read() -> object:
        return await env.show(POSITIONS, position_id(PARTNER, "SKU-001"), call=a_call())

    async def page() -> object:
        asked = usecases.ListStock(call=a_call(), partner_id=PARTNER, page_size=200)
        return await usecases.list_stock(env, asked)

    days = iter(range(ROUNDS * READS))

    async def report() -> object:
        on = env.today() - timedelta(days=next(days) % DAYS)
        lost = usecases.ReportStock(
            call=a_call(), partner_id=PARTNER, sku="SKU-000", kind=MovementKind.LOSS, date=on, quantity=1
        )
        return await env.run(usecases.report_stock, lost)

    for name, act, must, aim in (
        ("a page of 200 articles of a partner's stock", page, 400, 200),
        ("a report on an article with a year of daily reports", report, 1_000, 500),
    ):
        ratios, micros = [], []
        for _ in range(ROUNDS):
            one = await _micros(read)
            micros.append(await _micros(act))
            ratios.append(micros[-1] / one)
        notes = f"{sorted(micros)[ROUNDS // 2] / 1_000:.2f} ms of processor a call; without a network"
        yield row(name, ratios, must=must, aim=aim, most=True, unit="x", notes=notes)
    await store.close()


def _series(random: Random, *, share: float) -> list[int]:
    return [max(1, round(random.gauss(20, 8))) if random.random() < share else 0 for _ in range(MONTHS)]


async def _micros(act: Callable[[], Awaitable[object]]) -> float:
    before = process_time()
    for _ in range(READS):
        await act()
    return (process_time() - before) / READS * 1e6


async def _env(store: SqliteStore) -> Env[Settings]:
    await store.ensure((*KINDS, *COMPOSITION.kinds))
    return Env(
        "orders",
        store=store,
        directory=HERE,
        clock=SystemClock(),
        encode=COMPOSITION.encode,
        handover=no_relay,
        keys=NO_KEYS,
        objects=NO_OBJECTS,
        settings=Settings(),
        partners=COMPOSITION.partners,
    )


async def _fill(env: Env[Settings]) -> None:
    """Every article was counted and sold; the first on each day of a year."""
    facts = PartnerFacts(id=PARTNER, facts_version=1, status=PartnerStatus.ACTIVE, country="DE", tier="GOLD")
    writes: list[Write] = [create(PARTNERS, facts)]
    for number in range(ARTICLES):
        sku = f"SKU-{number:03}"
        moves = [_move(env, sku, MovementKind.SELL_THROUGH, ago) for ago in range(DAYS if number == 0 else 1)]
        moves.append(_move(env, sku, MovementKind.COUNT, DAYS))
        position = position_of(ledger_of(moves), moves, window_days=56, now=env.clock.now())
        writes += [create(POSITIONS, position), *(create(MOVEMENTS, one) for one in moves)]
    for first in range(0, len(writes), PER_COMMIT):
        await env.store.commit(writes[first : first + PER_COMMIT])


def _move(env: Env[Settings], sku: str, kind: MovementKind, ago: int) -> Movement:
    on, now = env.today() - timedelta(days=ago), env.clock.now()
    return Movement(
        id=report_id(PARTNER, sku, kind, on),
        partner_id=PARTNER,
        sku=sku,
        kind=kind,
        date=on,
        quantity=900 if kind is MovementKind.COUNT else 2,
        create_time=now,
        update_time=now,
    )
