"""What a running cell does when it is upgraded, rolled back and given other facts, and that each apply is taken."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.cells import SETTLED_SECONDS, Pod, changed_by, gone, images, live, pods, settled
from tests.cluster.kubectl import Kubectl
from tests.deploy.manifests import CELLS, DEPLOY, SERVICES, Cell, Manifest, dig, include, render_cell, rendered
from tests.deploy.test_changes import FACTS, IMAGE, NEIGHBOUR, RELEASE, job
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cluster")]

CELL = CELLS.index("de")
OURS = {*SERVICES, "administrator"}
SCALED = 5


@pytest.fixture
def deploy(tmp_path: Path) -> Path:
    """A copy of the folder that a test may change."""
    return Path(shutil.copytree(DEPLOY, tmp_path / "deploy"))


@pytest.fixture
def cell(kubectl: Kubectl) -> Iterator[Cell]:
    """The cell `de`, applied as its README says and settled; afterwards nothing of it is left."""
    found = rendered(CELLS[CELL])
    kubectl.apply(found.manifests)
    asyncio.run(settled(kubectl, found))
    yield found
    asyncio.run(gone(kubectl, found))


def replica_sets(kubectl: Kubectl) -> dict[str, int]:
    """How many ReplicaSets each deployment has had."""
    names = [
        dig(one, "metadata", "ownerReferences", 0, "name", as_=str) for one in kubectl.listed("ReplicaSet.v1.apps")
    ]
    return {name: names.count(name) for name in names}


def revisions(kubectl: Kubectl) -> set[str]:
    """Which template of each deployment is in force: the first, the second."""
    found = kubectl.listed("Deployment.v1.apps")
    return {dig(one, "metadata", "annotations", "deployment.kubernetes.io/revision", as_=str) for one in found}


def jobs(kubectl: Kubectl) -> set[str]:
    """The names of the jobs."""
    return {dig(one, "metadata", "name", as_=str) for one in kubectl.listed("Job.v1.batch")}


def test_an_apply_by_kubectl_changes_nothing_when_it_is_repeated(kubectl: Kubectl, cell: Cell) -> None:
    assert changed_by(kubectl, cell) == []


async def begun(kubectl: Kubectl, before: list[Pod], of: set[str]) -> list[Pod]:
    """Wait until exactly these workloads have a new pod beside all of the former ones, none of which goes before a new
    one is ready; without a node none ever is. The new pods."""
    new: list[Pod] = []

    def are_there() -> bool:
        new[:] = [one for one in pods(kubectl) if one not in before]
        return {one.workload for one in new} == of

    await until(are_there, within_seconds=SETTLED_SECONDS, every_seconds=1)
    assert set(before) <= set(pods(kubectl))
    return new


async def test_an_upgrade_begins_with_our_pods_alone_and_a_rollback_returns_to_the_former(
    kubectl: Kubectl, cell: Cell, deploy: Path
) -> None:
    before, former = pods(kubectl), live(kubectl, cell)
    RELEASE(deploy)
    upgraded = render_cell(deploy, "de")
    kubectl.apply(upgraded.manifests)
    new = await begun(kubectl, before, OURS)
    assert {one.image for one in new} == {images(upgraded)["deals"]}
    kubectl.apply(cell.manifests)
    await until(lambda: revisions(kubectl) == {"3"}, within_seconds=SETTLED_SECONDS, every_seconds=1)
    assert set(before) <= set(pods(kubectl))  # not even a pod has started anew
    assert replica_sets(kubectl) == dict.fromkeys(OURS, 2)
    assert _specs(live(kubectl, cell)) == _specs(former)


def _specs(objects: dict[str, Manifest]) -> dict[str, object]:
    return {name: one.get("spec", one.get("data")) for name, one in objects.items()}


async def test_other_facts_are_taken_and_start_another_job(kubectl: Kubectl, cell: Cell, deploy: Path) -> None:
    before = pods(kubectl)
    FACTS(deploy)
    changed = render_cell(deploy, "de")
    kubectl.apply(changed.manifests)
    await begun(kubectl, before, {*OURS, job(changed)[0]})
    assert jobs(kubectl) == {job(cell)[0], job(changed)[0]}


async def test_another_image_of_the_store_is_taken_and_starts_another_job(
    kubectl: Kubectl, cell: Cell, deploy: Path
) -> None:
    IMAGE(deploy)
    changed = render_cell(deploy, "de")
    kubectl.apply(changed.manifests)
    await settled(kubectl, changed, of=lambda name: name == job(changed)[0])
    assert jobs(kubectl) == {job(cell)[0], job(changed)[0]}


async def test_a_new_neighbour_starts_no_pod(kubectl: Kubectl, cell: Cell, deploy: Path) -> None:
    before = pods(kubectl)
    NEIGHBOUR(deploy)
    changed = render_cell(deploy, "de")
    assert changed_by(kubectl, changed) == ["ConfigMap/cells"]
    assert await settled(kubectl, changed) == before


async def test_what_was_scaled_survives_an_apply_and_a_release(kubectl: Kubectl, cell: Cell, deploy: Path) -> None:
    include(deploy, "de", "network", "quotas", "priority", "autoscaling")
    kubectl.apply(render_cell(deploy, "de").manifests)
    kubectl.call("scale", "--namespace=prm", "deployment/deals", f"--replicas={SCALED}")
    for change in (None, RELEASE):
        if change:
            change(deploy)
        manifests = render_cell(deploy, "de").manifests
        for how in ((), ("--server-side", "--force-conflicts")):
            kubectl.apply(manifests, *how)
            assert dig(_deployment(kubectl, "deals"), "spec", "replicas", as_=int) == SCALED


def _deployment(kubectl: Kubectl, name: str) -> Manifest:
    [found] = [one for one in kubectl.listed("Deployment.v1.apps") if dig(one, "metadata", "name", as_=str) == name]
    return found
