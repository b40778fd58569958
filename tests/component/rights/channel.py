"""Partners, deals and orders side by side: what partners tells arrives in the others."""

from contextlib import AsyncExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from libs.call import SYSTEM, Call
from libs.privacy.keys import Keys
from services.deals.claims.domain.registration import Registration, RegistrationLine
from services.deals.service import COMPOSITION as DEALS
from services.deals.settings import Policy
from services.orders.ordering.domain.drafting import OrderLineDraft
from services.orders.record.domain.order import Order
from services.orders.service import COMPOSITION as ORDERS
from services.orders.settings import Policy as OrdersPolicy
from services.partners.record.domain.partner import Partner
from services.partners.service import COMPOSITION as PARTNERS
from tests.component.deals.harness import Harness as Deals
from tests.component.deals.harness import a_customer
from tests.component.orders.harness import Harness as Orders
from tests.component.orders.harness import goods
from tests.component.partners.harness import Harness as Partners
from tests.component.replica import sealed

LINE = "ROUTERS"


class Channel:
    """One partner in Germany, ACTIVE and with credit."""

    def __init__(self, partners: Partners, deals: Deals, orders: Orders, keys: Keys) -> None:
        self.partners, self.deals, self.orders, self.keys = partners, deals, orders, keys
        self.partner: Partner
        self._number = 0

    async def begin(self) -> None:
        """The partner is admitted."""
        self.partner = await self.partners.active()
        await self.arrive()
        await self.orders.terms(partner=self.partner.id)

    def require(self) -> None:
        """From now on a partner that never had an agreement can submit no claim."""
        policy = Policy(agreement_required=True)
        self.deals = Deals(self.deals.env.store, self.keys, clock=self.deals.clock, policy=policy)

    async def arrive(self) -> None:
        """What partners has told arrives in deals and orders, and in partners itself."""
        told, self.partners.told = self.partners.told, []
        for composition, harness in ((DEALS, self.deals), (ORDERS, self.orders), (PARTNERS, self.partners)):
            env: Any = harness.env
            for envelope in told:
                subject = envelope.subject.partition(".")[2].partition(".")[2]
                for consumer in composition.consumers:
                    if consumer.takes(subject):
                        key = f"{composition.name}:{consumer.subject}:{envelope.id}"
                        await consumer.handle(env, envelope, Call(caller=SYSTEM, method="test", dedup_key=key))

    def days(self, count: int) -> None:
        """Time passes everywhere; no job runs."""
        for harness in (self.partners, self.deals, self.orders):
            harness.clock.advance(timedelta(days=count))

    @property
    def today(self) -> date:
        """The day in the cell."""
        return self.partners.env.today()

    async def claim(self, line: str = LINE, country: str = "DE") -> Registration:
        """A draft on a customer of its own."""
        self._number += 1
        lines = (RegistrationLine(sku="RTR-1", product_line=line),)
        customer = a_customer(f"Customer {self._number}", country)
        return await self.deals.draft(self.partner.id, customer=customer, lines=lines)

    async def submit(self, claim: Registration) -> Registration:
        """Submits a claim."""
        return await self.deals.submit(claim)

    async def order(self, line: str = LINE, country: str = "DE") -> Order:
        """A draft of one piece."""
        draft: OrderLineDraft = goods(1, sku=line)
        return await self.orders.draft(draft, partner=self.partner.id, ship_to_country=country)


async def opened(stack: AsyncExitStack, folder: Path, keys: Keys, *, required: bool = False) -> Channel:
    """The three services with stores of their own. required: whether orders holds what comes without an agreement."""
    stores = []
    for one in (PARTNERS, DEALS, ORDERS):
        (folder / one.name).mkdir()
        stores.append(await stack.enter_async_context(sealed(folder / one.name, one.name, one.kinds, keys)))
    orders = Orders(stores[2], keys, policy=OrdersPolicy(agreement_required=required))
    channel = Channel(Partners(stores[0], keys), Deals(stores[1], keys), orders, keys)
    await channel.begin()
    return channel
