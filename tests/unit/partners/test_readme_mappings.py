"""The mappings of the README make requests of rows."""

import re
from pathlib import Path
from typing import Any

from libs.pb.prm.partners import v1 as pb
from services.imports.mapping import read
from services.imports.run import Run
from tests.builders import an_id
from tests.unit.imports.samples import Heard

README = Path(__file__).resolve().parents[3] / "services" / "partners" / "README.md"
TARGETS = (
    "Partner,Plan,From,Line,Target,Currency\n{id},2026,2026-01-01,,1000,EUR\n{id},2026,2026-04-01,BIKES,12.5,EUR\n"
)
POTENTIALS = "Country,Line,Year,Amount,Currency,Source\nde,BIKES,2026,1000,EUR,Chamber\n"


def _made(folder: Path, described: str, rows: str) -> list[Any]:
    """What the mapping that is described so makes of these rows, all of which it takes."""
    text = README.read_text(encoding="utf-8")
    found = re.search(rf"```yaml\n(describe: {described}\n.*?source: (\S+)\n.*?)```", text, re.DOTALL)
    assert found
    (folder / "mapping.yaml").write_text(found[1], encoding="utf-8")
    (folder / found[2]).write_text(rows, encoding="utf-8")
    messages: list[Any] = []
    heard = Heard()
    Run(read(folder / "mapping.yaml"), folder, heard).check(messages.append)
    assert heard.notes == []
    return messages


def test_the_rows_of_a_plan_become_its_targets(tmp_path: Path) -> None:
    [plan] = _made(tmp_path, "Targets of partners by quarter", TARGETS.format(id=an_id("ptn")))
    assert (plan.partner_id, plan.title) == (an_id("ptn"), "2026")
    assert [(one.period, one.first_day.month, one.product_line, one.amount.units) for one in plan.targets] == [
        (pb.PLAN_PERIOD_QUARTER, 1, "", 1000),
        (pb.PLAN_PERIOD_QUARTER, 4, "BIKES", 12),
    ]


def test_a_row_becomes_a_potential(tmp_path: Path) -> None:
    [potential] = _made(tmp_path, "Market potential", POTENTIALS)
    market = (potential.country, potential.product_line, potential.year, potential.amount.units, potential.source)
    assert market == ("DE", "BIKES", 2026, 1000, "Chamber")
