"""`prm demo-world` starts three cells and a hub, and tells what crosses the borders between them."""

from pathlib import Path

import pytest

from tests.system.processes import prm

pytestmark = pytest.mark.xdist_group("system")

TOLD = (
    "3 held, UNREGISTERED",
    "the directory of de",
    "the directory of cn",
    "the directory of ng",
    "Lagos Cloud Works Ltd",
    "in no directory",
    "WRONG_CELL: cell de at 127.0.0.1:",
    "de answers: Brückner Systemhaus GmbH",
    "asked by keyed hashes: cn HIT, ng CLEAR",
    "ROUTERS, protected by a claim of the cell cn",
    "CUSTOMER_PROTECTED, by the cell cn",
    "cn OPEN",
    "cn COMPLETED",
    "the check is cn PENDING, ng PENDING",
    "cn CLEAR, ng CLEAR;",
    "SUSPENDED",
    "Everything has stopped",
)


def test_the_world_ends_in_a_table_that_tells_what_crossed(tmp_path: Path) -> None:
    done = prm("demo-world", PRM_DATA_DIR=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    told = " ".join(done.stdout.replace("│", " ").split())
    assert [one for one in TOLD if one not in told] == []
    assert "LISTED" not in told
