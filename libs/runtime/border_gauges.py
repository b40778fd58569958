"""Metrics about the border: what waits to leave, what the gate holds, and whether edge and hub are there."""

from typing import NamedTuple

from libs.errors import StoreUnavailable
from libs.messaging.border.contact import hears_the_hub
from libs.messaging.jetstream import BROKER_ERRORS, JetStream
from libs.messaging.outbox import HELD
from libs.runtime.border import Border
from libs.runtime.gauges import Gauges, look_forever
from libs.store.port import Query, Store
from libs.telemetry import Reading, Telemetry

COUNTED = 10_000


class _Peers(NamedTuple):
    edge: bool
    hub: bool


class BorderGauges:
    """The metrics `prm.edge.*`, by service. flow: as for the events of the cell. held: how many messages for other
    cells the gate holds now, COUNTED at most. connected: 1 if the peer is there, else 0: the edge, and the hub as the
    edge hears it."""

    def __init__(self, border: Border, telemetry: Telemetry) -> None:
        self._border = border
        self.flow = Gauges(
            telemetry,
            relays=border.relays,
            consumers=border.consumers,
            jetstreams=border.jetstreams,
            prefix="prm.edge",
        )
        self.held: list[Reading] = []
        self.connected: list[Reading] = []
        telemetry.gauge("prm.edge.held", "Messages for other cells that the gate holds", lambda: self.held)
        telemetry.gauge("prm.edge.connected", "Whether the edge and the hub are there", lambda: self.connected)

    async def run(self) -> None:
        """Look until cancelled."""
        await look_forever(self.look)

    async def look(self) -> None:
        """Read the current figures; those of a store that is unavailable are left out."""
        await self.flow.look()
        counts = {name: await _held(store) for name, store in self._border.stores.items()}
        self.held = [Reading(count, {"service": name}) for name, count in counts.items() if count is not None]
        found = {name: await _peers(jetstream) for name, jetstream in self._border.jetstreams.items()}
        self.connected = [
            Reading(int(there), {"service": name, "peer": peer})
            for name, each in found.items()
            for peer, there in each._asdict().items()
        ]


async def _held(store: Store) -> int | None:
    try:
        return (await store.find(Query(kind=HELD, limit=1, count_up_to=COUNTED))).total
    except StoreUnavailable:
        return None


async def _peers(jetstream: JetStream) -> _Peers:
    if not jetstream.connected:
        return _Peers(edge=False, hub=False)
    try:
        return _Peers(edge=True, hub=await hears_the_hub(await jetstream.session()))
    except BROKER_ERRORS:
        return _Peers(edge=False, hub=False)
