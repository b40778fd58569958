"""A country is added to a cluster by the steps of deploy/README.md, and deleted again."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.__main__ import app
from tests.cluster.cells import changed_by, complaints, gone, settled
from tests.cluster.kubectl import Kubectl
from tests.deploy.manifests import DEPLOY, dig, render_cell
from tests.deploy.new_cell import CODE, fill_in

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cluster")]


async def test_a_country_is_added_applied_and_deleted(kubectl: Kubectl, tmp_path: Path) -> None:
    deploy = Path(shutil.copytree(DEPLOY, tmp_path / "deploy"))
    assert CliRunner().invoke(app, ["cell", "new", CODE, "--deploy", str(deploy)]).exit_code == 0
    fill_in(deploy)
    cell = render_cell(deploy, CODE)
    kubectl.apply(cell.manifests)
    await settled(kubectl, cell)
    assert complaints(kubectl) == []
    told = {
        name
        for one in kubectl.listed("ConfigMap.v1.")
        if dig(one, "metadata", "name", as_=str) == "cells"
        for name in dig(one, "data", as_=dict[str, str])
    }
    assert f"{CODE}.toml" in told
    await gone(kubectl, cell)


async def test_a_cell_that_is_there_learns_of_the_new_country_and_starts_no_pod(
    kubectl: Kubectl, tmp_path: Path
) -> None:
    deploy = Path(shutil.copytree(DEPLOY, tmp_path / "deploy"))
    before = render_cell(deploy, "de")
    kubectl.apply(before.manifests)
    running = await settled(kubectl, before)
    assert CliRunner().invoke(app, ["cell", "new", CODE, "--deploy", str(deploy)]).exit_code == 0
    fill_in(deploy)
    after = render_cell(deploy, "de")
    assert changed_by(kubectl, after) == ["ConfigMap/cells"]
    assert await settled(kubectl, after) == running
    await gone(kubectl, after)
