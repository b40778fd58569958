"""An import into a cell of which both are killed, and what the cell has afterwards."""

import asyncio
import csv
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
from google.protobuf.json_format import MessageToDict

from libs.clock import SystemClock
from libs.rpc.client import Client
from services.demo.scenario import SERVICES, ScenarioClient, rpc_path
from tests.system.processes import READY_SECONDS, free_ports
from tests.tokens import token
from tests.unit.imports.samples import LINE, ORDERS, PARTNER_FIELDS, PARTNERS, PRICE

PARTNER_ROWS = 120
CONTACT_ROWS = 45  # of the first partner: more than one commit takes
ORDER_ROWS = 2 * 240
MESSAGES = PARTNER_ROWS + 240
SOURCE = "test"
PAGE = 200
_OF_THE_RUN = ("id", "etag", "partner_id", "person_id", "order_id", "create_time", "update_time", "confirm_time")

Kept = dict[str, list[dict[str, Any]]]


class ImportedCell:
    """A `prm run all` process with its data in one folder, and an importer that sends the files of `data` to it."""

    def __init__(self, folder: Path, data: Path) -> None:
        self._folder = folder
        self._data = data
        self._address = f"127.0.0.1:{free_ports(1)[0]}"
        self._cell: Process | None = None
        self.importer: Process | None = None
        self.report = folder / "report.csv"
        self._client: Client | None = None

    async def start(self) -> None:
        """Start the cell and wait until it is ready."""
        self._cell = await self._prm("cell.log", "run", "all")
        if self._client is None:
            self._client = Client(self._address, token=token(self._folder))
        for service in SERVICES.values():
            await self._client.ready(service, within_seconds=READY_SECONDS)

    async def start_import(self) -> None:
        """Start the importer, unless it still works."""
        if not self.importing:
            mappings = [str(self._data / f"{name}.yaml") for name in ("partners", "orders")]
            told = ("--data", str(self._data), "--report", str(self.report), "--to", self._address)
            self.importer = await self._prm("import.log", "import", *mappings, *told)

    async def finish_import(self) -> int:
        """Import to the end; the exit code."""
        await self.start_import()
        assert self.importer is not None
        return await self.importer.wait()

    @property
    def importing(self) -> bool:
        """Whether the importer works."""
        return self.importer is not None and self.importer.returncode is None

    async def kill(self, *, importer: bool, cell: bool) -> None:
        """Kill these, at once and where they are."""
        victims = [one for one, chosen in ((self.importer, importer), (self._cell, cell)) if one is not None and chosen]
        for one in victims:
            with suppress(ProcessLookupError):
                one.send_signal(signal.SIGKILL)
        for one in victims:
            await one.wait()

    async def close(self) -> None:
        """End what runs."""
        await self.kill(importer=True, cell=True)
        if self._client is not None:
            await self._client.close()

    async def count(self) -> int:
        """How many messages of the files are in the cell."""
        return len(await self._all("partners", "ListPartners")) + len(await self._all("orders", "ListOrders"))

    async def kept(self) -> Kept:
        """All that the cell made of the files, without what differs from one run to the next."""
        partners = await self._all("partners", "ListPartners")
        (first,) = (one.id for one in partners if one.external_id == "p0")
        found = {
            "partners": partners,
            "contacts": await self._all("partners", "ListContacts", partner_id=first),
            "orders": await self._all("orders", "ListOrders"),
            "invoices": await self._all("orders", "ListInvoices"),
        }
        return {
            name: sorted((_plain(one) for one in rows), key=lambda row: str(msgspec.json.encode(row)))
            for name, rows in found.items()
        }

    async def events(self) -> Counter[tuple[str, str]]:
        """How often the trail has each event of each resource that an import made."""
        found = Counter[tuple[str, str]]()
        for service, method in (("partners", "ImportPartners"), ("orders", "ImportOrders")):
            path = f"/{rpc_path(service, method)}"
            for entry in await self._all("compliance", "ListAuditEntries", method=path):
                if entry.resource_id[:3] in ("ptn", "ord"):
                    found[entry.resource_id, entry.event_type] += 1
        return found

    async def _all(self, service: str, method: str, /, **fields: object) -> list[Any]:
        assert self._client is not None
        stage = ScenarioClient(dict.fromkeys(SERVICES, self._client), run="kills", today=SystemClock().now().date())
        rows: list[Any] = []
        page_token = ""
        while True:
            page = await stage.ask(service, method, page_size=PAGE, page_token=page_token, **fields)
            rows += next(value for field, value in page.ListFields() if field.is_repeated) if page.ListFields() else []
            page_token = page.next_page_token
            if not page_token:
                return rows

    async def _prm(self, log: str, *arguments: str) -> Process:
        others = {name: value for name, value in os.environ.items() if not name.startswith("PRM_")}
        told = {"PRM_DATA_DIR": str(self._folder), "PRM_LISTEN": self._address}
        with (self._folder / log).open("ab") as stream:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "services", *arguments),
                env=others | told,
                stdin=DEVNULL,
                stdout=stream,
                stderr=STDOUT,
            )


@asynccontextmanager
async def a_cell_to_import_to(folder: Path, data: Path) -> AsyncIterator[ImportedCell]:
    """One that is not started yet."""
    cell = ImportedCell(folder, data)
    try:
        yield cell
    finally:
        await cell.close()


def write_files(folder: Path) -> None:
    """Partners, one of them with many contacts, and orders of two lines, each invoiced; with their mappings."""
    partners: list[tuple[str, ...]] = [("id", "name", "country")]
    partners += [(f"p{number}", f"Fahrradhaus {number}", "DE") for number in range(PARTNER_ROWS)]
    contacts: list[tuple[str, ...]] = [("id", "person"), *(("p0", f"Person {n}") for n in range(CONTACT_ROWS))]
    orders = [("id", "partner", "sku", "price", "day"), *(_line(n) for n in range(ORDER_ROWS))]
    files: dict[str, list[tuple[str, ...]]] = {"partners": partners, "contacts": contacts, "orders": orders}
    for name, rows in files.items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)
    for name, document in {"partners": _partner_mapping(), "orders": _order_mapping()}.items():
        (folder / f"{name}.yaml").write_bytes(msgspec.json.encode({"describe": "a test", "key": "id", **document}))


def _line(number: int) -> tuple[str, ...]:
    order = number // 2
    return (f"o{order}", f"p{order % PARTNER_ROWS}", f"BK-{number % 2}", f"{order}.25", "2020-02-29")


def _partner_mapping() -> dict[str, object]:
    person = {"person": {"fields": {"name": "person"}}, "roles": [{"constant": "SALES"}]}
    fields = {**PARTNER_FIELDS, "contacts": {"each": "details", "fields": person}}
    return {
        "rpc": PARTNERS,
        "source": "partners.csv",
        "details": {"file": "contacts.csv", "key": "id"},
        "fields": fields,
    }


def _order_mapping() -> dict[str, object]:
    fields = {
        "external_source": {"constant": SOURCE},
        "external_id": "id",
        "document": {"constant": "ORDER"},
        "partner_external_source": {"constant": SOURCE},
        "partner_external_id": "partner",
        "currency": {"constant": "EUR"},
        "order_date": "day",
        "ship_date": "day",
        "invoice_date": "day",
        "invoice_number": "id",
        "ship_to_country": {"constant": "DE"},
        "lines": {"each": "rows", "fields": {**LINE, **PRICE}},
    }
    return {"rpc": ORDERS, "source": "orders.csv", "fields": fields}


def _plain(message: Any) -> dict[str, Any]:
    return _without(MessageToDict(message, preserving_proto_field_name=True))  # type: ignore[no-any-return]  # a dict


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without(one) for name, one in value.items() if name not in _OF_THE_RUN}
    return [_without(one) for one in value] if isinstance(value, list) else value
