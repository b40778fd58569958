"""What `kubectl apply` sends for a deployment that was scaled. It computes the patch itself, from what was applied
before, what the cluster has, and what is applied now."""

import copy
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.api_server import api_server
from tests.deploy.manifests import SERVICES, Manifest, is_named, rendered

LAST = "kubectl.kubernetes.io/last-applied-configuration"
APPLY_SECONDS = 60
SCALED = 5

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")


def deployment(name: str, **spec: object) -> Manifest:
    """The deployment of a service, as it is rendered; spec: what its spec says beyond that."""
    [found] = [one for one in rendered("de").of("Deployment") if is_named(one, name)]
    made = copy.deepcopy(found)
    assert isinstance(made["spec"], dict)
    made["spec"] |= spec
    return made


def _metadata(manifest: Manifest) -> dict[str, object]:
    assert isinstance(manifest["metadata"], dict)
    return manifest["metadata"]


def live(applied: Manifest) -> Manifest:
    """The deployment as the cluster has it after this was applied and somebody, or an autoscaler, scaled it."""
    made = copy.deepcopy(applied)
    assert isinstance(made["spec"], dict)
    made["spec"]["replicas"] = SCALED
    _metadata(made)["annotations"] = {LAST: json.dumps(applied)}
    return made


def patch(tmp_path: Path, *, before: Manifest, now: Manifest) -> dict[str, object]:
    """What `kubectl apply` sends for `now` where `before` was applied; {} if nothing."""
    with api_server(live(before)) as server:
        command = ["kubectl", f"--server={server.url}", "apply", "--validate=false", "-f", "-"]
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            input=json.dumps(now),
            timeout=APPLY_SECONDS,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        )
        assert done.returncode == 0, done.stderr
        return server.patches[0] if server.patches else {}


def changed(sent: dict[str, object]) -> dict[str, object]:
    spec = sent.get("spec", {})
    assert isinstance(spec, dict)
    return spec


@pytest.mark.parametrize("name", SERVICES)
def test_a_scaled_service_survives_the_same_apply_and_a_release(tmp_path: Path, name: str) -> None:
    applied = deployment(name)
    assert changed(patch(tmp_path, before=applied, now=applied)) == {}
    assert changed(patch(tmp_path, before=applied, now=deployment(name, minReadySeconds=1))) == {"minReadySeconds": 1}


def test_a_manifest_that_states_a_number_would_undo_what_was_scaled(tmp_path: Path) -> None:
    stated = deployment("deals", replicas=2)
    assert changed(patch(tmp_path, before=stated, now=stated)) == {"replicas": 2}


def test_a_number_that_was_stated_once_and_is_left_out_falls_to_the_default_of_one(tmp_path: Path) -> None:
    """Why a cell of an earlier release needs the step that deploy/README.md names."""
    sent = patch(tmp_path, before=deployment("deals", replicas=2), now=deployment("deals"))
    assert changed(sent) == {"replicas": None}
