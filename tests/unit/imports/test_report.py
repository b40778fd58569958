"""The report: every row accounted for, sums that show a misread column, and nothing lost when the process ends."""

import csv
import os
import signal
import subprocess
import sys
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from services.imports import progress
from services.imports.report import Report, Totals
from services.imports.run import Run
from tests.unit.imports.samples import checked, orders_of, write

_ROWS = "id,sku,price,currency\n1,a,1.50,EUR\n2,b,2.25,EUR\n3,c,700,JPY\n4,d,x,EUR\n"


def _orders_in_currencies() -> dict[str, object]:
    price = {"unit_price": {"column": "price", "currency": "currency"}}
    line = {"kind": {"constant": "PRODUCT"}, "sku": "sku", "quantity": {"constant": "1"}, **price}
    return {"currency": "currency", "lines": {"each": "rows", "fields": line}}


def _written(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_report_ends_with_sums_by_currency_and_where_every_row_has_ended(tmp_path: Path) -> None:
    files = write(tmp_path, rows=_ROWS)
    with Report(tmp_path / "report.csv") as report:
        totals = Run(orders_of(_orders_in_currencies()), files, report).check(lambda _: None)
    assert dict(totals.sums.found) == {
        ("lines.unit_price", "EUR"): Decimal("3.75"),
        ("lines.unit_price", "JPY"): Decimal(700),
    }
    rows = _written(tmp_path / "report.csv")
    assert [(row["outcome"], row["field"], row["description"]) for row in rows[1:]] == [
        ("SUM", "lines.unit_price", "3.75 EUR"),
        ("SUM", "lines.unit_price", "700 JPY"),
        ("TOTAL", "", "4 rows read = 3 in messages + 1 refused + 0 not yet + 0 left out + 0 of other mappings"),
    ]


def test_rows_that_a_stopped_import_did_not_send_are_said() -> None:
    totals = Totals("t")
    totals.rows_read, totals.rows_sent = 10, 4
    assert totals.account.endswith("+ 6 not sent, because the import stopped")


_KILLED = """
import os, sys, signal
from pathlib import Path
from services.imports.report import Report, Totals
from services.imports.notes import Note, Outcome
report = Report(Path(sys.argv[1]))
report.add(Totals("t"), Note(outcome=Outcome.REFUSED, file="f", line=2, reason="R", description="d", rows=1))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_what_was_reported_survives_a_kill(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"report.{suffix}"
    done = subprocess.run([sys.executable, "-c", _KILLED, str(path)], env=dict(os.environ), timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    lines = path.read_text().splitlines()
    assert ["REFUSED" in line for line in lines] == ([False, True] if suffix == "csv" else [True])


def test_progress_is_lines_where_there_is_no_terminal(tmp_path: Path) -> None:
    _, _, totals = checked(orders_of(_orders_in_currencies()), write(tmp_path, rows=_ROWS))
    out = StringIO()
    with progress.shown(Console(file=out, width=200), "orders", line_every_seconds=0.0) as watch:
        watch(totals)
    assert "orders: 4 of 4 rows read so far," in out.getvalue()
    out.seek(0)
    progress.summary(Console(file=out, width=200), totals, sent=False)
    assert "sum of lines.unit_price: 3.75 EUR" in out.getvalue()
    assert out.getvalue().rstrip().splitlines()[-1].strip() == totals.account
