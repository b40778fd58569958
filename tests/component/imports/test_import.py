"""Files into a running cell: what waits for another service gets in, a second import changes nothing."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from libs.config import Settings
from libs.pb.prm.orders.v1 import ListOrdersRequest
from libs.pb.prm.partners.v1 import ListPartnersRequest
from libs.rpc.client import Client
from libs.runtime.cell import running
from services.__main__ import builders
from services.imports.mapping import MappingFile
from services.imports.notes import Fate
from services.imports.report import Totals
from services.imports.run import Run
from tests.unit.imports.samples import ORDERS, Heard, mapping, partners, said, write
from tests.waiting import until

_PARTNERS = "id,name,country\np1,Fahrradhaus 'Löwe',DE\np2,北京自行车有限公司,CN\np3,سايكل بارتنرز,SA\n"
_LINES = (
    "id,partner,country,sku,count,price\n"
    "o1,p1,DE,BK-1,2,419.4589\n"
    "o2,p2,CN,BK-2,1,0.0001\n"
    "o1,p1,DE,BK-2,3,0.1000\n"
    "o3,nobody,DE,BK-1,1,5\n"
)


def _orders() -> MappingFile:
    return mapping(
        {
            "external_source": {"constant": "test"},
            "external_id": "id",
            "document": {"constant": "ORDER"},
            "partner_external_source": {"constant": "test"},
            "partner_external_id": "partner",
            "currency": {"constant": "EUR"},
            "order_date": {"constant": "2020-02-29"},
            "ship_to_country": "country",
            "lines": {
                "each": "rows",
                "fields": {
                    "kind": {"constant": "PRODUCT"},
                    "sku": "sku",
                    "quantity": "count",
                    "unit_price": {"column": "price", "currency": {"constant": "EUR"}},
                },
            },
        },
        ORDERS,
        {"source": "lines.csv"},
    )


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    settings = Settings(data_dir=tmp_path / "cell", listen="127.0.0.1:0", log_level="error")
    async with running(builders("partners", "orders"), settings) as cell, cell.client() as found:
        yield found


async def _send(
    client: Client, found: MappingFile, folder: Path, *, patience_seconds: float = 20.0
) -> tuple[Totals, Heard]:
    heard = Heard()
    totals = await Run(found, folder, heard).send(client, patience_seconds=patience_seconds)
    assert totals.settled == totals.rows_read
    return totals, heard


async def _totals(client: Client) -> dict[str, Any]:
    page = await client.call("prm.orders.v1.OrderService/ListOrders", ListOrdersRequest(page_size=10))
    return {one.external_id: (one.totals.total.units, one.totals.total.nanos) for one in page.orders}


async def test_orders_wait_for_their_partners_and_nothing_changes_the_second_time(
    client: Client, tmp_path: Path
) -> None:
    files = write(tmp_path, rows=_PARTNERS, lines=_LINES)
    orders = Run(_orders(), files, Heard())
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        early = tasks.create_task(orders.send(client, patience_seconds=3.0))
        await until(lambda: orders.totals.waiting == 3)
        first, _ = await _send(client, partners(), files)
    assert first.messages == {Fate.CREATED: 3}
    assert (await early).messages == {Fate.CREATED: 2, Fate.NOT_YET: 1}
    wanted = {"o1": (839, 217_800_000), "o2": (0, 100_000)}
    assert await _totals(client) == wanted

    again, heard = await _send(client, partners(), files)
    assert (again.messages, heard.notes) == ({Fate.UNCHANGED: 3}, [])
    again, heard = await _send(client, _orders(), files, patience_seconds=0.1)
    assert again.messages == {Fate.UNCHANGED: 2, Fate.NOT_YET: 1}
    assert said(heard) == [("NOT_YET", 5, "", "PARTNER_NOT_YET_KNOWN")]
    assert await _totals(client) == wanted


async def test_another_row_under_a_known_id_is_refused_and_changes_nothing(client: Client, tmp_path: Path) -> None:
    await _send(client, partners(), write(tmp_path, rows=_PARTNERS))
    files = write(tmp_path, rows=_PARTNERS.replace("Löwe", "Tiger"))
    totals, heard = await _send(client, partners(), files)
    assert totals.messages == {Fate.UNCHANGED: 2, Fate.REFUSED: 1}
    assert said(heard) == [("REFUSED", 2, "legal_name", "EXTERNAL_ID_TAKEN")]


async def test_an_update_sets_what_may_be_set_and_says_what_it_set_and_what_it_cannot(
    client: Client, tmp_path: Path
) -> None:
    await _send(client, partners(), write(tmp_path, rows=_PARTNERS))
    files = write(tmp_path, rows=_PARTNERS.replace("Löwe", "Tiger").replace("بارتنرز,SA", "بارتنر,AE"))
    heard = Heard()
    totals = await Run(partners(), files, heard).send(client, update=True)
    assert totals.settled == totals.rows_read
    assert totals.messages == {Fate.UNCHANGED: 1, Fate.CHANGED: 1, Fate.REFUSED: 1}
    assert said(heard) == [
        ("NOTICED", 2, "legal_name", "CHANGED"),
        ("REFUSED", 4, "country", "NOT_UPDATABLE"),
        ("NOTICED", 4, "legal_name", "CHANGED"),
    ]
    page = await client.call("prm.partners.v1.PartnerService/ListPartners", ListPartnersRequest())
    names = {one.external_id: (one.legal_name, one.country) for one in page.partners}
    assert names["p1"] == ("Fahrradhaus 'Tiger'", "DE")
    assert names["p3"] == ("سايكل بارتنر", "SA")
    again = await Run(partners(), files, heard).send(client, update=True)
    assert again.messages == {Fate.UNCHANGED: 2, Fate.REFUSED: 1}


async def test_an_update_that_the_service_refuses_is_reported_with_its_reason(client: Client, tmp_path: Path) -> None:
    fields: dict[str, object] = {"kind": {"constant": "DISTRIBUTOR"}}
    rows = "id,name,country,parent\nd,Händler,DE,\nr,Laden,DE,d\n"
    first = partners({**fields, "parent_external_id": {"column": "parent", "empty": "skip"}})
    await _send(client, first, write(tmp_path, rows=rows))
    heard = Heard()
    only = write(tmp_path, rows="id,name,country,parent\nd,Händler,DE,\n")
    totals = await Run(partners(), only, heard).send(client, update=True)
    assert totals.messages == {Fate.REFUSED: 1}
    assert said(heard) == [("REFUSED", 2, "kind", "BUYERS_LEFT")]
