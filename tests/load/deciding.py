"""The rows about deciding deals, on either engine: a submission with near matches, a case of ten claims with its
proposal, the forecast and its accuracy, each beside a read of a claim by id from the same store. In one process and
without a network, so that the work of the use cases is what is compared."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from libs.messaging.outbox import KINDS as OUTBOX_KINDS
from libs.money import Money
from libs.privacy.keys import Keys, create_keys, open_keys
from libs.privacy.ledger.ledger import Ledger
from libs.store.mongo import MongoStore
from libs.store.port import WRITES_PER_COMMIT, Store, Write, create
from libs.store.sqlite import SqliteStore
from services.__main__ import SERVICES
from services.deals.adjudication.domain.rules import AdjudicationCriterion
from services.deals.adjudication.usecases.cases import GetAdjudication, get_adjudication
from services.deals.claims.domain.registration import Customer, Registration
from services.deals.claims.domain.states import Stage
from services.deals.forecast.documents import ENTRIES, SNAPSHOTS
from services.deals.forecast.domain.accuracy import ForecastEntry, ForecastSnapshot
from services.deals.forecast.domain.learning import HORIZON
from services.deals.forecast.domain.months import MONTHS_A_QUARTER, first_of, month_of, named
from services.deals.forecast.jobs import tally
from services.deals.forecast.usecases.showing import (
    GetForecast,
    GetForecastAccuracy,
    get_forecast,
    get_forecast_accuracy,
)
from services.deals.matching.reads.filing import file_entries
from services.deals.overview.usecases import GetRegistration, get_registration
from services.deals.pipeline.documents import PIPELINE_DEALS
from services.deals.pipeline.domain.deals import PipelineDeal
from services.deals.pipeline.domain.history import PipelineState
from services.deals.service import COMPOSITION
from services.deals.settings import Env, Policy
from tests.builders import NOW, a_call, an_id
from tests.component.deals.adjudication.acts import opened, rule
from tests.component.deals.harness import PARTNER, Harness
from tests.component.replica import over
from tests.contracts.store.mongo_server import Server, choice
from tests.load.near import a_name
from tests.load.pairs import Pace
from tests.load.progress import rate
from tests.load.report import Row, Skipped, row

CLAIMS, IN_A_CASE = 500, 10
DEALS, DEALS_IN_FULL = 2_000, 10_000
SNAPSHOTS_KEPT, ENTRIES_EACH, ENTRIES_IN_FULL = 12, 500, 100_000
CALL = a_call()

Asked = Callable[[str], Awaitable[Any]]


class _Measure(NamedTuple):
    """A row: what is done, and how many reads by id it may and should cost."""

    name: str
    asked: Asked
    must: float
    aim: float


async def deciding_rows(folder: Path, pace: Pace) -> AsyncIterator[Row | Skipped]:
    """The rows of each engine."""
    create_keys(folder / "keys", SERVICES)
    keys = open_keys(folder / "keys").of(COMPOSITION.name)
    sqlite = await SqliteStore.open(_made(folder / "sqlite") / "store.db")
    async for one in _rows(sqlite, folder / "sqlite", keys, pace, "SQLite"):
        yield one
    name = f"MongoDB ({choice().split(' (')[0]})"
    if not choice():
        yield Skipped(f"deciding deals, {name}", "no MongoDB")
        return
    with _server(folder / "mongo") as server:
        store = await MongoStore.open(server.url, server.fresh())
        async for one in _rows(store, folder / "mongo", keys, pace, name):
            yield one


async def _rows(store: Store, folder: Path, keys: Keys, pace: Pace, engine: str) -> AsyncIterator[Row]:
    async with _harness(store, folder, keys) as harness:
        ids = [reg.id for reg in await _claims(harness)]
        case = await _case(harness)
        await _pipeline(harness.env, pace)
        for one in _measures(harness, case, pace):
            costs, notes = [], []
            for _ in range(pace.pairs):
                ours, read = [await rate(call, ids, pace.slice_seconds) for call in (one.asked, _read(harness.env))]
                costs.append(read / ours)
                notes.append(f"{ours:.0f}/{read:.0f}")
            said = f"a second, it and the read: {', '.join(notes)}"
            measure = f"{one.name} over a read by id, {engine}"
            yield row(measure, costs, must=one.must, aim=one.aim, most=True, unit="x", notes=said)


def _measures(harness: Harness, case: str, pace: Pace) -> Iterator[_Measure]:
    draw, env = random.Random(7), harness.env

    async def submit(_: str) -> None:
        """A draft and its submission; new entries are filed once there are 512, as in a running service."""
        await harness.submit(await harness.draft(customer=_customer(draw)))

    async def proposal(_: str) -> None:
        await get_adjudication(env, GetAdjudication(call=CALL, id=case))

    async def forecast(_: str) -> None:
        await get_forecast(env, GetForecast(call=CALL))

    async def accuracy(_: str) -> None:
        await get_forecast_accuracy(env, GetForecastAccuracy(call=CALL))

    yield _Measure(f"draft and submission with near matches among {CLAIMS} claims", submit, 60, 30)
    yield _Measure(f"case of {IN_A_CASE} claims with its proposal", proposal, 15, 8)
    deals = DEALS_IN_FULL if pace.full else DEALS
    yield _Measure(f"forecast of {deals:,} open deals", forecast, 0.25 * deals, 0.1 * deals)
    entries = (ENTRIES_IN_FULL if pace.full else ENTRIES_EACH) * SNAPSHOTS_KEPT
    yield _Measure(f"accuracy over {SNAPSHOTS_KEPT} snapshots of {entries:,} deals", accuracy, 20, 10)


def _read(env: Env) -> Asked:
    async def read(id: str) -> None:
        await get_registration(env, GetRegistration(call=CALL, id=id))

    return read


def _customer(draw: random.Random) -> Customer:
    name = a_name(draw)
    return Customer(legal_name=name, country="DE", domain=f"{name.split()[0].lower()}{draw.random()}.example")


async def _claims(harness: Harness) -> list[Registration]:
    """Submitted claims, filed in the index."""
    draw = random.Random(1)
    made = [await harness.submit(await harness.draft(customer=_customer(draw))) for _ in range(CLAIMS)]
    await file_entries(harness.env)
    return made


async def _case(harness: Harness) -> str:
    """A case about claims of ten partners, with a rule of every criterion."""
    await rule(harness, *AdjudicationCriterion)
    regs = []
    for number in range(IN_A_CASE):
        partner = an_id("ptn", 100 + number)
        await harness.partner(partner)
        regs.append(await harness.claimed(partner))
    return (await opened(harness, *regs)).id


async def _pipeline(env: Env, pace: Pace) -> None:
    """Open deals, and the snapshots of a year that are over, compared by the job."""
    today = env.today()
    writes: list[Write] = [
        create(PIPELINE_DEALS, _deal(env, number, today)) for number in range(DEALS_IN_FULL if pace.full else DEALS)
    ]
    each = ENTRIES_IN_FULL if pace.full else ENTRIES_EACH
    last = month_of(today) - MONTHS_A_QUARTER
    for month in range(last - SNAPSHOTS_KEPT + 1, last + 1):
        taken = first_of(month)
        writes.append(
            create(SNAPSHOTS, ForecastSnapshot(id=named(month), month_number=month, taken_date=taken, complete=True))
        )
        writes += (create(ENTRIES, _entry(env, named(month), number)) for number in range(each))
    for start in range(0, len(writes), WRITES_PER_COMMIT):
        await env.store.commit(writes[start : start + WRITES_PER_COMMIT])
    while await tally(env):
        pass


def _deal(env: Env, number: int, today: date) -> PipelineDeal:
    return PipelineDeal(
        id=env.ids.new("reg"),
        partner_id=an_id("ptn", number % 50),
        country="DE",
        state=PipelineState.OPEN,
        stage=list(Stage)[number % 5],
        stage_since=NOW,
        enter_time=NOW,
        expected_amount=Money.of(number, "EUR"),
        expected_close_date=today + timedelta(days=number % 300),
        update_time=NOW,
    )


def _entry(env: Env, month: str, number: int) -> ForecastEntry:
    id = env.ids.new("reg")
    return ForecastEntry(
        id=f"{month}.{id}",
        snapshot_id=month,
        registration_id=id,
        partner_id=an_id("ptn", number % 50),
        country="DE",
        stage=Stage.QUALIFIED,
        expected_amount=Money.of(number, "EUR"),
        expected_close_date=None,
        basis_points=(500,) * HORIZON,
    )


@asynccontextmanager
async def _harness(store: Store, folder: Path, keys: Keys) -> AsyncIterator[Harness]:
    """A replica over the store, with its personal data encrypted."""
    name = COMPOSITION.name
    key_store, book = [await SqliteStore.open(folder / f"{one}.db") for one in ("keys", "ledger")]
    wrapper = await over(store, key_store, name, keys, await Ledger.open(book, keys.of(name), name))
    await wrapper.ensure([*COMPOSITION.kinds, *OUTBOX_KINDS])
    harness = Harness(wrapper, keys, policy=Policy(claims_without_tier=1_000_000))
    await harness.partner(PARTNER)
    try:
        yield harness
    finally:
        await wrapper.close()


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


@contextmanager
def _server(folder: Path) -> Iterator[Server]:
    server = Server(_made(folder))
    server.start()
    try:
        yield server
    finally:
        server.tidy()
        server.kill()
