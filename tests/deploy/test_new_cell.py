"""A country is added by one command and by filling in what it names; until then nothing renders."""

import os
import re
import shutil
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from libs.country import Directory
from libs.facts import Neighbours, read_own_facts
from services.__main__ import app
from services.cells.checking import FILL_IN, cells, faults
from services.cells.scaffold import create
from tests.deploy.manifests import CELLS, DEPLOY, render_cell
from tests.deploy.new_cell import FILLED, fill_in
from tests.deploy.policies import RULES


@pytest.fixture
def deploy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEPLOY, tmp_path / "deploy"))


def command(*words: str, deploy: Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["cell", *words, "--deploy", str(deploy)])
    return done.exit_code, done.output


def texts(folder: Path) -> dict[Path, str]:
    return {path: path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_new_cell_says_what_is_left_to_fill_in_and_then_renders(deploy: Path) -> None:
    code, said = command("new", "ke", deploy=deploy)
    assert code == 0
    folder = deploy / "cells" / "ke"
    left = {re.sub(r"^ *(\S+?)(:\d+)?: .*", r"\1", line) for line in said.splitlines()[1:]}
    assert left == {str(folder / name) for name in FILLED}
    assert {f"{folder}/facts/ke.toml: cell.{fact}" for fact in ("regimes", "endpoint")} <= {
        ": ".join(line.strip().split(": ")[:2]) for line in said.splitlines()
    }
    assert command("render", "ke", deploy=deploy) == (1, "\n".join(faults(deploy, ["ke"])) + "\n")
    fill_in(deploy)
    assert command("check", deploy=deploy) == (0, "")
    cell = render_cell(deploy, "ke")
    assert [fault for rule in RULES for fault in rule(cell)] == []
    here = read_own_facts(folder / "facts" / "ke.toml")
    assert (here.countries, here.time_zone, here.currency, here.locales) == (("KE",), "Africa/Nairobi", "KES", ("sw",))


def test_every_other_cell_learns_of_the_new_one(deploy: Path, tmp_path: Path) -> None:
    create(deploy, "ke", "KE")
    facts = deploy / "cells" / "ke" / "facts" / "ke.toml"
    facts.write_text(facts.read_text().replace('["FILL_IN"]', '["GDPR"]').replace(FILL_IN, "ke.prm.example:443"))
    here = read_own_facts(deploy / "cells" / "de" / "facts" / "de.toml")
    for name, text in render_cell(deploy, "de").config("cells").items():
        (tmp_path / name).write_text(text)
    found = Directory(here, Neighbours(tmp_path, here))
    assert {one.code for one in found.others} == {*CELLS, "ke"} - {"de"}
    # as `compose.yaml` mounts them
    assert {one.code for one in Neighbours(deploy / "cells", here)} == {*CELLS, "ke"} - {"de"}


def test_the_containers_of_one_machine_can_read_a_new_cell(deploy: Path) -> None:
    before = os.umask(0o077)  # as the command sets it
    try:
        create(deploy, "ke", "KE")
    finally:
        os.umask(before)
    made = [deploy / "cells" / "ke", *(deploy / "cells" / "ke").rglob("*")]
    assert {(one.is_dir(), stat.S_IMODE(one.stat().st_mode)) for one in made} == {(True, 0o755), (False, 0o644)}


def test_a_cell_of_several_countries_begins_with_the_one_that_is_named(deploy: Path) -> None:
    assert command("new", "gcc", "--country", "AE", deploy=deploy)[0] == 0
    assert 'countries = ["AE"]' in (deploy / "cells" / "gcc" / "facts" / "gcc.toml").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("new", "KE"), "is no code of a cell"),
        (("new", "../ke", "--country", "KE"), "is no code of a cell"),
        (("new", "east1"), "'EAST1' is no ISO 3166-1 country"),
        (("new", "de"), "exists"),
    ],
)
def test_a_cell_that_cannot_be_is_refused_and_nothing_changes(deploy: Path, words: tuple[str, ...], said: str) -> None:
    before = texts(deploy)
    code, told = command(*words, deploy=deploy)
    assert code == 2
    assert said in re.sub(r"[\s│]+", " ", told)
    assert texts(deploy) == before


def test_a_folder_that_is_no_deploy_folder_is_named(tmp_path: Path) -> None:
    code, told = command("new", "ke", deploy=tmp_path)
    assert code == 2
    assert "No such file" in re.sub(r"[\s│]+", " ", told)
    assert texts(tmp_path) == {}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"Europe/Paris"', '"Europe/Lyon"', "cell.time_zone: 'Europe/Lyon' is no IANA time zone"),
        ('["FR"]', '["FR", "AT"]', "cell.countries: AT is served by de"),
        ("fr.prm.example", "de.prm.example", "cell.endpoint: is that of de"),
        ('code = "fr"', 'code = "xf"', "cell.code: is 'xf', and the folder is 'fr'"),
    ],
)
def test_wrong_facts_are_named_and_not_rendered(deploy: Path, old: str, new: str, said: str) -> None:
    path = deploy / "cells" / "fr" / "facts" / "fr.toml"
    path.write_text(path.read_text().replace(old, new))
    assert f"{path}: {said}" in faults(deploy, ["fr"])
    code, printed = command("render", "fr", deploy=deploy)
    assert code == 1
    assert said in printed
    assert "apiVersion" not in printed


def test_a_cell_that_the_directory_does_not_name_is_found(deploy: Path) -> None:
    directory = deploy / "base" / "directory" / "kustomization.yaml"
    directory.write_text(directory.read_text().replace("- ../../cells/fr/facts\n", ""))
    assert faults(deploy, ["fr"]) == [f"{directory}: does not name the cell fr"]


def test_a_cell_that_is_not_there_is_named(deploy: Path) -> None:
    assert any("xx.toml: No such file" in one for one in faults(deploy, ["xx"]))
    assert cells(deploy) == list(CELLS)


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_what_is_rendered_is_what_kubectl_renders(deploy: Path) -> None:
    code, printed = command("render", "de", deploy=deploy)
    assert code == 0
    assert printed.startswith("apiVersion: v1\n")
    assert "kind: Gateway\n" in printed
