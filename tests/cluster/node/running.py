"""A node: containerd with runc, the kubelet, kube-proxy, and a name server, all in the namespace of the cluster."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import yaml

from tests.cluster.commands import folder as built
from tests.cluster.commands import unbuilt
from tests.cluster.control_plane import PODS, SERVICES, Access
from tests.cluster.namespace import Namespace

NODE = "node"
ADDRESS = "10.245.0.1"
"""Of the node, on loopback: its pods reach what the tests run beside them here."""
NEEDED = ("kubelet", "kube-proxy", "dns")
TOOLS = ("containerd", "ctr", "runc", "nft", "buildah", "mmdebstrap")
PLUGINS = Path("/usr/lib/cni")
PAUSE = "prm.test/pause:1"
# Of the processor, for all pods together: else they would get as much as one process of this machine. The file of
# control groups v1, and that of v2.
_SHARES = {Path("/sys/fs/cgroup/cpu/k8s.io/cpu.shares"): 16 * 1024, Path("/sys/fs/cgroup/k8s.io/cpu.weight"): 16 * 100}
# The node has an address that is not 127.0.0.0/8, services have a route, and pods reach each other through the node.
_NETWORK = f"""
set -e
ip addr add {ADDRESS}/32 dev lo
ip route add {SERVICES} dev lo src {ADDRESS}
echo 1 >/proc/sys/net/ipv4/ip_forward
"""


def missing() -> str:
    """Why no node can be started here; "" if it can."""
    absent = [tool for tool in TOOLS if shutil.which(tool) is None]
    absent += [f"the network plugin {name}" for name in ("ptp", "host-local") if not (PLUGINS / name).exists()]
    if absent:
        return f"not installed: {', '.join(absent)}"
    if unbuilt(*NEEDED):
        return f"not built yet (python -m tests.cluster.commands): {', '.join(unbuilt(*NEEDED))}"
    return ""


class Node:
    """folder: its files and logs."""

    def __init__(self, namespace: Namespace, folder: Path) -> None:
        self.namespace = namespace
        self.folder = folder
        self.socket = folder / "containerd.sock"

    def ctr(self, *words: str) -> list[str]:
        """The command for the images and containers of the pods."""
        return self.namespace.command("ctr", f"--address={self.socket}", "--namespace=k8s.io", *words)


@contextmanager
def containers(namespace: Namespace, folder: Path) -> Iterator[Node]:
    """A network for pods, and containerd: images can be imported."""
    node = Node(namespace, folder)
    namespace.run("sh", "-c", _NETWORK)
    for path, share in _SHARES.items():
        if path.parents[1].joinpath("cgroup.procs").exists():
            path.parent.mkdir(exist_ok=True)
            path.write_text(str(share))
    (folder / "cni").mkdir()
    (folder / "cni" / "10-ptp.conflist").write_text(_network(folder))
    (folder / "containerd.toml").write_text(_containerd(node))
    with namespace.process(folder / "containerd.log", ["containerd", f"--config={folder / 'containerd.toml'}"]):
        yield node


@contextmanager
def kubelet(node: Node, access: Access) -> Iterator[None]:
    """Let the node join: the kubelet, the addresses of services, and their names."""
    folder = node.folder
    (folder / "kubelet.yaml").write_text(yaml.safe_dump(_kubelet(node)))
    (folder / "resolv.conf").write_text("")
    (folder / "Corefile").write_text(_names(access))
    told = [f"--kubeconfig={access.config}", f"--hostname-override={NODE}"]
    commands = {
        "kubelet": [
            *(*told, f"--config={folder / 'kubelet.yaml'}", f"--root-dir={folder / 'kubelet'}"),
            *(f"--cert-dir={folder / 'kubelet-tls'}", f"--node-ip={ADDRESS}"),
        ],
        "kube-proxy": [
            *(*told, "--proxy-mode=nftables", f"--cluster-cidr={PODS}", f"--bind-address={ADDRESS}"),
            *("--conntrack-max-per-core=0", "--conntrack-tcp-timeout-established=0s"),
            "--conntrack-tcp-timeout-close-wait=0s",
        ],
        "dns": [f"-conf={folder / 'Corefile'}"],
    }
    with ExitStack() as stack:
        for name, words in commands.items():
            stack.enter_context(node.namespace.process(folder / f"{name}.log", [str(built() / name), *words]))
        yield


def _names(access: Access) -> str:
    return f"""
.:53 {{
  errors
  kubernetes cluster.local {{
    kubeconfig {access.config}
  }}
}}
"""


def _network(folder: Path) -> str:
    """Every pod has a wire of its own to the node, which routes; a bridge would have to be filtered as well."""
    return f"""{{"cniVersion": "0.4.0", "name": "pods", "plugins": [{{"type": "ptp", "mtu": 1400,
"ipam": {{"type": "host-local", "dataDir": "{folder / "addresses"}", "ranges": [[{{"subnet": "{PODS}"}}]],
"routes": [{{"dst": "0.0.0.0/0"}}]}}}}]}}"""


def _containerd(node: Node) -> str:
    folder = node.folder
    return f"""
version = 2
root = "{folder / "containerd"}"
state = "{folder / "containerd-state"}"
[grpc]
address = "{node.socket}"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{PAUSE}"
disable_apparmor = true
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{PLUGINS}"
conf_dir = "{folder / "cni"}"
"""


def _kubelet(node: Node) -> dict[str, object]:
    """What this machine may lack, a node here does without: control groups v2, limits on them, spare disk."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "containerRuntimeEndpoint": f"unix://{node.socket}",
        "address": ADDRESS,
        "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
        "authorization": {"mode": "AlwaysAllow"},
        "cgroupDriver": "cgroupfs",
        "failCgroupV1": False,
        "cgroupsPerQOS": False,
        "enforceNodeAllocatable": [],
        "failSwapOn": False,
        "clusterDNS": [ADDRESS],
        "clusterDomain": "cluster.local",
        "resolvConf": str(node.folder / "resolv.conf"),
        "podLogsDir": str(node.folder / "pods"),
        "volumePluginDir": str(node.folder / "plugins"),
        "evictionHard": dict.fromkeys(("imagefs.available", "nodefs.available", "nodefs.inodesFree"), "0%"),
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
    }
