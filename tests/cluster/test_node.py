"""A cell whose pods run: the life of a deal, an upgrade and a rollback under load, and pods that are killed."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from libs.clock import SystemClock
from tests.cluster.cells import live, pods
from tests.cluster.control_plane import Access, log
from tests.cluster.counting import Counted
from tests.cluster.kubectl import Kubectl
from tests.cluster.namespace import ROOT, Namespace
from tests.cluster.node import images
from tests.cluster.node.beside import KEYS_URL, beside
from tests.cluster.node.cell import BESIDE, CODE, OPERATOR, make_secrets, manifests, volumes
from tests.cluster.node.driver import READY_SECONDS, Reach, Result
from tests.cluster.node.running import containers, kubelet, missing
from tests.deploy.manifests import SERVICES, Cell, Manifest, dig, rendered
from tests.issuers import FakeIssuer, fake_issuer
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cluster")]

STARTED = f"--timeout={READY_SECONDS}s"
DRIVER_SECONDS = 1800
LEAST_CALLS = 100
OURS = (*SERVICES, "administrator")


class Running(NamedTuple):
    """A cell on pods. releases: its manifests for each of two images."""

    kubectl: Kubectl
    inside: Namespace
    folder: Path
    releases: tuple[list[Manifest], list[Manifest]]
    counted: Counted

    def driver(self, what: str, run: str) -> subprocess.Popen[str]:
        """Start the driver."""
        words = [sys.executable, "-m", "tests.cluster.node.driver", str(self.folder), what, run]
        return subprocess.Popen(self.inside.command(*words), stdout=subprocess.PIPE, text=True, cwd=ROOT)

    def result(self, driver: subprocess.Popen[str]) -> Result:
        """What the driver has done when it ends, counted."""
        out, _ = driver.communicate(timeout=DRIVER_SECONDS)
        assert driver.returncode == 0
        done = msgspec.json.decode(out, type=Result)
        self.counted.calls += done.calls
        self.counted.failed += len(done.failed)
        return done

    async def loaded(self, what: str, run: str, change: Callable[[], Awaitable[None]]) -> Result:
        """Make a change while the driver loads the cell; what the driver has done."""
        driver, loading = self.driver(what, run), self.folder / f"{run}.loading"
        try:
            begun = lambda: loading.exists() or driver.poll() is not None  # noqa: E731
            await until(begun, within_seconds=READY_SECONDS, every_seconds=0.5)
            await change()
        finally:
            driver.terminate()
            done = self.result(driver)
        return done

    def ready(self, workload: str) -> dict[str, str]:
        """The names of the pods of a workload that are ready, by their unique ids."""
        there = {one.uid for one in pods(self.kubectl) if one.workload == workload}
        return {
            uid: dig(one, "metadata", "name", as_=str)
            for one in self.kubectl.listed("Pod.v1.")
            for condition in dig(one, "status", as_=dict[str, Any]).get("conditions", [])
            if (uid := dig(one, "metadata", "uid", as_=str)) in there
            and (condition["type"], condition["status"]) == ("Ready", "True")
        }

    def stand(self) -> None:
        """Wait until everything is rolled out."""
        for name in ("statefulset/nats", *(f"deployment/{one}" for one in OURS)):
            self.kubectl.call("rollout", "status", "--namespace=prm", name, STARTED)


@pytest.fixture(scope="module")
def running(
    kubectl: Kubectl,
    inside: Namespace,
    access: Access,
    counted: Counted,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Running]:
    """The cell `de` on a node; skips if this machine can run none."""
    if why := missing():
        pytest.skip(why)
    folder = tmp_path_factory.mktemp("node")
    archives = images.build(folder)
    cell = rendered(CODE)
    registry = cell.deployment("deals").spec.template.spec.containers[0].image.partition("@")[0]
    with containers(inside, folder) as node, fake_issuer() as issuer:
        asyncio.run(until(node.socket.exists, within_seconds=60))
        digests = images.load(node, archives, registry)
        found = manifests(cell, issuer.table(jwks_url=KEYS_URL))
        releases = tuple(_with_image(found, f"{registry}@{digest}") for digest in digests)
        kubectl.apply([*volumes(folder), *cell.of("Namespace")], "--server-side")
        tls = make_secrets(kubectl, folder)
        (folder / "published").mkdir()
        (folder / "published" / "keys.json").write_bytes(msgspec.json.encode({"keys": [issuer.public("first")]}))
        with beside(inside, folder, tls / BESIDE, folder / "published"), kubelet(node, access):
            made = Running(kubectl, inside, folder, (releases[0], releases[1]), counted)
            try:
                kubectl.apply(releases[0], "--server-side")
                made.stand()
                _write_reach(kubectl, folder, tls / OPERATOR, issuer)
                yield made
            except AssertionError as err:
                raise AssertionError(f"{err}\n{_state(kubectl, folder)}") from err
            finally:
                kubectl.delete(releases[0])


def _with_image(found: list[Manifest], image: str) -> list[Manifest]:
    """The manifests with this image for everything: the broker's server is in it as well."""
    made: list[Manifest] = msgspec.json.decode(msgspec.json.encode(found))
    for one in made:
        if one["kind"] in ("Deployment", "StatefulSet"):
            one["spec"]["template"]["spec"]["containers"][0]["image"] = image  # type: ignore[index]  # a tree of YAML
    return made


def _write_reach(kubectl: Kubectl, folder: Path, operator: Path, issuer: FakeIssuer) -> None:
    late = int((SystemClock().now() + timedelta(hours=2)).timestamp())
    first, second = (issuer.token("administrator", sub=name, exp=late) for name in ("first", "second"))
    at = {
        dig(one, "metadata", "name", as_=str): dig(one, "spec", "clusterIP", as_=str)
        for one in kubectl.listed("Service.v1.")
    }
    reach = Reach({name: f"{at[name]}:7400" for name in SERVICES}, str(operator), (first, second))
    (folder / "reach.json").write_bytes(msgspec.json.encode(reach))


def _state(kubectl: Kubectl, folder: Path) -> str:
    """What went wrong, for a person."""
    said = [kubectl.call("get", "pods", "--namespace=prm", "--output=wide").out]
    said += [log(folder, name) for name in ("containerd", "kubelet", "kube-proxy", "dns", "store-tls")]
    said.append(kubectl.call("get", "events", "--namespace=prm", "--field-selector=type!=Normal").out[-4000:])
    return "\n".join(said)


def test_a_deal_lives_on_pods(running: Running) -> None:
    done = running.result(running.driver("life", "pods"))
    assert done.failed == []
    assert len(done.chapters) > 1


async def test_an_upgrade_and_a_rollback_under_load_fail_no_call(running: Running) -> None:
    for number, release in enumerate((running.releases[1], running.releases[0])):
        before = {one.uid for one in pods(running.kubectl)}

        async def roll_out(release: list[Manifest] = release) -> None:
            running.kubectl.apply(release, "--server-side")
            running.stand()

        check(await running.loaded("load", f"rollout-{number}", roll_out))
        assert before.isdisjoint({one.uid for one in pods(running.kubectl) if one.workload in OURS})


@pytest.mark.parametrize("workload", ["deals", "partners", "nats"])
async def test_a_pod_that_is_killed_under_load_loses_nothing_and_is_replaced(running: Running, workload: str) -> None:
    before = running.ready(workload)
    victim = min(before, key=lambda uid: before[uid])

    def is_replaced() -> bool:
        ready = running.ready(workload)
        return victim not in ready and len(ready) == len(before)

    async def kill() -> None:
        name = before[victim]
        running.kubectl.call("delete", "pod", "--namespace=prm", name, "--force", "--grace-period=0")
        running.counted.kills += 1
        await until(is_replaced, within_seconds=READY_SECONDS, every_seconds=1)

    check(await running.loaded("repeat", f"killed-{workload}", kill))


def check(done: Result) -> None:
    """Every call was answered, and what was written is there."""
    assert done.failed == []
    assert done.calls > LEAST_CALLS
    assert done.written > 0


def test_the_same_again_restarts_nothing(running: Running) -> None:
    cell = Cell(CODE, tuple(running.releases[0]))
    before = live(running.kubectl, cell), pods(running.kubectl)
    running.kubectl.apply(running.releases[0], "--server-side")
    assert (live(running.kubectl, cell), pods(running.kubectl)) == before
