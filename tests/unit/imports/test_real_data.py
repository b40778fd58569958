"""The mappings that come along, on the data sets they are for: nothing is lost, amounts are exact, traps are reported.

What is expected is counted from the files by other means than the import's own.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message

from services.imports.mapping import read
from services.imports.mappings import bundled, path_of, sampled
from services.imports.notes import Fate, Note, Outcome
from services.imports.report import Totals
from services.imports.run import Run
from tests.data import DATA, needs_data
from tests.unit.imports.samples import Heard

pytestmark = [pytest.mark.thorough, needs_data, pytest.mark.xdist_group("real-data")]

README = Path(__file__).resolve().parents[3] / "services" / "imports" / "README.md"


class _Imported:
    """A dry run of one mapping over the real files."""

    def __init__(self, name: str) -> None:
        heard = Heard()
        self.messages: list[Any] = []
        self.totals: Totals = Run(read(path_of(name)), DATA, heard).check(self.messages.append)
        self.notes: list[Note] = heard.notes

    def refused(self) -> set[tuple[str, str]]:
        """External id and reason of what is not sent."""
        return {(note.external_id, note.reason) for note in self.notes if note.outcome is Outcome.REFUSED}

    def lines(self, reason: str) -> list[tuple[str, int]]:
        """File and line of every note for a reason."""
        return [(note.file, note.line) for note in self.notes if note.reason == reason]


@pytest.fixture(scope="module")
def runs() -> dict[str, _Imported]:
    return {}


@pytest.fixture
def imported(runs: dict[str, _Imported], request: pytest.FixtureRequest) -> _Imported:
    name: str = request.param
    return runs.setdefault(name, runs.get(name) or _Imported(name))


def _rows(file: str) -> list[dict[str, str]]:
    with (DATA / file).open(encoding="utf-8", newline="") as found:
        return list(csv.DictReader(found))


def _money(found: Any) -> Decimal:
    return Decimal(found.units) + Decimal(found.nanos).scaleb(-9)


def _sums(keyed: Iterable[tuple[object, Decimal]]) -> dict[object, Decimal]:
    sums: dict[object, Decimal] = defaultdict(Decimal)
    for key, amount in keyed:
        sums[key] += amount
    return dict(sums)


@pytest.mark.parametrize("imported", sorted({*bundled()} - {*sampled()}), indirect=True)
def test_every_row_is_sent_or_accounted_for(imported: _Imported) -> None:
    totals = imported.totals
    counted = Counter[Outcome]()
    for note in imported.notes:
        counted[note.outcome] += note.rows
    assert counted[Outcome.NOTICED] == 0
    assert totals.rows_read == totals.rows_sent + totals.rows_elsewhere + sum(counted.values())
    ids = [getattr(message, "external_id", "") or getattr(message, "request_id", "") for message in imported.messages]
    assert len(ids) == len(set(ids)) == totals.messages[Fate.ACCEPTED]


@pytest.mark.parametrize("imported", sorted({*bundled()} - {*sampled()}), indirect=True)
def test_the_readme_says_what_the_tool_counts(imported: _Imported) -> None:
    assert _readme_row(imported.totals) in README.read_text(encoding="utf-8")


def _readme_row(totals: Totals) -> str:
    """The line of the README for a mapping; printed by the failing test, so that it can be put there."""
    reasons = defaultdict(list)
    for (outcome, reason), times in sorted(
        totals.reasons.items(), key=lambda one: (one[0][0].value, -one[1], one[0][1])
    ):
        reasons[outcome].append(f"{reason} {times:,}")
    made = f"{totals.messages[Fate.ACCEPTED]:,} from {totals.rows_sent:,}"
    rows = f"{totals.rows_read:,} | {totals.rows_elsewhere:,} | {made}"
    said = [", ".join(reasons[one]) or "-" for one in (Outcome.REFUSED, Outcome.LEFT_OUT, Outcome.NOTICED)]
    return f"| `{totals.name}` | {rows} | {' | '.join(said)} |"


@pytest.mark.parametrize("imported", ["aw_orders"], indirect=True)
def test_order_totals_by_currency_and_territory_are_those_of_the_file(imported: _Imported) -> None:
    regions = {row["SalesTerritoryKey"]: row["SalesTerritoryRegion"] for row in _rows("aw_territories.csv")}
    wanted = _sums(
        ((row["CurrencyCode"], regions[row["SalesTerritoryKey"]]), Decimal(row["TotalDue"]))
        for row in _rows("aw_orders.csv")
    )
    found = _sums(
        (
            (line.amount.currency_code, row.territory.replace("-", " ")),
            _money(line.amount) + _money(line.tax) + _money(line.freight),
        )
        for row in imported.messages
        for line in row.lines
    )
    assert found == wanted
    assert sum(len(row.lines) for row in imported.messages) == len(_rows("aw_order_lines.csv"))


@pytest.mark.parametrize(
    ("imported", "credit", "sign"), [("retail_orders", "0", 1), ("retail_credit_notes", "1", -1)], indirect=["imported"]
)
def test_invoice_totals_by_country_are_those_of_the_file(imported: _Imported, credit: str, sign: int) -> None:
    unknown = {"Unspecified", "Channel Islands", "European Community"}
    rows = [row for row in _rows("retail_invoice_lines.csv") if row["IsCreditNote"] == credit]
    wanted = _sums(
        (row["Country"], sign * int(row["Quantity"]) * Decimal(row["UnitPrice"]))
        for row in rows
        if row["Country"] not in unknown
    )
    found = _sums(
        (row.territory.replace("-", " "), line.quantity * _money(line.unit_price))
        for row in imported.messages
        for line in row.lines
    )
    assert found == wanted
    assert imported.refused() == {(row["InvoiceNo"], "UNKNOWN_VALUE") for row in rows if row["Country"] in unknown}
    charges = Counter(line.sku for row in imported.messages for line in row.lines if line.kind == 2)
    goods = [row for row in rows if row["StockCode"][0].isdigit() or row["Country"] in unknown]
    assert sum(charges.values()) == len(rows) - len(goods)
    assert set(charges) == {"POST", "C2", "M"}


@pytest.mark.parametrize("imported", ["retail_orders"], indirect=True)
def test_lines_that_stand_twice_are_kept_and_reported(imported: _Imported) -> None:
    rows = [tuple(row.values()) for row in _rows("retail_invoice_lines.csv") if row["IsCreditNote"] == "0"]
    copies = sum(times - 1 for row, times in Counter(rows).items() if row[-1] != "Unspecified")
    said = [
        note
        for note in imported.notes
        if note.reason == "COPY_KEPT" and note.external_id not in {id for id, _ in imported.refused()}
    ]
    assert len(said) == copies
    zero = [row for row in _rows("retail_invoice_lines.csv") if Decimal(row["UnitPrice"]) == 0]
    assert len(imported.lines("ZERO_PRICE")) == len(zero)


@pytest.mark.parametrize("imported", ["retail_customers"], indirect=True)
def test_customers_in_two_countries_are_two_partners_and_reported(imported: _Imported) -> None:
    pairs = {(row["CustomerID"], row["Country"]) for row in _rows("retail_invoice_lines.csv")}
    twice = sum(times - 1 for times in Counter(customer for customer, _ in pairs).values())
    assert len(imported.lines("CUSTOMER_IN_TWO_COUNTRIES")) == twice
    assert len(imported.messages) + len(imported.refused()) == len(pairs)


@pytest.mark.parametrize("imported", ["crm_opportunities"], indirect=True)
def test_opportunities_without_an_account_are_refused_and_misspelled_products_reported(imported: _Imported) -> None:
    rows = _rows("crm_pipeline.csv")
    assert imported.refused() == {(row["opportunity_id"], "MISSING") for row in rows if not row["account"]}
    repaired = {line for _, line in imported.lines("REPAIRED")}
    assert {line for line, row in enumerate(rows, 2) if row["product"] == "GTXPro"} <= repaired
    assert {line.sku for row in imported.messages for line in row.lines} == {
        row["product"] for row in _rows("crm_products.csv")
    }
    won = sum(Decimal(row["close_value"]) for row in rows if row["deal_stage"] == "Won")
    assert sum(_money(line.expected_amount) for row in imported.messages for line in row.lines) == won


@pytest.mark.parametrize("imported", ["crm_offices"], indirect=True)
def test_every_agent_is_a_contact_of_the_office(imported: _Imported) -> None:
    agents = {(row["regional_office"], row["sales_agent"]) for row in _rows("crm_sales_teams.csv")}
    assert {(row.external_id, contact.person.name) for row in imported.messages for contact in row.contacts} == agents


@pytest.mark.parametrize("imported", ["incidents"], indirect=True)
def test_tickets_have_their_whole_history_and_contradictions_are_refused(imported: _Imported) -> None:
    headers = {row["number"]: row for row in _rows("incidents.csv")}
    events: dict[str, list[dict[str, str]]] = defaultdict(list)
    for event in _rows("incident_events.csv"):
        events[event["number"]].append(event)
    for row in imported.messages:
        known = [event for event in events[row.external_id] if event["incident_state"] != "-100"]
        assert len(row.changes) == len(known)
        times = [change.time.seconds for change in row.changes]
        assert times == sorted(times)
        assert row.sla_outcome == (1 if headers[row.external_id]["made_sla"] == "true" else 2)
    reasons = Counter(reason for _, reason in imported.refused())
    assert reasons == Counter(CUT_SHORT=1, DATES_OUT_OF_ORDER=3, MISSING=3)
    assert ("INC0029233", "CUT_SHORT") in imported.refused()
    assert len(imported.lines("NO_SUCH_STATE")) == sum(
        event["incident_state"] == "-100" for all in events.values() for event in all
    )
    missing = [row for row in headers.values() if not row["resolved_at"]]
    noticed = [note for note in imported.notes if note.field == "resolve_time" and note.reason == "MISSING"]
    assert len(noticed) == len(missing)


@pytest.mark.parametrize("imported", ["aw_resellers"], indirect=True)
def test_names_that_stand_twice_are_both_imported_and_reported(imported: _Imported) -> None:
    names = [row["ResellerName"] for row in _rows("aw_resellers.csv")]
    assert Counter(row.legal_name for row in imported.messages) == Counter(names)
    assert len(imported.lines("NAME_TWICE")) == len(names) - len(set(names))


@pytest.mark.parametrize("imported", ["aw_prices"], indirect=True)
def test_the_price_list_has_each_product_of_today_once_at_its_exact_price(imported: _Imported) -> None:
    rows = _rows("aw_products.csv")
    today = {
        row["ProductAlternateKey"]: Decimal(row["DealerPrice"])
        for row in rows
        if row["DealerPrice"] and not row["EndDate"]
    }
    (message,) = imported.messages
    assert isinstance(message, Message)
    items: Any = imported.messages[0].items
    assert {item.sku: _money(item.unit_price) for item in items} == today
    assert len(items) == len(today)
    assert len(imported.lines("NO_PRICE")) == sum(not row["DealerPrice"] for row in rows)
