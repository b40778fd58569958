"""Rows about events: how fast a backlog leaves the store, how fast durable effects are had."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from libs import partner_projection
from libs.call import SYSTEM, Call
from libs.clock import SystemClock, monotonic
from libs.country import Cell, Directory
from libs.env import Env
from libs.messaging.consumers import consuming
from libs.messaging.embedded import embedded_nats
from libs.messaging.jetstream import JetStream, open_jetstream
from libs.messaging.outbox import KINDS, no_relay
from libs.messaging.relay import relaying
from libs.partner import PartnerStatus
from libs.store.port import Document, Kind, create
from libs.store.sqlite import SqliteStore
from services.partners.application.events import PartnerApproved
from services.partners.record.domain.states import PartnerKind
from services.partners.record.events import PartnerFacts
from services.partners.service import COMPOSITION
from tests.builders import NO_KEYS, NO_OBJECTS
from tests.load.pairs import Pace
from tests.load.report import Row, row
from tests.waiting import until

ROUNDS = 3
EVENTS = 20_000
WITHIN_SECONDS = 300.0
HERE = Directory(Cell(code="local", countries=("*",), time_zone="UTC", currency="EUR"))

_SOURCE = Kind("source", Document)
_CALL = Call(caller=SYSTEM, method="bench")


async def flow_rows(folder: Path, pace: Pace) -> AsyncIterator[Row]:
    """The backlog of a service whose broker was away, then a service that was down and catches up."""
    drained, effects = [], []
    for turn in range(ROUNDS):
        async with (
            embedded_nats(folder / f"nats-{turn}") as broker,
            open_jetstream(broker.url, HERE.here.code) as jetstream,
        ):
            drained.append(await _drain(folder / f"partners-{turn}", jetstream))
            effects.append(await _consume(folder / f"deals-{turn}", jetstream))
    yield row("outbox backlog drained", drained, must=20_000, aim=30_000, unit="events/s")
    yield row("consumer with durable effects", effects, must=5_000, aim=10_000, unit="events/s")


async def _drain(folder: Path, jetstream: JetStream) -> float:
    store = await SqliteStore.open(folder / "store.db")
    env = await _env("partners", store)
    for first in range(0, EVENTS, 64):
        await asyncio.gather(*(_approve(env) for _ in range(first, min(first + 64, EVENTS))))
    started = monotonic()
    async with relaying(store, jetstream, env.clock) as relay:
        await until(lambda: relay.stats.published >= EVENTS, within_seconds=WITHIN_SECONDS)
        rate = EVENTS / (monotonic() - started)
    await store.close()
    return rate


async def _consume(folder: Path, jetstream: JetStream) -> float:
    store = await SqliteStore.open(folder / "store.db")
    env = await _env("deals", store)
    started = monotonic()
    table = partner_projection.CONSUMERS[:1]
    async with consuming("deals", env=env, jetstream=jetstream, table=table) as consumers:
        (tally,) = consumers.tallies.values()
        await until(lambda: tally.done >= EVENTS, within_seconds=WITHIN_SECONDS)
        rate = EVENTS / (monotonic() - started)
    await store.close()
    return rate


async def _env(service: str, store: SqliteStore) -> Env[None]:
    await store.ensure((*KINDS, _SOURCE, partner_projection.PARTNERS))
    return Env(
        service,
        store=store,
        directory=HERE,
        clock=SystemClock(),
        encode=COMPOSITION.encode,
        handover=no_relay,
        keys=NO_KEYS,
        objects=NO_OBJECTS,
        settings=None,
    )


async def _approve(env: Env[None]) -> None:
    partner = env.ids.new("ptn")
    facts = PartnerFacts(
        status=PartnerStatus.ACTIVE,
        kind=PartnerKind.RESELLER,
        country="DE",
        tier="GOLD",
        tier_rank=2,
        parent_partner_id="",
        sees_downline=False,
        external_source="",
        external_id="",
    )
    event = PartnerApproved(partner_id=partner, facts=facts)
    await env.commit(create(_SOURCE, Document(id=partner)), events=[event], call=_CALL)
