"""A release is accepted if its signature, its name and every layer are right, and refused otherwise."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy import engine
from tests.deploy.manifests import DEPLOY

NAME, OTHER_NAME = "registry.example/prm:test", "registry.example/other:test"
SCRIPT_SECONDS = 120
TOOLS = ("skopeo", "gpg")

_ABSENT = [one for one in TOOLS if shutil.which(one) is None]
WHY = engine.missing() or (f"not installed: {', '.join(_ABSENT)}" if _ABSENT else "")

pytestmark = [pytest.mark.xdist_group("containers"), pytest.mark.skipif(WHY != "", reason=WHY)]


class Signer:
    """GnuPG keys in a folder of their own, and the scripts as an operator with these keys calls them."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        self._environment = {**os.environ, "GNUPGHOME": str(folder)}

    def key(self, name: str) -> str:
        """Make a key without a passphrase; its fingerprint."""
        self._run("gpg", "--batch", "--passphrase=", "--quick-generate-key", name, "ed25519", "sign", "never")
        listed = self._run("gpg", "--with-colons", "--list-keys", name).stdout
        return next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))

    def accepts(self, folder: Path, *, name: str = NAME, key: str) -> bool:
        """Whether a release is accepted."""
        return self._run(str(DEPLOY / "image" / "accept.sh"), str(folder), name, key, check=False).returncode == 0

    def release(self, folder: Path, key: str) -> str:
        """Make a release of the image; its digest."""
        words = [str(DEPLOY / "image" / "release.sh"), engine.TAG, str(folder), NAME, key]
        return self._run(*words).stdout.strip()

    def end(self) -> None:
        """Stop GnuPG's agent of these keys."""
        self._run("gpgconf", "--kill", "all", check=False)

    def _run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, check=False, timeout=SCRIPT_SECONDS
        )
        assert not check or done.returncode == 0, done.stderr
        return done


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signer]:
    found = Signer(tmp_path_factory.mktemp("keys") / "gnupg")
    try:
        yield found
    finally:
        found.end()


def test_a_release_is_accepted_as_it_was_signed_and_refused_once_anything_differs(
    signer: Signer, tmp_path: Path
) -> None:
    engine.build()
    ours, another = signer.key("release@example.org"), signer.key("another@example.org")
    release = tmp_path / "release"
    digest = signer.release(release, ours)
    assert digest.startswith("sha256:")
    assert signer.accepts(release, key=ours)
    assert not signer.accepts(release, key=another)
    assert not signer.accepts(release, name=OTHER_NAME, key=ours)

    manifest, layer = release / "manifest.json", max(release.iterdir(), key=lambda one: one.stat().st_size)
    for path in (manifest, layer):
        with path.open("ab") as file:
            file.write(b" ")
        assert not signer.accepts(release, key=ours), path.name
        os.truncate(path, path.stat().st_size - 1)
    assert signer.accepts(release, key=ours)
    layer.unlink()
    assert not signer.accepts(release, key=ours)
