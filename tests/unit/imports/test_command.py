"""`prm import` as a person meets it: what it prints, what it writes, how it ends."""

import csv
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from services.imports.command import import_command
from services.imports.mappings import bundled
from services.imports.notes import Note, Outcome
from services.imports.report import FIELDS, Report, Totals
from tests.unit.imports.samples import write

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
NOBODY = "127.0.0.1:1"  # a port on which nobody listens


def _prm_import(folder: Path, *arguments: str) -> Result:
    app = typer.Typer()
    app.command()(import_command)
    report = ("--report", str(folder / "report.csv"))
    told = [*arguments, "--data", str(folder), *report, *(() if "--to" in arguments else ("--to", NOBODY))]
    return CliRunner().invoke(app, told, env={"COLUMNS": "200"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "m.yaml").write_text(_MAPPING)
    return write(tmp_path, rows="id,name,country\n1,A,DE\n2,B,Germany\n")


def test_a_dry_run_says_what_would_be_sent_and_ends_with_1_if_something_was_refused(folder: Path) -> None:
    result = _prm_import(folder, str(folder / "m.yaml"), "--dry-run", "--show", "5")
    assert result.exit_code == 1
    assert '"legal_name": "A"' in result.output
    assert "m: 2 rows read" in result.output
    assert "1 would be sent, 1 refused" in result.output
    with (folder / "report.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert "the cell was not asked: " in result.output
    assert [(row["outcome"], row["line"], row["external_id"], row["field"], row["rows"]) for row in rows] == [
        ("NOTICED", "0", "", "", "0"),
        ("REFUSED", "3", "2", "country", "1"),
        ("TOTAL", "0", "", "", "0"),
    ]


def test_a_dry_run_of_what_is_right_ends_with_0(folder: Path) -> None:
    write(folder, rows="id,name,country\n1,A,DE\n")
    assert _prm_import(folder, str(folder / "m.yaml"), "--dry-run").exit_code == 0


def test_every_mistake_of_every_mapping_is_printed_and_it_ends_with_2(folder: Path) -> None:
    (folder / "other.yaml").write_text(_MAPPING.replace("name\n", "nam\n").replace("country: country", "contry: land"))
    result = _prm_import(folder, str(folder / "other.yaml"), str(folder / "absent.yaml"), "aw_resellers")
    assert result.exit_code == 2
    for mistake in (
        "there is no column nam",
        "there is no field contry",
        "absent.yaml",
        "aw_resellers.csv cannot be read",
    ):
        assert mistake in result.output


def test_a_cell_that_does_not_answer_is_named_and_it_ends_with_2(folder: Path, unused_tcp_port: int) -> None:
    result = _prm_import(folder, str(folder / "m.yaml"), "--to", f"127.0.0.1:{unused_tcp_port}", "--patience", "0.1")
    assert result.exit_code == 2
    assert f"does not answer at 127.0.0.1:{unused_tcp_port}" in result.output


def test_without_a_mapping_those_that_come_along_are_listed(folder: Path) -> None:
    result = _prm_import(folder)
    assert result.exit_code == 0
    assert all(name in result.output for name in bundled())


def _report(path: Path) -> None:
    note = Note(outcome=Outcome.REFUSED, file="f.csv", line=2, reason="R", description='=1+1, "x"\n', rows=1)
    with Report(path) as report:
        report.add(Totals("t"), note)


def test_a_report_in_csv_has_a_line_for_each_note_and_no_formula(tmp_path: Path) -> None:
    _report(tmp_path / "r.csv")
    with (tmp_path / "r.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [list(FIELDS), ["REFUSED", "f.csv", "2", "", "", "R", '\'=1+1, "x"\n', "1"]]


def test_a_report_in_json_lines_has_the_same_fields(tmp_path: Path) -> None:
    _report(tmp_path / "r.jsonl")
    found = json.loads((tmp_path / "r.jsonl").read_text())
    assert set(found) == set(FIELDS)
    assert found["description"] == '=1+1, "x"\n'


def test_a_mapping_reads_a_file_that_has_another_name(folder: Path) -> None:
    (folder / "rows.csv").rename(folder / "kunden.csv")
    result = _prm_import(folder, str(folder / "m.yaml"), "--dry-run", "--file", "rows.csv=kunden.csv")
    assert (result.exit_code, "m: 2 rows read" in result.output) == (1, True)
    with (folder / "report.csv").open(encoding="utf-8", newline="") as file:
        assert [(row["file"], row["line"]) for row in csv.DictReader(file)] == [
            ("m", "0"),
            ("kunden.csv", "3"),
            ("m", "0"),
        ]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (["rows.csv"], "rows.csv: is not NAME=OTHER"),
        (["row.csv=kunden.csv"], "row.csv: no mapping names this file; they name rows.csv"),
        (["rows.csv=a.csv", "rows.csv=b.csv"], "rows.csv: has two other names"),
        (["rows.csv=nowhere.csv"], "nowhere.csv"),
    ],
)
def test_another_name_that_is_wrong_is_named_and_nothing_is_read(folder: Path, told: list[str], said: str) -> None:
    options = [option for one in told for option in ("--file", one)]
    result = _prm_import(folder, str(folder / "m.yaml"), "--dry-run", *options)
    assert (result.exit_code, said in result.output) == (2, True), result.output
