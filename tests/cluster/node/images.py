"""The image that a release would be, twice, with different digests, and the image that holds the network of a pod."""

import os
import re
import subprocess
from pathlib import Path

from tests.cluster.node.running import PAUSE, Node
from tests.deploy.manifests import DEPLOY

TAG = "localhost/prm:cluster"
BUILD_SECONDS = 3600
RELEASES = 2


def build(folder: Path) -> list[Path]:
    """The archives of the releases, which differ by a label, and of the image `PAUSE`, in this folder."""
    environment = {**os.environ, "ENGINE": "buildah"}
    base = _run([str(DEPLOY / "image" / "base.sh")], environment)
    _run([str(DEPLOY / "image" / "build.sh"), TAG], {**environment, "BASE": base})
    made = [
        _labelled(TAG, folder / f"release-{number}.tar", f"prm.test/release:{number}", f"--label=release={number}")
        for number in range(RELEASES)
    ]
    pause = _labelled(base, folder / "pause.tar", PAUSE, '--entrypoint=["/bin/sleep","infinity"]')
    return [*made, pause]


def load(node: Node, archives: list[Path], name: str) -> list[str]:
    """Import archives; the digests of the releases, which pods then find as `<name>@<digest>`."""
    digests = []
    for archive in archives:
        _run(node.ctr("images", "import", str(archive)))
    listed = _run(node.ctr("images", "list"))
    for number in range(RELEASES):
        reference = f"prm.test/release:{number}"
        [digest] = re.findall(rf"^{re.escape(reference)}\s+\S+\s+(sha256:\w+)", listed, re.MULTILINE)
        _run(node.ctr("images", "tag", "--force", reference, f"{name}@{digest}"))
        digests.append(str(digest))
    return digests


def _labelled(image: str, archive: Path, reference: str, option: str) -> Path:
    container = _run(["buildah", "from", "--pull-never", image])
    try:
        _run(["buildah", "config", option, container])
        _run(["buildah", "commit", "--quiet", container, f"docker-archive:{archive}:{reference}"])
    finally:
        _run(["buildah", "rm", container])
    return archive


def _run(command: list[str], environment: dict[str, str] | None = None) -> str:
    """The last line that a command prints."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=BUILD_SECONDS, env=environment)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout.strip()
