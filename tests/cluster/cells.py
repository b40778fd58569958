"""What a cluster makes of a rendered cell."""

from collections.abc import Callable
from difflib import ndiff
from typing import Any

import msgspec
import yaml

from tests.cluster.kubectl import Kubectl, named, typed
from tests.deploy.manifests import Cell, Manifest, dig
from tests.waiting import until

SETTLED_SECONDS = 90.0
PODS = "Pod.v1."
# What may go wrong with pods that no node runs, and with autoscalers that nobody gives metrics.
EXPECTED_WITHOUT_NODES = {
    "FailedScheduling",
    "FailedGetResourceMetric",
    "FailedGetExternalMetric",
    "FailedComputeMetricsReplicas",
}
# The server's repair of addresses says it of a service that it hears of before it hears of the address that was given
# to it just before; to give it again is refused then, because it is there. `unallocated` looks at the addresses.
EARLY = "ClusterIPNotAllocated"
_LAST = "kubectl.kubernetes.io/last-applied-configuration"
# What the cluster itself writes into an object.
_OF_THE_SERVER = ("resourceVersion", "managedFields")


class Pod(msgspec.Struct, frozen=True):
    """A pod: its unique id, the workload whose template made it, its first image."""

    uid: str
    workload: str
    image: str


def kinds(cell: Cell) -> list[str]:
    """The kinds of the cell, as kubectl takes them."""
    return sorted({typed(one) for one in cell.manifests})


def wanted(cell: Cell) -> dict[str, int]:
    """How many pods each workload has when it is settled."""
    least = {
        dig(one, "spec", "scaleTargetRef", "name", as_=str): dig(one, "spec", "minReplicas", as_=int)
        for one in cell.of("HorizontalPodAutoscaler")
    }
    return {
        one.metadata.name: least.get(one.metadata.name, one.spec.replicas or 1)
        for one in cell.workloads
        if one.kind != "CronJob"
    }


def pods(kubectl: Kubectl) -> list[Pod]:
    """The pods of the cell that are not about to end."""
    found = []
    for one in kubectl.listed(PODS):
        metadata = dig(one, "metadata", as_=dict[str, object])
        if "deletionTimestamp" not in metadata:
            [owner] = dig(metadata, "ownerReferences", as_=list[dict[str, object]])
            workload = str(owner["name"])
            if owner["kind"] == "ReplicaSet":
                workload = workload.rpartition("-")[0]
            image = dig(one, "spec", "containers", 0, "image", as_=str)
            found.append(Pod(dig(metadata, "uid", as_=str), workload, image))
    return found


def images(cell: Cell) -> dict[str, str]:
    """The first image of each workload."""
    return {one.metadata.name: one.spec.template.spec.containers[0].image for one in cell.workloads}


def complaints(kubectl: Kubectl) -> list[str]:
    """What the controllers could not do."""
    events = [dig(one, as_=dict[str, object]) for one in kubectl.listed("Event.v1.")]
    return [
        f"{one['reason']}: {one['message']}"
        for one in events
        if one["type"] != "Normal" and one["reason"] not in {*EXPECTED_WITHOUT_NODES, EARLY}
    ]


def unallocated(kubectl: Kubectl) -> list[str]:
    """The addresses of services of the cell that are not given to them, each with the name of the service."""
    given = {
        dig(one, "metadata", "name", as_=str): dig(one, "spec", "parentRef", "name", as_=str)
        for one in kubectl.listed("IPAddress.v1.networking.k8s.io")
        if dig(one, "spec", "parentRef", "namespace", as_=str) == "prm"
    }
    return [
        f"{address} of {name}"
        for one in kubectl.listed("Service.v1.")
        for address in dig(one, "spec", as_=dict[str, Any]).get("clusterIPs", [])
        if address != "None" and given.get(address) != (name := dig(one, "metadata", "name", as_=str))
    ]


async def settled(kubectl: Kubectl, cell: Cell, of: Callable[[str], bool] = lambda _: True) -> list[Pod]:
    """Wait until every workload has exactly the pods that it should have, each of its image, and its controller has
    nothing left to write into it. of: which workloads."""
    count, image = wanted(cell), images(cell)
    expected = sorted((name, image[name]) for name, many in count.items() for _ in range(many) if of(name))
    last: list[Pod] = []

    def are_there() -> bool:
        last[:] = [one for one in pods(kubectl) if of(one.workload)]
        return sorted((one.workload, one.image) for one in last) == expected and all(map(_observed, _owners(kubectl)))

    try:
        await until(are_there, within_seconds=SETTLED_SECONDS, every_seconds=1)
    except AssertionError as err:
        raise AssertionError(f"{err}: {last}, and not {expected}; {complaints(kubectl)}") from err
    return last


def _owners(kubectl: Kubectl) -> list[Manifest]:
    return kubectl.listed("Deployment.v1.apps", "StatefulSet.v1.apps")


def _observed(workload: Manifest) -> bool:
    """Whether its controller has worked on it as it is now. That of a deployment writes the revision into it before."""
    status = dig(workload, "status", as_=dict[str, Any])
    return bool(status.get("observedGeneration") == dig(workload, "metadata", "generation", as_=int))


def live(kubectl: Kubectl, cell: Cell) -> dict[str, Manifest]:
    """The objects of the cell as the cluster has them, without what a controller reports in them."""
    applied = {named(one) for one in cell.manifests}
    found = {named(one): one for one in kubectl.listed(*kinds(cell)) if named(one) in applied}
    for one in found.values():
        one.pop("status", None)
        metadata = dig(one, "metadata", as_=dict[str, object])
        one["metadata"] = {key: value for key, value in metadata.items() if key not in _OF_THE_SERVER}
    return found


def changed_by(kubectl: Kubectl, cell: Cell, *how: str) -> list[str]:
    """Apply a cell; the names of the objects that are other ones afterwards. kubectl itself says "configured" also of
    objects in which the server has filled in a default, and sends a patch that changes nothing."""
    before = live(kubectl, cell)
    kubectl.apply(cell.manifests, *how)
    return sorted(differences(before, live(kubectl, cell)))


def differences(before: dict[str, Manifest], after: dict[str, Manifest]) -> dict[str, str]:
    """The objects that are other ones than before, by name, each with its lines that differ."""
    return {
        name: "\n".join(_changed(before.get(name, {}), after.get(name, {})))
        for name in sorted({*before, *after})
        if _said(before.get(name, {})) != _said(after.get(name, {}))
    }


def _changed(before: Manifest, after: Manifest) -> list[str]:
    former, now = (yaml.safe_dump(_said(one)).splitlines() for one in (before, after))
    return [line for line in ndiff(former, now) if line[0] in "+-"]


def _said(one: Manifest) -> Manifest:
    """An object without what kubectl notes in it for itself."""
    metadata = dict(dig(one, "metadata", as_=dict[str, object])) if one else {}
    notes = metadata.pop("annotations", {})
    return {**one, "metadata": metadata, "annotations": {**dig(notes, as_=dict[str, object]), _LAST: ""}}


async def gone(kubectl: Kubectl, cell: Cell) -> None:
    """Delete the cell, and see that nothing of it is left."""
    kubectl.delete(cell.manifests)
    left = live(kubectl, cell)
    assert left == {}, sorted(left)
    assert pods(kubectl) == []
