"""The consumers of one service, as its table `consumers.py` lists them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Generic

from libs.arrivals import Arrivals
from libs.lifetime import alongside, together
from libs.messaging.administration import ensure_durable
from libs.messaging.intake import Consumer, E, Intake, Tally, Terms
from libs.messaging.jetstream import JetStream
from libs.telemetry import Telemetry

DRAIN_SECONDS = 10.0

DEFAULT_TERMS = Terms()


def durable_name(service: str, subject: str, part: str = "") -> str:
    """The name of a service's consumer on the broker: `orders__registration_approved` for `orders` and the subject
    `deals.registration.approved`, `compliance__all` for `compliance` and `>`. part: `Consumer.part`, at its end."""
    tokens = ["all" if token in ("*", ">") else token for token in subject.split(".")]
    named = tokens[1:] if len(tokens) > 2 else tokens
    return f"{service}__{'_'.join([*named, part] if part else named)}"


def durables_of(service: str, table: Sequence[Consumer[Any]]) -> dict[str, tuple[str, ...]]:
    """The durables of a service's consumers, by name, with their subjects. ValueError as for `by_durable`."""
    return {name: (one.subject,) for name, one in by_durable(service, table).items()}


def by_durable(service: str, table: Sequence[Consumer[E]]) -> dict[str, Consumer[E]]:
    """The consumers of a service by the names of their durables. ValueError if two have the same name: `part` tells
    them apart."""
    named: dict[str, Consumer[E]] = {}
    for one in table:
        name = durable_name(service, one.subject, one.part)
        if name in named:
            raise ValueError(f"two consumers have the name {name}")
        named[name] = one
    return named


def nobody_asks() -> None:
    """The `on_store_unavailable` of processes that do not watch their stores; does nothing."""


class Consumers(Generic[E]):
    """All intakes of a service. Replicas of the service share the durables."""

    intake = Intake

    def __init__(
        self,
        service: str,
        *,
        env: E,
        jetstream: JetStream,
        table: Sequence[Consumer[E]],
        telemetry: Telemetry,
        terms: Terms = DEFAULT_TERMS,
        on_store_unavailable: Callable[[], None] = nobody_asks,
        arrivals: Arrivals | None = None,
    ) -> None:
        """on_store_unavailable: called when the store was unavailable for an effect. arrivals: the calls that wait for
        events. ValueError if two consumers have the same name."""
        self._intakes = {
            name: self.intake(
                name,
                one,
                env=env,
                jetstream=jetstream,
                telemetry=telemetry,
                terms=terms,
                on_store_unavailable=on_store_unavailable,
                arrivals=arrivals or Arrivals(),
            )
            for name, one in by_durable(service, table).items()
        }

    @property
    def tallies(self) -> Mapping[str, Tally]:
        """The counts of delivery outcomes for each durable."""
        return {name: intake.tally for name, intake in self._intakes.items()}

    async def run(self) -> None:
        """Consume until cancelled."""
        await together(intake.run() for intake in self._intakes.values())

    async def drain(self, within_seconds: float = DRAIN_SECONDS) -> bool:
        """Finish the effects in progress and give back the other messages; False if that took too long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_seconds):
                await asyncio.gather(*[intake.drain() for intake in self._intakes.values()])
                return True
        return False


@asynccontextmanager
async def consuming(
    service: str,
    *,
    env: E,
    jetstream: JetStream,
    table: Sequence[Consumer[E]],
    telemetry: Telemetry | None = None,
    drain_seconds: float = DRAIN_SECONDS,
    terms: Terms = DEFAULT_TERMS,
) -> AsyncIterator[Consumers[E]]:
    """Consumers that run while the block runs; at the end they finish the effects in progress. They create their
    durables themselves, which only a broker without users allows."""
    session = await jetstream.session()
    for durable, subjects in durables_of(service, table).items():
        await ensure_durable(session, durable, subjects, ack_wait_seconds=terms.ack_wait_seconds)
    consumers = Consumers(
        service, env=env, jetstream=jetstream, table=table, telemetry=telemetry or Telemetry(), terms=terms
    )
    async with alongside(consumers.run()):
        yield consumers
        await consumers.drain(drain_seconds)
