"""What the network policies of a cell allow, compared with the connections that its processes open."""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from tests.deploy.manifests import Cell, dig

# Ports of pods that whoever carries the label on their namespace may reach, and why.
FROM_OUTSIDE = {
    ("services", "prm-gateway", 7400): "the gateway routes calls",
    ("services", "prm-gateway", 7480): "the gateway routes calls in JSON",
    ("collector", "prm-monitoring", 8889): "Prometheus fetches metrics",
    ("nats-readers", "prm-readers", 4222): "an ERP takes events",
}
EDGE_TO_HUB = "HUB"
"""The variable with the address of the hub, which lies outside of every cell."""
BLOCKS = {"issuers": {443}, "hub": {7422}, "kms": {443, 8200}}
"""The policies that name addresses, and the ports of which each may open one there; 8200 is that of Vault."""
INTERNET = {"receivers": {443, 8443}}
"""The policies that open ports to the whole internet, each without any network of NOT_INTERNET."""
NOT_INTERNET = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"),
    *("224.0.0.0/4", "240.0.0.0/4", "::/96", "::ffff:0:0/96", "64:ff9b::/96", "2002::/16", "fc00::/7", "fe80::/10"),
    "ff00::/8",
)
NAMES = ("kube-system", {("UDP", 53), ("TCP", 53)})
_LEAST_PREFIX = 24
_TO = re.compile(r"(?:^|[/,@])([a-z][a-z0-9.-]*):(\d+)")


class Selector(msgspec.Struct, frozen=True, rename="camel"):
    match_labels: dict[str, str] = {}
    match_expressions: tuple[dict[str, str | list[str]], ...] = ()

    def takes(self, labels: Mapping[str, str]) -> bool:
        """Whether it selects a pod with these labels; `In` is the only operator in use."""
        assert all(one["operator"] == "In" for one in self.match_expressions)
        chosen = all(labels.get(str(one["key"])) in one["values"] for one in self.match_expressions)
        return chosen and self.match_labels.items() <= labels.items()


class Block(msgspec.Struct, frozen=True, rename={"except_": "except"}):
    cidr: str
    except_: tuple[str, ...] = ()


class Peer(msgspec.Struct, frozen=True, rename="camel"):
    pod_selector: Selector | None = None
    namespace_selector: Selector | None = None
    ip_block: Block | None = None


class PolicyPort(msgspec.Struct, frozen=True):
    port: int
    protocol: str


class Allowed(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """An entry of `ingress` or `egress`. Without peers it would allow everybody, without ports every port."""

    from_: tuple[Peer, ...] = ()
    to: tuple[Peer, ...] = ()
    ports: tuple[PolicyPort, ...] = ()


class PolicySpec(msgspec.Struct, frozen=True, rename="camel"):
    pod_selector: Selector
    policy_types: tuple[str, ...]
    ingress: tuple[Allowed, ...] = ()
    egress: tuple[Allowed, ...] = ()


class Policy(NamedTuple):
    name: str
    spec: PolicySpec


class Connection(NamedTuple):
    """Between two workloads, by their names."""

    source: str
    target: str
    port: int


def traffic(cell: Cell) -> Iterator[str]:
    """Policies allow the connections that the processes open, and no other."""
    found = [
        Policy(dig(one, "metadata", "name", as_=str), dig(one, "spec", as_=PolicySpec))
        for one in cell.of("NetworkPolicy")
    ]
    pods = {one.metadata.name: one.spec.template.metadata["labels"] for one in cell.workloads}
    allowed, needed = _allowed(found, pods), _needed(cell, pods)
    yield from (f"{one.source} may not reach {one.target}:{one.port}" for one in sorted(needed - allowed))
    yield from (f"{one.source} may reach {one.target}:{one.port}" for one in sorted(allowed - needed))
    for policy in found:
        for rule in (*policy.spec.ingress, *policy.spec.egress):
            if not rule.ports or not (rule.from_ or rule.to):
                yield f"policy {policy.name}: allows every port or every peer"
        yield from _outside(policy)


def _allowed(policies: list[Policy], pods: Mapping[str, Mapping[str, str]]) -> set[Connection]:
    """The connections that the policies of both ends allow."""
    out, into = set(), set()
    for _, spec in policies:
        for name, labels in pods.items():
            if not spec.pod_selector.takes(labels):
                continue
            out |= {Connection(name, *end) for rule in spec.egress for end in _ends(rule.to, rule.ports, pods)}
            into |= {
                Connection(peer, name, port)
                for rule in spec.ingress
                for peer, port in _ends(rule.from_, rule.ports, pods)
            }
    return out & into


def _ends(
    peers: tuple[Peer, ...], ports: tuple[PolicyPort, ...], pods: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, int]]:
    for peer in peers:
        if peer.pod_selector is not None and peer.namespace_selector is None:
            for name, labels in pods.items():
                if peer.pod_selector.takes(labels):
                    yield from ((name, one.port) for one in ports)


def _needed(cell: Cell, pods: Mapping[str, Mapping[str, str]]) -> set[Connection]:
    """The connections in the URLs of the environment, and those between members of the store and of the broker."""
    behind = {
        dig(one, "metadata", "name", as_=str): next(
            name
            for name, labels in pods.items()
            if dig(one, "spec", "selector", as_=dict[str, str]).items() <= labels.items()
        )
        for one in cell.of("Service")
    }
    said = [
        (workload.metadata.name, variable.value)
        for workload in cell.workloads
        for box in workload.spec.template.spec.containers
        for variable in box.env
        if "LISTEN" not in variable.name and variable.name != EDGE_TO_HUB
    ]
    said += [("nats", line.strip()) for line in cell.config("nats")["nats.conf"].splitlines() if "nats://" in line]
    found = {
        Connection(source, behind[host.rpartition(".")[2]], int(port))
        for source, text in said
        for host, port in _TO.findall(text)
    }
    return found | {Connection("mongo", "mongo", 27017)}


def _outside(policy: Policy) -> Iterator[str]:
    """What a policy allows beyond the namespace."""
    name, spec = policy
    for rule in spec.ingress:
        for peer in rule.from_:
            labels = peer.namespace_selector.match_labels if peer.namespace_selector else {}
            for label in labels:
                for one in rule.ports:
                    if (name, label, one.port) not in FROM_OUTSIDE:
                        yield f"policy {name}: lets {label} reach port {one.port}"
            if peer.ip_block is not None or (peer.namespace_selector is not None and not labels):
                yield f"policy {name}: lets anybody in"
    for rule in spec.egress:
        for peer in rule.to:
            if peer.ip_block is not None and name in INTERNET:
                if {one.port for one in rule.ports} - INTERNET[name] or list(_within(peer.ip_block)):
                    yield f"policy {name}: lets pods reach more than the internet by {peer.ip_block.cidr}"
            elif peer.ip_block is not None:
                narrow = ipaddress.ip_network(peer.ip_block.cidr).prefixlen >= _LEAST_PREFIX
                if not narrow or len(rule.ports) != 1 or rule.ports[0].port not in BLOCKS.get(name, ()):
                    yield f"policy {name}: lets pods reach {peer.ip_block.cidr}"
            elif peer.namespace_selector is not None:
                where = peer.namespace_selector.match_labels.get("kubernetes.io/metadata.name", "")
                if (where, {(one.protocol, one.port) for one in rule.ports}) != NAMES:
                    yield f"policy {name}: lets pods reach the namespace {where or 'of anybody'}"


def _within(block: Block) -> Iterator[str]:
    """The networks of NOT_INTERNET that a block lets pods reach."""
    whole = ipaddress.ip_network(block.cidr)
    left_out = [ipaddress.ip_network(one) for one in block.except_]
    for one in NOT_INTERNET:
        network = ipaddress.ip_network(one)
        if whole.version != network.version or not whole.overlaps(network):
            continue
        if not any(network.subnet_of(out) for out in left_out):  # type: ignore[arg-type]  # one version, as above
            yield one
