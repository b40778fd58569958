"""What a cluster must refuse, it refuses: else that it takes a cell would say nothing."""

import asyncio
import copy
from collections.abc import Iterator

import pytest

from tests.cluster.cells import gone, settled
from tests.cluster.kubectl import Kubectl, Refused, named
from tests.deploy.manifests import CELLS, Cell, Manifest, dig, rendered

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cluster")]

DIGEST = "registry.de.prm.example/prm@sha256:" + "1" * 64


@pytest.fixture(scope="module")
def cell(kubectl: Kubectl) -> Iterator[Cell]:
    """A cell that is applied."""
    found = rendered(CELLS[0])
    kubectl.apply(found.manifests, "--server-side")
    asyncio.run(settled(kubectl, found))
    yield found
    asyncio.run(gone(kubectl, found))


def pod(**spec: object) -> Manifest:
    """A pod that the namespace takes; spec: what its container says beyond that."""
    secure = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    container = {"name": "prm", "image": DIGEST, "securityContext": secure, **spec}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "by-hand", "namespace": "prm"},
        "spec": {"containers": [container]},
    }


def test_a_field_that_nobody_knows_is_refused_in_every_kind(kubectl: Kubectl, cell: Cell) -> None:
    first = {dig(one, "kind", as_=str): one for one in cell.manifests if "spec" in one}
    assert {"Deployment", "Job", "NetworkPolicy", "Gateway", "GRPCRoute", "Certificate"} <= set(first)
    for one in first.values():
        broken = copy.deepcopy(one)
        broken["spec"] = {**dig(one, "spec", as_=dict[str, object]), "unheardOf": 1}
        assert "unheardOf" in kubectl.refuses(broken), named(one)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"securityContext": {"privileged": True}}, 'violates PodSecurity "restricted:v1.35"'),
        ({"resources": {"limits": {"memory": "64Gi"}}}, "maximum memory usage per Container is 32Gi"),
        ({"resources": {"requests": {"cpu": "9"}}}, "exceeded quota: cell"),
    ],
    ids=["privileged", "too-large", "over-the-quota"],
)
def test_a_pod_that_the_namespace_forbids_is_refused(
    kubectl: Kubectl, cell: Cell, spec: dict[str, object], said: str
) -> None:
    kubectl.apply([pod()], "--server-side", "--dry-run=server")
    assert said in kubectl.refuses(pod(**spec))


def test_a_job_cannot_be_changed_so_it_needs_another_name(kubectl: Kubectl, cell: Cell) -> None:
    [job] = copy.deepcopy(cell.of("Job"))
    job["spec"]["template"]["spec"]["containers"][0]["image"] = DIGEST  # type: ignore[index]  # a tree of YAML
    assert "field is immutable" in kubectl.refuses(job)


def test_a_cell_without_its_namespace_is_refused(kubectl: Kubectl) -> None:
    elsewhere = copy.deepcopy(pod())
    elsewhere["metadata"] = {"name": "by-hand", "namespace": "nowhere"}
    with pytest.raises(Refused, match='namespaces "nowhere" not found'):
        kubectl.apply([elsewhere], "--server-side", "--dry-run=server")
