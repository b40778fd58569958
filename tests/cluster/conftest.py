"""One cluster for all tests of this folder; the end of a run says what they did on it, and what was not tried."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.cluster.commands import definitions, folder, kubernetes_version
from tests.cluster.control_plane import Access, control_plane, log, missing
from tests.cluster.counting import Counted
from tests.cluster.kubectl import Kubectl
from tests.cluster.namespace import Namespace, network_namespace
from tests.waiting import until

COUNTED = pytest.StashKey[Counted]()
READY_SECONDS = 180.0
WITHOUT_A_CLUSTER = (
    "network policies (they need a network plugin), cert-manager, a gateway, External Secrets, Flux, metrics"
)


@pytest.fixture(scope="session")
def counted(request: pytest.FixtureRequest) -> Counted:
    """What the tests count."""
    return request.config.stash.setdefault(COUNTED, Counted())


@pytest.fixture(scope="session")
def inside() -> Iterator[Namespace]:
    """The namespace of the cluster; skips if no control plane can be started in it."""
    if why := missing():
        pytest.skip(why)
    with network_namespace() as made:
        yield made


@pytest.fixture(scope="session")
def access(inside: Namespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Access]:
    """How the control plane is reached."""
    with control_plane(inside, tmp_path_factory.mktemp("cluster")) as made:
        yield made


@pytest.fixture(scope="session")
def kubectl(inside: Namespace, access: Access, counted: Counted) -> Kubectl:
    """kubectl for a control plane that knows the resources of every component."""
    found = Kubectl(inside, access.config, access.folder, counted)
    try:
        asyncio.run(until(found.ready, within_seconds=READY_SECONDS, every_seconds=1))
        for module in sorted((folder() / "crds").iterdir()):
            found.call("apply", "--server-side", "-f", str(module))
        found.call("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
        asyncio.run(until(lambda: found.listed("ServiceAccount", namespace="default"), within_seconds=60))
    except AssertionError as err:
        logs = "\n".join(log(access.folder, name) for name in ("etcd", "kube-apiserver", "kube-controller-manager"))
        raise AssertionError(f"{err}\n{logs}") from err
    return found


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was done, and what was not tried."""
    done = terminalreporter.config.stash.get(COUNTED, Counted())
    terminalreporter.write_line(f"cluster: Kubernetes {kubernetes_version()}: {done.line()}")
    for one in definitions().absent:
        terminalreporter.write_line(f"cluster: not tried: {one.kind} ({one.why})")
    terminalreporter.write_line(f"cluster: not tried: {WITHOUT_A_CLUSTER}")
