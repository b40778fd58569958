"""Metrics about the flow of events: the backlog of each relay, the lag of each consumer, the outcomes of deliveries."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from libs.errors import StoreUnavailable
from libs.messaging.consumers import Consumers
from libs.messaging.jetstream import BROKER_ERRORS, JetStream
from libs.messaging.lag import lag
from libs.messaging.relay import Relay
from libs.runtime.service import Service
from libs.telemetry import Reading, Telemetry

LOOK_SECONDS = 10.0


class Gauges:
    """Reads the figures every LOOK_SECONDS in the event loop, because metrics are collected in another thread, which
    must not use the relays and consumers.

    backlog, age (seconds), lag, deliveries, blocked: as of the last look.
    """

    def __init__(
        self,
        telemetry: Telemetry,
        *,
        relays: Mapping[str, Relay],
        consumers: Mapping[str, Consumers[Any]],
        jetstreams: Mapping[str, JetStream],
        prefix: str = "prm",
    ) -> None:
        """relays, consumers, jetstreams: by the name of the service. prefix: of the metrics' names."""
        self._relays = relays
        self._consumers = consumers
        self._jetstreams = jetstreams
        self.backlog: list[Reading] = []
        self.age: list[Reading] = []
        self.lag: list[Reading] = []
        self.deliveries: list[Reading] = []
        self.blocked: list[Reading] = []
        telemetry.gauge(f"{prefix}.outbox.backlog", "Events not yet acknowledged by the broker", lambda: self.backlog)
        telemetry.gauge(f"{prefix}.outbox.age_seconds", "Age of the oldest event of the backlog", lambda: self.age)
        telemetry.gauge(f"{prefix}.consumer.lag", "Events a consumer has not dealt with", lambda: self.lag)
        telemetry.gauge(
            f"{prefix}.consumer.deliveries", "What became of deliveries since the start", lambda: self.deliveries
        )
        telemetry.gauge(f"{prefix}.outbox.blocked", "Messages that the gate held back", lambda: self.blocked)

    async def run(self) -> None:
        """Look until cancelled."""
        await look_forever(self.look)

    async def look(self) -> None:
        """Read the current figures."""
        stats = {name: relay.stats for name, relay in self._relays.items()}
        self.backlog = [Reading(one.backlog, {"service": name}) for name, one in stats.items()]
        self.age = [Reading(one.oldest_seconds, {"service": name}) for name, one in stats.items()]
        self.blocked = [
            Reading(count, {"service": name, "reason": reason})
            for name, relay in self._relays.items()
            for reason, count in relay.blocked.items()
        ]
        tallies = {name: tally for one in self._consumers.values() for name, tally in one.tallies.items()}
        self.deliveries = [
            Reading(getattr(tally, outcome), {"consumer": name, "outcome": outcome})
            for name, tally in tallies.items()
            for outcome in tally.__struct_fields__
        ]
        self.lag = [one for name in self._consumers for one in await self._lags(name)]

    async def _lags(self, service: str) -> list[Reading]:
        if not self._jetstreams[service].connected:
            return []
        try:
            session = await self._jetstreams[service].session()
            found = {durable: await lag(session, durable) for durable in self._consumers[service].tallies}
        except BROKER_ERRORS:
            return []
        return [
            Reading(behind, {"consumer": name, "service": service})
            for name, behind in found.items()
            if behind is not None
        ]


class ServiceGauges:
    """The metrics that services have of their own. readings: by metric, as of the last look."""

    def __init__(self, telemetry: Telemetry, services: Sequence[Service]) -> None:
        self._services = services
        self.readings: dict[str, list[Reading]] = {}
        about = {name: said for one in services for found in one.figures for name, said in found.about.items()}
        for name, said in about.items():
            telemetry.gauge(name, said, partial(self._of, name))

    async def run(self) -> None:
        """Look until cancelled."""
        await look_forever(self.look)

    async def look(self) -> None:
        """Read the current figures; those of a store that is unavailable are left out."""
        found = defaultdict[str, list[Reading]](list)
        for service in self._services:
            for figures in service.figures:
                try:
                    read = await figures.read(service.env)
                except StoreUnavailable:
                    continue
                for name, readings in read.items():
                    found[name] += [Reading(one.value, {**one.about, "service": service.name}) for one in readings]
        self.readings = dict(found)

    def _of(self, name: str) -> list[Reading]:
        return self.readings.get(name, [])


async def look_forever(look: Callable[[], Awaitable[None]]) -> None:
    """Look every LOOK_SECONDS until cancelled."""
    while True:
        await look()
        await asyncio.sleep(LOOK_SECONDS)
