"""A dry run beside a cell: it finds what the cell would refuse, says what it cannot know, and leaves no trace."""

import asyncio
import csv
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message
from typer import Typer
from typer.testing import CliRunner

from libs.clock import SystemClock
from libs.config import Settings
from libs.pb.prm.orders.v1 import ListOrdersRequest
from libs.pb.prm.partners.v1 import ListPartnersRequest
from libs.rpc.client import Client
from libs.runtime.cell import running
from services.__main__ import builders
from services.imports.command import import_command
from services.imports.expected import Expected
from services.imports.mapping import MappingFile
from services.imports.notes import Fate
from services.imports.report import Totals
from services.imports.run import Run
from tests.component.imports.test_differing_fields import client, take
from tests.component.imports.test_validated import an_order
from tests.unit.imports.samples import LINE, ORDERS, PRICE, Heard, mapping, partners, said, write

__all__ = ["client"]

ALONE = ("NOTICED", 0, "", "CHECKED_ALONE")
_PARENT: dict[str, object] = {
    "external_source": {"constant": "erp"},
    "parent_external_id": {"column": "parent", "empty": "skip"},
}


def _orders(**fields: object) -> MappingFile:
    """Orders of the columns id, partner, number, price, amends."""
    usual: dict[str, object] = {
        "external_source": {"constant": "erp"},
        "external_id": "id",
        "document": "document",
        "partner_external_source": {"constant": "erp"},
        "partner_external_id": "partner",
        "currency": {"constant": "EUR"},
        "order_date": {"constant": "2020-02-29"},
        "purchase_order_number": {"column": "number", "empty": "skip"},
        "amends_external_id": {"column": "amends", "empty": "skip"},
        "ship_to_country": {"constant": "DE"},
        "lines": {"each": "rows", "fields": {**LINE, "sku": {"constant": "BK-1"}, **PRICE}},
    }
    return mapping({**usual, **fields}, ORDERS)


async def _dry(
    client: Client, found: MappingFile, files: Path, *, expected: Expected | None = None, **options: Any
) -> tuple[Totals, Heard]:
    heard = Heard()
    shown: list[Message] = []
    totals = await Run(found, files, heard).validate(client, shown.append, expected=expected or Expected(), **options)
    assert totals.settled == totals.rows_read
    return totals, heard


async def test_what_only_the_cell_knows_is_found_and_nothing_is_written(client: Client, tmp_path: Path) -> None:
    await take(client, ORDERS, an_order())
    head = "id,document,partner,number,price,amends\n"
    rows = [
        "n1,ORDER,R-1,,5,",  # would be created
        "n2,ORDER,R-1,PO-1,5,",  # with a number that an order has
        "n3,ORDER,nobody,,5,",  # of a partner that nobody brings
        "R-1,ORDER,R-1,,5,",  # was imported with other content
        "c1,CREDIT_NOTE,R-1,,5,n1",  # of an order that these files bring
        "c2,CREDIT_NOTE,R-1,,5000,R-1",  # more than was invoiced
    ]
    files = write(tmp_path, rows=head + "".join(f"{row}\n" for row in rows))
    listing = "prm.orders.v1.OrderService/ListOrders", ListOrdersRequest()
    before = await client.call(*listing)
    totals, heard = await _dry(client, _orders(), files)
    assert totals.messages == {Fate.CREATED: 2, Fate.NOT_YET: 1, Fate.REFUSED: 2, Fate.ACCEPTED: 1}
    assert sorted(said(heard)) == sorted(
        [
            ("NOTICED", 3, "purchase_order_number", "PURCHASE_ORDER_NUMBER_REPEATED"),
            ("NOT_YET", 4, "", "PARTNER_NOT_YET_KNOWN"),
            ("REFUSED", 5, _differing(heard), "EXTERNAL_ID_TAKEN"),
            ("NOTICED", 6, "", "CANNOT_BE_KNOWN"),
            ("REFUSED", 7, "", "MORE_THAN_INVOICED"),
            ALONE,
        ]
    )
    assert not totals.clean
    assert await client.call(*listing) == before


def _differing(heard: Heard) -> str:
    (found,) = (note.field for note in heard.notes if note.reason == "EXTERNAL_ID_TAKEN")
    assert {"purchase_order_number", "order_date", "invoice_number"} <= set(found.split(", "))
    return found


async def test_partners_of_one_run_are_expected_by_the_rows_that_refer_to_them(client: Client, tmp_path: Path) -> None:
    people = "id,name,country,parent\nlast,Last,DE,middle\nmiddle,Middle,DE,top\ntop,Top,DE,\nlost,Lost,DE,nobody\n"
    sold = "id,document,partner,number,price,amends\no1,ORDER,top,,5,\no2,ORDER,lost,,5,\n"
    expected = Expected()
    totals, heard = await _dry(client, partners(_PARENT), write(tmp_path, rows=people), expected=expected)
    assert totals.messages == {Fate.CREATED: 1, Fate.ACCEPTED: 2, Fate.NOT_YET: 1}
    assert [(line, reason) for _, line, _, reason in said(heard)] == [
        (3, "CANNOT_BE_KNOWN"),
        (2, "CANNOT_BE_KNOWN"),
        (5, "PARTNER_NOT_YET_KNOWN"),
        (0, "CHECKED_ALONE"),
    ]
    totals, heard = await _dry(client, _orders(), write(tmp_path, rows=sold), expected=expected)
    assert totals.messages == {Fate.ACCEPTED: 1, Fate.NOT_YET: 1}
    assert [(line, reason) for _, line, _, reason in said(heard)] == [
        (2, "CANNOT_BE_KNOWN"),
        (3, "PARTNER_NOT_YET_KNOWN"),
        (0, "CHECKED_ALONE"),
    ]


async def test_of_an_update_it_says_what_would_be_set_and_what_cannot_be(client: Client, tmp_path: Path) -> None:
    rows = "id,name,country,parent\nR-2,Wolf,FR,\n"
    totals, heard = await _dry(client, partners(_PARENT), write(tmp_path, rows=rows), update=True)
    assert totals.messages == {Fate.REFUSED: 1}
    assert said(heard) == [
        ("REFUSED", 2, heard.notes[0].field, "NOT_UPDATABLE"),
        ("NOTICED", 2, heard.notes[1].field, "CANNOT_BE_KNOWN"),
        ALONE,
    ]
    assert ("country" in heard.notes[0].field, "legal_name" in heard.notes[1].field) == (True, True)
    page = await client.call("prm.partners.v1.PartnerService/ListPartners", ListPartnersRequest())
    assert {one.legal_name for one in page.partners} == {"Löwe", "Tiger"}


async def test_an_rpc_that_cannot_be_called_without_an_effect_is_not_called(client: Client, tmp_path: Path) -> None:
    lists = mapping({"code": "id", "currency": {"constant": "EUR"}}, "prm.orders.v1.OrderService/PutPriceList")
    _, heard = await _dry(client, lists, write(tmp_path, rows="id\nLIST\n"))
    assert said(heard)[0] == ("NOTICED", 0, "", "NOT_ASKED")


_MAPPING = """
describe: a test
rpc: prm.partners.v1.PartnerService/ImportPartners
source: rows.csv
key: id
fields:
  external_source: {constant: test}
  external_id: id
  kind: {constant: RESELLER}
  legal_name: name
  country: country
  status: {constant: ACTIVE}
"""


@pytest.mark.parametrize(
    ("role", "printed", "outcomes", "reason"),
    [
        (
            "integration",
            "the cell would say 1 created, 0 unchanged, 1 refused",
            ["REFUSED", "NOTICED"],
            "CHECKED_ALONE",
        ),
        ("marketing", "the cell was not asked: PERMISSION_DENIED", ["NOTICED", "REFUSED"], "NOT_ASKED"),
    ],
)
async def test_the_command_asks_the_cell_if_it_may(
    tmp_path: Path, role: str, printed: str, outcomes: list[str], reason: str
) -> None:
    write(tmp_path, rows="id,name,country\n1,A,DE\n2,B,Germany\n")
    (tmp_path / "m.yaml").write_text(_MAPPING)
    report = tmp_path / "report.csv"
    settings = Settings(data_dir=tmp_path / "cell", listen="127.0.0.1:0", log_level="error")
    app = Typer()
    app.command()(import_command)
    async with running(builders("partners"), settings) as cell:
        assert cell.development is not None
        token = cell.development.sign((role,), subject="tester", now=SystemClock().now())
        told = [str(tmp_path / "m.yaml"), "--dry-run", "--data", str(tmp_path), "--report", str(report)]
        environ = {"PRM_TOKEN": token, "COLUMNS": "200"}
        invoke = partial(CliRunner().invoke, app, [*told, "--to", cell.address], env=environ)
        result = await asyncio.to_thread(invoke)
    assert (result.exit_code, printed in result.output) == (1, True), result.output
    with report.open(newline="") as file:
        *found, total = csv.DictReader(file)
    assert ([row["outcome"] for row in found], total["outcome"]) == (outcomes, "TOTAL")
    assert reason in [row["reason"] for row in found]
