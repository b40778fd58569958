"""What a change of the files changes on a cluster: no apply fails on a job, and only what is concerned restarts."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.deploy.manifests import SIZES, Cell, components, dig, include, is_named, render_cell, rendered

JOB = "mongo-initiate"
CORES, GIB = 2.0, 4.0
UNITS = {"": 1.0, "m": 1e-3, "Mi": 2.0**-10, "Gi": 1.0}


@pytest.fixture
def deploy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(Path(__file__).parents[2] / "deploy", tmp_path / "deploy"))


def replaced(path: str, old: str, new: str) -> Callable[[Path], None]:
    def change(deploy: Path) -> None:
        text = (deploy / path).read_text()
        assert old in text
        (deploy / path).write_text(text.replace(old, new))

    return change


def including(*names: str, size: str = "small") -> Callable[[Path], None]:
    return lambda deploy: include(deploy, "de", "network", *names, size=size)


IMAGE = replaced(
    "cells/de/release/kustomization.yaml", f"mongo\n  digest: sha256:{'0' * 64}", f"mongo\n  digest: sha256:{'1' * 64}"
)
FACTS = replaced("cells/de/facts/de.toml", '"de-AT"', '"de-AT", "fr"')
SCRIPT = replaced("base/mongo/initiate.js", "the replica set stands", "done")
SPEC = replaced("base/mongo/initiate.yaml", "backoffLimit: 10", "backoffLimit: 9")
NEIGHBOUR = replaced("cells/fr/facts/fr.toml", '"fr", "en"', '"fr"')
RELEASE = replaced(
    "cells/de/release/kustomization.yaml", f"prm\n  digest: sha256:{'0' * 64}", f"prm\n  digest: sha256:{'1' * 64}"
)


def job(cell: Cell) -> tuple[str, dict[str, object]]:
    """The name and the spec of the job."""
    [found] = [one for one in cell.of("Job") if is_named(one, JOB)]
    return dig(found, "metadata", "name", as_=str), dig(found, "spec", as_=dict[str, object])


def pods(cell: Cell) -> dict[str, object]:
    """What a cluster compares to decide whether the pods of a workload start anew."""
    return {
        dig(one, "metadata", "name", as_=str): dig(one, "spec", "template", as_=dict[str, object])
        for one in cell.of("Deployment", "StatefulSet")
    }


@pytest.mark.parametrize(
    "change",
    [IMAGE, FACTS, SCRIPT, SPEC, including("priority"), including(size="large"), including(), NEIGHBOUR, RELEASE],
    ids=["image", "facts", "script", "spec", "priority", "size", "without-priority", "neighbour", "release"],
)
def test_a_job_that_changes_is_another_job(deploy: Path, change: Callable[[Path], None]) -> None:
    """A cluster refuses to change a job, so the same name means the same job."""
    name, spec = job(rendered("de"))
    change(deploy)
    changed_name, changed_spec = job(render_cell(deploy, "de"))
    if changed_spec != spec:
        assert changed_name != name


@pytest.mark.parametrize("change", [IMAGE, FACTS, SCRIPT, SPEC], ids=["image", "facts", "script", "spec"])
def test_what_the_job_depends_on_renames_it(deploy: Path, change: Callable[[Path], None]) -> None:
    before = job(rendered("de"))[0]
    change(deploy)
    assert job(render_cell(deploy, "de"))[0] != before


@pytest.mark.parametrize("change", [NEIGHBOUR, RELEASE], ids=["neighbour", "release"])
def test_what_does_not_concern_the_job_lets_it_be(deploy: Path, change: Callable[[Path], None]) -> None:
    before = job(rendered("de"))
    change(deploy)
    assert job(render_cell(deploy, "de")) == before


def test_without_the_component_that_names_the_job_its_name_would_not_follow_its_image(deploy: Path) -> None:
    """So that the tests above are seen to fail if a cell forgets it."""
    replaced("cells/de/kustomization.yaml", "- ../../components/naming # the last one\n", "")(deploy)
    before = job(render_cell(deploy, "de"))
    IMAGE(deploy)
    after = job(render_cell(deploy, "de"))
    assert (after[0], after[1] == before[1]) == (before[0], False)


def test_a_new_neighbour_starts_no_pod_of_another_cell_anew(deploy: Path) -> None:
    before = rendered("de")
    NEIGHBOUR(deploy)
    after = render_cell(deploy, "de")
    assert pods(after) == pods(before)
    assert after.config("cells")["fr.toml"] != before.config("cells")["fr.toml"]
    assert [one for one in after.manifests if one not in before.manifests] == [
        one for one in after.of("ConfigMap") if is_named(one, "cells")
    ]


def test_a_change_of_the_facts_starts_those_anew_that_read_them(deploy: Path) -> None:
    before = rendered("de")
    FACTS(deploy)
    after = render_cell(deploy, "de")
    changed = {name for name, template in pods(after).items() if pods(before)[name] != template}
    assert changed == {*after.services, "administrator"}


def asked(cell: Cell) -> tuple[float, float, float]:
    """The cores and GiB that the pods of a cell ask for, and the GiB that they may take; every service as often as its
    autoscaler may scale it, and once more for a rollout."""
    most = {
        dig(one, "spec", "scaleTargetRef", "name", as_=str): dig(one, "spec", "maxReplicas", as_=int)
        for one in cell.of("HorizontalPodAutoscaler")
    }
    return _sum(cell, {name: count + 1 for name, count in most.items()})


def _sum(cell: Cell, counts: dict[str, int]) -> tuple[float, float, float]:
    cpu = memory = limit = 0.0
    for one in cell.workloads:
        count = counts.get(one.metadata.name, one.spec.replicas or 1)
        for box in one.spec.template.spec.containers:
            cpu += count * _number(box.resources["requests"]["cpu"])
            memory += count * _number(box.resources["requests"]["memory"])
            limit += count * _number(box.resources["limits"]["memory"])
    return cpu, memory, limit


def _number(text: str) -> float:
    found = re.fullmatch(r"([\d.]+)(\w*)", text)
    assert found is not None
    return float(found[1]) * UNITS[found[2]]


def test_a_cell_to_begin_with_asks_for_two_cores_and_four_gib_at_most(deploy: Path) -> None:
    include(deploy, "de", "network", "observability")
    cell = render_cell(deploy, "de")
    least = {
        dig(one, "spec", "scaleTargetRef", "name", as_=str): dig(one, "spec", "minReplicas", as_=int)
        for one in cell.of("HorizontalPodAutoscaler")
    }
    cores, gib, _ = _sum(cell, least)
    assert cores <= CORES
    assert gib <= GIB


@pytest.mark.parametrize("size", SIZES)
def test_a_quota_holds_a_cell_that_is_scaled_to_the_most(deploy: Path, size: str) -> None:
    include(deploy, "de", *[one for one in components(deploy) if not one.startswith("new-authority")], size=size)
    cell = render_cell(deploy, "de")
    [quota] = cell.of("ResourceQuota")
    hard = dig(quota, "spec", "hard", as_=dict[str, str])
    held = tuple(_number(hard[name]) for name in ("requests.cpu", "requests.memory", "limits.memory"))
    assert all(need <= has for need, has in zip(asked(cell), held, strict=True)), (asked(cell), held)


def test_sizes_grow(deploy: Path) -> None:
    found = []
    for size in reversed(SIZES):
        include(deploy, "de", "network", size=size)
        found.append(asked(render_cell(deploy, "de")))
    assert found == sorted(found)
    assert len(set(found)) == len(SIZES)
