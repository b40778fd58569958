"""The row about facts: how fast the orders of one partner are in its sums, while others write to the same store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from time import process_time

from google.type.date_pb2 import Date
from google.type.money_pb2 import Money

from libs.clock import SystemClock, monotonic
from libs.country import Directory
from libs.env import Env
from libs.messaging.consumers import consuming
from libs.messaging.embedded import embedded_nats
from libs.messaging.envelope import Envelope
from libs.messaging.jetstream import JetStream, Outgoing, open_jetstream
from libs.messaging.outbox import KINDS, no_relay
from libs.pb.prm.orders import v1 as orders_pb
from libs.store.port import Document, Kind, create
from libs.store.sqlite import SqliteStore
from services.partners.facts.consumers import CONSUMERS
from services.partners.facts.domain.metrics import FactMetric
from services.partners.facts.jobs import JOBS
from services.partners.facts.reads import facts_between
from services.partners.service import COMPOSITION
from services.partners.settings import Settings
from tests.builders import NO_KEYS, NO_OBJECTS
from tests.load.flows import HERE, WITHIN_SECONDS
from tests.load.pairs import Pace
from tests.load.report import Row, row
from tests.waiting import until

ROUNDS = 3
EVENTS = 5_000
WRITERS = 4

_WRITTEN = Kind("source", Document)


async def fact_rows(folder: Path, pace: Pace) -> AsyncIterator[Row]:
    """A partner of which all orders come at once: one hot sum."""
    for writers, must, aim in ((0, 5_000, 10_000), (WRITERS, 500, 1_500)):
        beside = f", {writers} callers beside them" if writers else ", nothing beside them"
        rates, creates, spent = [], [], []
        for turn in range(ROUNDS):
            async with (
                embedded_nats(folder / f"nats-{writers}-{turn}") as broker,
                open_jetstream(broker.url, HERE.here.code) as jetstream,
            ):
                rate, created, cpu = await _absorb(folder / f"facts-{writers}-{turn}", jetstream, writers=writers)
                rates.append(rate)
                creates.append(created)
                spent.append(cpu)
        notes = f"processor time of the process an event, us: {', '.join(f'{one:.0f}' for one in spent)}"
        if writers:
            notes = f"writes beside them, a second: {', '.join(f'{one:.0f}' for one in creates)}; {notes}"
        measure = f"orders of one partner in its facts{beside}"
        yield row(measure, rates, must=must, aim=aim, unit="events/s", notes=notes)


async def _absorb(folder: Path, jetstream: JetStream, *, writers: int) -> tuple[float, float, float]:
    """Events a second until they are in the sums, creates a second meanwhile, and microseconds of processor time for
    each event, with what the creates cost."""
    store = await SqliteStore.open(folder / "store.db")
    env = await partners_env(store, HERE)
    partner_id = env.ids.new("ptn")
    session = await jetstream.session()
    for first in range(0, EVENTS, 250):
        await session.publish([_order(env, partner_id) for _ in range(first, first + 250)])
    written = [0]
    table = [one for one in CONSUMERS if one.takes("orders.order.confirmed")]
    started, cpu = monotonic(), process_time()
    async with consuming("partners", env=env, jetstream=jetstream, table=table):
        tasks = [asyncio.create_task(_write(env, written)) for _ in range(writers)]
        await until(lambda: _all_summed_up(env, partner_id), within_seconds=WITHIN_SECONDS)
        spent, cpu = monotonic() - started, process_time() - cpu
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    await store.close()
    return EVENTS / spent, written[0] / spent, cpu / EVENTS * 1_000_000


async def _all_summed_up(env: Env[Settings], partner_id: str) -> bool:
    """Let the jobs of facts work once; whether all orders are in the sum."""
    for job in JOBS:
        await job.run(env)
    day = env.today()
    found = await facts_between(env, partner_id, FactMetric.ORDERS, first=day, last=day)
    return sum(fact.own.value for fact in found) == EVENTS


async def _write(env: Env[Settings], written: list[int]) -> None:
    while True:
        await env.store.commit([create(_WRITTEN, Document(id=env.ids.new("ptn")))])
        written[0] += 1


def _order(env: Env[Settings], partner_id: str) -> Outgoing:
    order_id, day = env.ids.new("ord"), env.today()
    amount = Money(currency_code="EUR", units=100)
    confirmed = orders_pb.OrderConfirmed(
        order_id=order_id,
        partner_id=partner_id,
        total=amount,
        order_date=Date(year=day.year, month=day.month, day=day.day),
        ship_to_country="DE",
        product_lines=[orders_pb.ProductLineAmount(product_line="bikes", amount=amount, discount=amount)],
    )
    envelope = Envelope(
        id=env.ids.new("evt"),
        type="prm.orders.v1.OrderConfirmed",
        source="prm/local/orders",
        about=order_id,
        version=2,
        subject="prm.local.orders.order.confirmed",
        time=env.clock.now(),
        body=confirmed.SerializeToString(),
    )
    return Outgoing(envelope.subject, envelope.headers(), envelope.body)


async def partners_env(store: SqliteStore, here: Directory) -> Env[Settings]:
    """The dependencies of the use cases of partners, without a process."""
    await store.ensure((*KINDS, _WRITTEN, *COMPOSITION.kinds))
    return Env(
        "partners",
        store=store,
        directory=here,
        clock=SystemClock(),
        encode=COMPOSITION.encode,
        handover=no_relay,
        keys=NO_KEYS,
        objects=NO_OBJECTS,
        settings=Settings(),
        partners=COMPOSITION.partners,
    )
