"""The work of a process at the border of its cell: it publishes what may leave, and takes what other cells state.

Nothing of the cell waits for it: the events for other cells have an outbox, a relay, a connection and a broker of their
own.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, NamedTuple

from libs.lifetime import alongside, together
from libs.messaging.border.names import DIRECTORY
from libs.messaging.consumers import Consumers, durables_of
from libs.messaging.jetstream import JetStream
from libs.messaging.logins import ADMINISTRATOR
from libs.messaging.outbox import EDGE_OUTBOX
from libs.messaging.relay import Relay
from libs.runtime.broker import Broker
from libs.runtime.edge import administering_the_edge
from libs.runtime.platform import Platform
from libs.runtime.service import Service
from libs.store.port import Store
from libs.telemetry import Telemetry
from libs.transfers.exits import BusGate


class Border(NamedTuple):
    """What a process does at the border, by service. Empty where it has no user of the edge. edge: None if the cell has
    no hub. stores: those of the services."""

    edge: Broker | None
    relays: Mapping[str, Relay]
    consumers: Mapping[str, Consumers[Any]]
    jetstreams: Mapping[str, JetStream]
    stores: Mapping[str, Store]


@asynccontextmanager
async def at_the_border(
    services: Sequence[Service], *, platform: Platform, edge: Broker | None, telemetry: Telemetry
) -> AsyncIterator[Border]:
    """Publish and take for these services while the block runs; as the administrator too if this process has its
    password. edge: None for a cell without a hub, which publishes nothing for others."""
    border = Border(edge, relays := {}, consumers := {}, jetstreams := {}, stores := {})
    if edge is None:
        yield border
        return
    async with AsyncExitStack() as stack:
        if edge.has(ADMINISTRATOR):
            arriving = [durables_of(one.name, one.arriving) for one in services]
            await stack.enter_async_context(administering_the_edge(edge, arriving))
        for one in services:
            if not edge.has(one.name):
                continue
            jetstreams[one.name] = jetstream = await stack.enter_async_context(edge.connect(one.name, stream=DIRECTORY))
            stores[one.name] = one.env.store
            gate = BusGate(one.env)
            relays[one.name] = Relay(one.env.store, jetstream, platform.clock, kind=EDGE_OUTBOX, gate=gate)
            platform.outlets[one.name].attach(relays[one.name], crossing=True)
            consumers[one.name] = Consumers(
                one.name, env=one.env, jetstream=jetstream, table=one.arriving, telemetry=telemetry
            )
        working = [*(one.run() for one in relays.values()), *(one.run() for one in consumers.values())]
        async with alongside(together(working)):
            yield border
            await asyncio.gather(*[one.drain() for one in consumers.values()])
