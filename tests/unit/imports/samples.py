"""Small files and mappings for the tests of the import, written for it."""

from pathlib import Path

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from services.imports.mapping import MappingFile, parse
from services.imports.notes import Note
from services.imports.report import Report, Totals
from services.imports.run import Run

DEALS = "prm.deals.v1.DealRegistrationService/ImportRegistrations"
ORDERS = "prm.orders.v1.OrderService/ImportOrders"
PARTNERS = "prm.partners.v1.PartnerService/ImportPartners"

PARTNER_FIELDS: dict[str, object] = {
    "external_source": {"constant": "test"},
    "external_id": {"column": "id", "empty": "refuse"},
    "kind": {"constant": "RESELLER"},
    "legal_name": "name",
    "country": {"column": "country", "case": "upper"},
    "status": {"constant": "ACTIVE"},
}

LINE: dict[str, object] = {"kind": {"constant": "PRODUCT"}, "sku": "sku", "quantity": {"constant": "1"}}
PRICE: dict[str, object] = {"unit_price": {"column": "price", "currency": {"constant": "EUR"}}}


class Heard(Report):
    """A report that remembers its lines."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[Note] = []

    def add(self, totals: Totals, note: Note) -> None:
        self.notes.append(note)
        super().add(totals, note)


def write(folder: Path, **files: str) -> Path:
    """Files by name without suffix; gives the folder."""
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
    return folder


def mapping(fields: dict[str, object], rpc: str = PARTNERS, frame: dict[str, object] | None = None) -> MappingFile:
    """A mapping of `rows.csv` by the column `id`, unless `frame` says otherwise."""
    usual = {"describe": "a test", "rpc": rpc, "source": "rows.csv", "key": "id"}
    return parse("test", {**usual, "fields": fields, **(frame or {})})


def partners(fields: dict[str, object] | None = None, **frame: object) -> MappingFile:
    """A mapping of `rows.csv` with the columns id, name, country to partners."""
    return mapping({**PARTNER_FIELDS, **(fields or {})}, PARTNERS, frame)


def orders_of(fields: dict[str, object], **frame: object) -> MappingFile:
    """A mapping of `rows.csv` with the columns id, sku, price to orders."""
    usual: dict[str, object] = {
        "external_source": {"constant": "t"},
        "external_id": "id",
        "document": {"constant": "ORDER"},
        "currency": {"constant": "EUR"},
        "order_date": {"constant": "2020-02-29"},
        "ship_to_country": {"constant": "DE"},
        "lines": {"each": "rows", "fields": {**LINE, **PRICE}},
    }
    return mapping({**usual, **fields}, ORDERS, frame)


def plain(messages: list[Message]) -> list[dict[str, object]]:
    """Messages as dicts with the field names of the proto."""
    return [MessageToDict(message, preserving_proto_field_name=True) for message in messages]


def checked(found: MappingFile, folder: Path) -> tuple[list[Message], Heard, Totals]:
    """What a dry run would send, what it says, and its sums; every row must be accounted for."""
    heard = Heard()
    messages: list[Message] = []
    totals = Run(found, folder, heard).check(messages.append)
    assert totals.settled == totals.rows_read
    return messages, heard, totals


def said(heard: Heard) -> list[tuple[str, int, str, str]]:
    """Outcome, line, field and reason of every line of a report."""
    return [(note.outcome.value, note.line, note.field, note.reason) for note in heard.notes]
