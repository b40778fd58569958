"""`kubectl` as a person uses it: every call runs inside the namespace of the cluster; a warning counts as a fault."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec
import yaml

from tests.cluster.counting import Counted
from tests.cluster.namespace import Namespace
from tests.deploy.manifests import Manifest, dig

CALL_SECONDS = 900


class Refused(AssertionError):
    """The server, or kubectl, refused a call. The text is what kubectl said."""


class Said(msgspec.Struct, frozen=True):
    """What kubectl printed."""

    out: str
    err: str


class Kubectl:
    """kubectl for one cluster. folder: for its cache."""

    def __init__(self, namespace: Namespace, config: Path, folder: Path, counted: Counted) -> None:
        self._namespace = namespace
        self._config = config
        self._folder = folder
        self._counted = counted

    def call(self, *words: str, text: str = "") -> Said:
        """Run kubectl. Refused if it fails."""
        done = subprocess.run(
            self._namespace.command("kubectl", f"--kubeconfig={self._config}", *words),
            check=False,
            capture_output=True,
            text=True,
            input=text,
            timeout=CALL_SECONDS,
            env={"PATH": os.environ["PATH"], "HOME": str(self._folder)},
        )
        if done.returncode != 0:
            raise Refused(f"kubectl {' '.join(words)}\n{done.stderr}")
        return Said(done.stdout, done.stderr)

    def apply(self, manifests: Sequence[Manifest], *how: str) -> list[str]:
        """Apply with strict validation; a line for each object. how: options; `--server-side` lets the server compute
        what changes, else kubectl does. A warning fails the test."""
        said = self.call("apply", "--validate=strict", *how, "-f", "-", text=yaml.safe_dump_all(manifests))
        assert said.err == "", said.err
        lines = said.out.splitlines()
        assert len(lines) == len(manifests), said.out
        self._counted.objects += len(lines)
        return lines

    def refuses(self, manifest: Manifest) -> str:
        """What the server says when it refuses this object; the test fails if it takes it. Nothing is stored."""
        try:
            self.apply([manifest], "--server-side", "--dry-run=server")
        except Refused as err:
            self._counted.refused += 1
            return str(err)
        raise AssertionError(f"{named(manifest)} is taken")

    def delete(self, manifests: Sequence[Manifest]) -> None:
        """Delete these objects, and wait until they are gone. Those in a namespace may be gone with it."""
        self.call("delete", "--ignore-not-found", "-f", "-", text=yaml.safe_dump_all(manifests))
        self._counted.deleted += len(manifests)

    def listed(self, *kinds: str, namespace: str = "prm") -> list[Manifest]:
        """All objects of these kinds, named as `typed` names them."""
        said = self.call("get", ",".join(kinds), f"--namespace={namespace}", "--ignore-not-found", "--output=json")
        return dig(msgspec.json.decode(said.out or '{"items":[]}'), "items", as_=list[Manifest])

    def ready(self) -> bool:
        """Whether the API server says that it is ready."""
        try:
            return self.call("get", "--raw=/readyz", "--request-timeout=5s").out == "ok"
        except Refused:
            return False


def typed(manifest: Manifest) -> str:
    """The kind of an object as `kubectl get` takes it with its group: `Deployment.v1.apps`, `ConfigMap.v1.`."""
    group, _, version = dig(manifest, "apiVersion", as_=str).rpartition("/")
    return f"{dig(manifest, 'kind', as_=str)}.{version}.{group}"


def named(manifest: Manifest) -> str:
    """How an object is told from others: `Deployment/deals`."""
    return f"{dig(manifest, 'kind', as_=str)}/{dig(manifest, 'metadata', 'name', as_=str)}"
