"""The control plane of a cluster: etcd, API server, controller manager and scheduler on loopback."""

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import yaml

from libs.authority import AUTHORITY_FILE, CERTIFICATE_FILE, KEY_FILE, Authority
from libs.clock import SystemClock
from tests.cluster.commands import folder as built
from tests.cluster.commands import unbuilt
from tests.cluster.namespace import Namespace

NEEDED = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
TOOLS = ("kubectl", "unshare", "nsenter", "setpriv", "ip")
HOST = "127.0.0.1"
SERVER = f"https://{HOST}:6443"
STORE = f"http://{HOST}:2379"
STORE_PEER = f"http://{HOST}:2380"
SERVICES = "10.96.0.0/16"
"""The addresses of services."""
PODS = "10.244.0.0/24"
"""The addresses of pods."""


def missing() -> str:
    """Why no control plane can be started here; "" if it can."""
    if os.geteuid() != 0:
        return "a network namespace needs root"
    absent = [tool for tool in TOOLS if shutil.which(tool) is None]
    if absent:
        return f"not installed: {', '.join(absent)}"
    if unbuilt(*NEEDED):
        without = "" if shutil.which("go") else ", and Go is not installed"
        return f"not built yet (python -m tests.cluster.commands){without}: {', '.join(unbuilt(*NEEDED))}"
    return ""


class Access:
    """The files with which a process reaches the API server as the administrator of the cluster."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "kubeconfig"
        self.tls = folder / "tls"
        self.tokens = folder / "tokens.csv"

    def write(self) -> None:
        """Make a certificate for loopback, a token and a kubeconfig."""
        now, token = SystemClock().now(), secrets.token_hex(16)
        authority = Authority.create("cluster", now)
        authority.keep(authority.issue(["kubernetes", HOST], now), self.tls)
        self.tokens.write_text(f'{token},administrator,1,"system:masters"\n')
        parts = {
            "clusters": {"cluster": {"server": SERVER, "certificate-authority": str(self.tls / AUTHORITY_FILE)}},
            "users": {"user": {"token": token}},
            "contexts": {"context": {"cluster": "test", "user": "test"}},
        }
        config = {key: [{"name": "test", **value}] for key, value in parts.items()}
        self.config.write_text(
            yaml.safe_dump({"apiVersion": "v1", "kind": "Config", "current-context": "test", **config})
        )


@contextmanager
def control_plane(namespace: Namespace, folder: Path) -> Iterator[Access]:
    """Start everything in the namespace; `folder` is for files and logs. It answers a while later."""
    access = Access(folder)
    access.write()
    with ExitStack() as stack:
        for words in (_etcd(folder), _server(access), _controllers(access), _scheduler(access)):
            name = Path(words[0]).name
            stack.enter_context(namespace.process(folder / f"{name}.log", words))
        yield access


def log(folder: Path, name: str, lines: int = 15) -> str:
    """The end of a log."""
    done = subprocess.run(["tail", f"-{lines}", str(folder / f"{name}.log")], check=False, capture_output=True)
    return done.stdout.decode(errors="replace")


def _etcd(folder: Path) -> list[str]:
    return [
        str(built() / "etcd"),
        f"--data-dir={folder / 'etcd'}",
        *(f"--{one}-client-urls={STORE}" for one in ("listen", "advertise")),
        f"--listen-peer-urls={STORE_PEER}",
        f"--initial-advertise-peer-urls={STORE_PEER}",
        f"--initial-cluster=default={STORE_PEER}",
        "--unsafe-no-fsync",
    ]


def _server(access: Access) -> list[str]:
    return [
        str(built() / "kube-apiserver"),
        f"--etcd-servers={STORE}",
        f"--bind-address={HOST}",
        f"--advertise-address={HOST}",
        "--endpoint-reconciler-type=none",
        f"--tls-cert-file={access.tls / CERTIFICATE_FILE}",
        f"--tls-private-key-file={access.tls / KEY_FILE}",
        f"--token-auth-file={access.tokens}",
        "--authorization-mode=Node,RBAC",
        f"--service-cluster-ip-range={SERVICES}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={access.tls / CERTIFICATE_FILE}",
        f"--service-account-signing-key-file={access.tls / KEY_FILE}",
        "--allow-privileged=true",
    ]


def _controllers(access: Access) -> list[str]:
    return [
        str(built() / "kube-controller-manager"),
        f"--kubeconfig={access.config}",
        f"--bind-address={HOST}",
        f"--cert-dir={access.folder}",
        "--leader-elect=false",
        f"--service-account-private-key-file={access.tls / KEY_FILE}",
        f"--root-ca-file={access.tls / AUTHORITY_FILE}",
        "--horizontal-pod-autoscaler-sync-period=2s",
    ]


def _scheduler(access: Access) -> list[str]:
    return [
        str(built() / "kube-scheduler"),
        f"--kubeconfig={access.config}",
        f"--bind-address={HOST}",
        f"--cert-dir={access.folder}",
        "--leader-elect=false",
    ]
