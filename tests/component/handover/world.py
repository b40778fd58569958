"""The four services that take part in handovers side by side; their events arrive when the test says so."""

from collections import defaultdict
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from libs.call import SYSTEM, Call
from libs.handover_row import HandoverOutcome
from libs.messaging.envelope import Envelope
from libs.messaging.inbox import AlreadySeen
from libs.privacy.keys import Keys
from libs.slices import Composition
from libs.store.port import Document, Kind, Query
from services.deals.service import COMPOSITION as DEALS
from services.orders.service import COMPOSITION as ORDERS
from services.partners.handover import usecases
from services.partners.handover.domain import Handover, HandoverItem
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import PartnerKind
from services.partners.service import COMPOSITION as PARTNERS
from services.tickets.service import COMPOSITION as TICKETS
from tests.component.deals.harness import Harness as Deals
from tests.component.orders.harness import Harness as Orders
from tests.component.partners.harness import Harness as Partners
from tests.component.replica import Replica, Shelf, sealed
from tests.component.tickets.harness import Harness as Tickets

SERVICES: tuple[Composition, ...] = (PARTNERS, DEALS, ORDERS, TICKETS)
MOST_STEPS = 50

D = TypeVar("D", bound=Document)


class World:
    """Two distributors, ACTIVE and with credit, of which the first leaves."""

    def __init__(self, partners: Partners, deals: Deals, orders: Orders, tickets: Tickets) -> None:
        self.partners, self.deals, self.orders, self.tickets = partners, deals, orders, tickets
        self.replicas: dict[str, Replica[Any]] = {
            "partners": partners,
            "deals": deals,
            "orders": orders,
            "tickets": tickets,
        }
        self.leaver: Partner
        self.target: Partner
        self._waiting: dict[str, list[Envelope]] = defaultdict(list)

    async def begin(self) -> None:
        """The partners are admitted."""
        self.leaver = await self.partners.active(number=0, kind=PartnerKind.DISTRIBUTOR)
        self.target = await self.partners.active(number=1, kind=PartnerKind.DISTRIBUTOR)
        await self.arrive()
        for one in (self.leaver, self.target):
            await self.orders.terms("1000000", partner=one.id)

    async def arrive(self, *, down: str = "") -> None:
        """Events arrive until there are none; those for a service that is down wait."""
        for _ in range(MOST_STEPS):
            told = [one for replica in self.replicas.values() for one in replica.told]
            for replica in self.replicas.values():
                replica.told = []
            for name in self.replicas:
                self._waiting[name] += told
            busy = [
                composition for composition in SERVICES if composition.name != down and self._waiting[composition.name]
            ]
            if not busy:
                return
            for composition in busy:
                await self._take(composition)
        raise AssertionError("events do not end")

    async def work(self, *, down: str = "") -> None:
        """The jobs of handovers run a second later, and what they tell arrives."""
        self.later(seconds=1)
        for composition in SERVICES:
            if composition.name != down:
                [job] = [one for one in composition.jobs if one.name.endswith("__hand_over")]
                while await job.run(self.replicas[composition.name].env):
                    pass
        await self.arrive(down=down)

    async def open(self, **fields: Any) -> Handover:
        """A handover between the two partners, listed by every service."""
        given = fields or {"leaving_partner_id": self.leaver.id, "target_partner_id": self.target.id}
        made = await self.partners.run(usecases.open_handover, usecases.OpenHandover, **given)
        await self.arrive()
        return await self.handover(made)

    async def confirm(self, one: Handover, *, down: str = "") -> Handover:
        """The handover, confirmed as by two persons, and moved."""
        await self.partners.run(usecases.confirm_handover, usecases.ConfirmHandover, id=one.id)
        await self.arrive(down=down)
        await self.work(down=down)
        return await self.handover(one)

    async def handover(self, one: Handover) -> Handover:
        """The handover as it is now."""
        return await self.partners.look(usecases.get_handover, usecases.GetHandover, id=one.id)

    async def items(self, one: Handover) -> list[HandoverItem]:
        """All documents of a handover."""
        return await self.partners.pages(
            usecases.list_handover_items, usecases.ListHandoverItems, handover_id=one.id, page_size=100
        )

    async def outcomes(self, one: Handover) -> dict[str, str]:
        """What became of each document: the outcome, or why it stays."""
        return {item.document_id: item.stay.name if item.stay else item.outcome.name for item in await self.items(one)}

    async def moved(self, one: Handover) -> set[str]:
        """The documents that were moved, as the services state."""
        return {item.document_id for item in await self.items(one) if item.outcome is HandoverOutcome.MOVED}

    def later(self, **by: float) -> None:
        """Time passes everywhere."""
        for replica in self.replicas.values():
            replica.clock.advance(timedelta(**by))

    async def rows(self, service: str, kind: Kind[D]) -> dict[str, D]:
        """Every document of a kind, by id."""
        found: dict[str, D] = {}
        cursor = ""
        while True:
            page = await self.replicas[service].env.store.find(Query(kind=kind, limit=200, cursor=cursor))
            found |= {loaded.value.id: loaded.value for loaded in page.rows}
            if not (cursor := page.next_cursor):
                return found

    async def _take(self, composition: Composition) -> None:
        waiting, self._waiting[composition.name] = self._waiting[composition.name], []
        env: Any = self.replicas[composition.name].env
        for envelope in waiting:
            subject = envelope.subject.split(".", 2)[2]
            for consumer in composition.consumers:
                if consumer.takes(subject):
                    key = f"{consumer.subject}:{envelope.id}"
                    call = Call(caller=SYSTEM, method="test", dedup_key="" if consumer.repeatable else key)
                    try:
                        await consumer.handle(env, envelope, call)
                    except AlreadySeen:
                        continue


async def opened(stack: AsyncExitStack, folder: Path, keys: Keys) -> World:
    """The four services with stores of their own and one object store."""
    stores = []
    for one in SERVICES:
        (folder / one.name).mkdir()
        stores.append(await stack.enter_async_context(sealed(folder / one.name, one.name, one.kinds, keys)))
    world = World(Partners(stores[0], keys), Deals(stores[1], keys), Orders(stores[2], keys), Tickets(stores[3], keys))
    shelf = Shelf()
    for replica in world.replicas.values():
        replica.env.objects = shelf
    await world.begin()
    return world
