"""A cluster takes every cell whole, admits its pods, changes nothing when it is applied again, and lets it go."""

import asyncio
from collections.abc import Iterator

import pytest
import yaml

from tests.cluster.cells import complaints, gone, live, pods, settled
from tests.cluster.commands import definitions
from tests.cluster.kubectl import Kubectl, named
from tests.deploy.manifests import CELLS, DEPLOY, OVERLAYS, Cell, rendered

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


def test_the_same_again_changes_nothing(kubectl: Kubectl, cell: Cell) -> None:
    before = live(kubectl, cell), pods(kubectl)
    kubectl.apply(cell.manifests, "--server-side")
    assert (live(kubectl, cell), pods(kubectl)) == before


@pytest.mark.parametrize("name", CELLS)
def test_what_lets_a_cluster_follow_the_folder_is_taken(kubectl: Kubectl, name: str) -> None:
    absent = {one.kind for one in definitions().absent}
    found = list(yaml.safe_load_all((DEPLOY / "cells" / name / "flux.yaml").read_text()))
    taken = [one for one in found if one["kind"] not in absent]
    assert [one["kind"] for one in taken] == ["Kustomization"]
    for one in taken:
        one["metadata"]["namespace"] = "default"  # that of Flux is not there
    kubectl.apply(taken, "--server-side", "--dry-run=server")
