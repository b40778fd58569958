"""kube-linter finds nothing in any rendered cell that is not excused by name."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.deploy.manifests import OVERLAYS, rendered

LINT_SECONDS = 120
# The check, and why it does not count here: none so far.
EXCUSED: dict[str, str] = {}


@pytest.mark.skipif(shutil.which("kube-linter") is None, reason="kube-linter is not installed")
@pytest.mark.parametrize("name", OVERLAYS)
def test_a_linter_finds_nothing_that_is_not_excused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "cell.yaml"
    path.write_text(yaml.safe_dump_all(rendered(name).manifests))
    command = ["kube-linter", "lint", "--format=json", str(path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=LINT_SECONDS)
    found = json.loads(done.stdout)
    assert found["Checks"], "it checked nothing"
    reports = [(one["Check"], one["Diagnostic"]["Message"]) for one in found["Reports"] or ()]
    assert [one for one in reports if one[0] not in EXCUSED] == []
