"""A cluster takes every cell whole, admits its pods, changes nothing when it is applied again, and lets it go."""

import asyncio
from collections.abc import Iterator

import pytest
import yaml

from tests.cluster.cells import SETTLED_SECONDS, complaints, differences, gone, live, pods, settled, unallocated
from tests.cluster.commands import definitions
from tests.cluster.kubectl import Kubectl, named
from tests.deploy.manifests import CELLS, DEPLOY, OVERLAYS, Cell, rendered
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cluster")]


@pytest.fixture(scope="module", params=OVERLAYS)
def cell(request: pytest.FixtureRequest, kubectl: Kubectl) -> Iterator[Cell]:
    """A cell that is applied, and whose pods are made; afterwards nothing of it is left."""
    found = rendered(request.param)
    kubectl.apply(found.manifests, "--server-side")
    asyncio.run(settled(kubectl, found))
    yield found
    asyncio.run(gone(kubectl, found))


def test_every_object_is_there(kubectl: Kubectl, cell: Cell) -> None:
    assert sorted(live(kubectl, cell)) == sorted(named(one) for one in cell.manifests)


def test_every_pod_is_admitted(kubectl: Kubectl, cell: Cell) -> None:
    assert complaints(kubectl) == []


async def test_every_service_has_the_addresses_that_it_was_given(kubectl: Kubectl, cell: Cell) -> None:
    await until(lambda: not unallocated(kubectl), within_seconds=SETTLED_SECONDS, every_seconds=1)


def test_the_same_again_changes_nothing(kubectl: Kubectl, cell: Cell) -> None:
    before, running = live(kubectl, cell), pods(kubectl)
    kubectl.apply(cell.manifests, "--server-side")
    assert differences(before, live(kubectl, cell)) == {}
    assert pods(kubectl) == running


@pytest.mark.parametrize("name", CELLS)
def test_what_lets_a_cluster_follow_the_folder_is_taken(kubectl: Kubectl, name: str) -> None:
    absent = {one.kind for one in definitions().absent}
    found = list(yaml.safe_load_all((DEPLOY / "cells" / name / "flux.yaml").read_text()))
    taken = [one for one in found if one["kind"] not in absent]
    assert [one["kind"] for one in taken] == ["Kustomization"]
    for one in taken:
        one["metadata"]["namespace"] = "default"  # that of Flux is not there
    kubectl.apply(taken, "--server-side", "--dry-run=server")
