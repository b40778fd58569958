"""The mapping of the README makes plans of rows."""

import re
from pathlib import Path
from typing import Any

from libs.pb.prm.partners import v1 as pb
from services.imports.mapping import read
from services.imports.run import Run
from tests.builders import an_id
from tests.unit.imports.samples import Heard

README = Path(__file__).resolve().parents[4] / "services" / "partners" / "README.md"
ROWS = "Partner,Plan,From,Line,Target,Currency\n{id},2026,2026-01-01,,1000,EUR\n{id},2026,2026-04-01,BIKES,12.5,EUR\n"


def test_the_rows_of_a_plan_become_its_targets(tmp_path: Path) -> None:
    found = re.search(r"```yaml\n(describe: Targets.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    (tmp_path / "plans.yaml").write_text(found[1], encoding="utf-8")
    (tmp_path / "plans.csv").write_text(ROWS.format(id=an_id("ptn")), encoding="utf-8")
    messages: list[Any] = []
    heard = Heard()
    Run(read(tmp_path / "plans.yaml"), tmp_path, heard).check(messages.append)
    [plan] = messages
    assert heard.notes == []
    assert (plan.partner_id, plan.title) == (an_id("ptn"), "2026")
    assert [(one.period, one.first_day.month, one.product_line, one.amount.units) for one in plan.targets] == [
        (pb.PLAN_PERIOD_QUARTER, 1, "", 1000),
        (pb.PLAN_PERIOD_QUARTER, 4, "BIKES", 12),
    ]
