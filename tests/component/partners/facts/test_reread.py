"""Facts can be rebuilt from the stream while the service runs, to the last digit."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from google.type.date_pb2 import Date
from google.type.money_pb2 import Money

from libs.clock import SystemClock
from libs.config import Settings
from libs.messaging.consumers import durables_of
from libs.messaging.envelope import Envelope
from libs.pb.prm.orders import v1 as orders_pb
from libs.pb.prm.partners import v1 as pb
from libs.rpc.client import Client
from libs.runtime.cell import running
from libs.runtime.rereading import reread
from libs.store.port import Query, Store
from services.partners.facts.consumers import CONSUMERS
from services.partners.facts.documents import KINDS
from services.partners.service import COMPOSITION, build
from tests.brokers import sent
from tests.builders import UNIQUE
from tests.waiting import until

LIST = "prm.partners.v1.FactsService/ListFacts"
APPLY = "prm.partners.v1.PartnerService/ApplyPartner"
ORDERS = 30


async def test_all_figures_come_back_from_the_stream(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, listen="127.0.0.1:0")
    async with running({COMPOSITION.name: build}, settings, environ={}) as cell, cell.client() as client:
        await client.ready("prm.partners.v1.FactsService")
        applied = await client.call(
            APPLY, pb.ApplyPartnerRequest(kind=pb.PARTNER_KIND_RESELLER, legal_name="Zweirad Union", country="DE")
        )
        partner_id = applied.partner.id
        for number in range(ORDERS):
            await sent(cell, _order(partner_id, number))
        before = await _figures(client, partner_id, orders=ORDERS)
        store = cell.services[COMPOSITION.name].env.store
        table = durables_of(COMPOSITION.name, CONSUMERS)
        assert await reread(settings, table) == len(table)
        await sent(cell, _order(partner_id, ORDERS))
        once_more = await _figures(client, partner_id, orders=ORDERS + 1)
        await _forget_all(store)
        assert await reread(settings, table) == len(table)
        assert await _figures(client, partner_id, orders=ORDERS + 1) == once_more
        assert {fact.metric for fact in before} == {fact.metric for fact in once_more}


def _order(partner_id: str, number: int) -> Envelope:
    order_id = f"ord_local_{UNIQUE[:-1]}{number:02}"
    confirmed = orders_pb.OrderConfirmed(
        order_id=order_id,
        partner_id=partner_id,
        total=Money(currency_code="EUR", units=number, nanos=190_000_000),
        order_date=Date(year=2026, month=2, day=1 + number % 28),
        ship_to_country="DE",
    )
    return Envelope(
        id=f"evt_local_{UNIQUE[:-1]}{number:02}",
        type="prm.orders.v1.OrderConfirmed",
        source="prm/local/orders",
        about=order_id,
        version=2,
        subject="prm.local.orders.order.confirmed",
        time=SystemClock().now(),
        body=confirmed.SerializeToString(),
    )


async def _figures(client: Client, partner_id: str, *, orders: int) -> Sequence[Any]:
    """The facts of the partner, once so many orders are in them."""
    found: list[Any] = []

    async def there() -> bool:
        answer = await client.call(LIST, pb.ListFactsRequest(partner_id=partner_id))
        found[:] = sorted(answer.facts, key=lambda fact: int(fact.metric))
        return bool(sum(fact.own.count for fact in found if fact.metric == pb.FACT_METRIC_ORDERS) == orders)

    await until(there, within_seconds=60)
    return tuple(found)


async def _forget_all(store: Store) -> None:
    """Delete all rows of the facts, as if they were lost."""
    for kind in KINDS:
        while rows := (await store.find(Query(kind=kind, limit=200))).rows:
            await store.commit([row.delete() for row in rows])
