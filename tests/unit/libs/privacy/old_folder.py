"""Makes a folder of keys as an earlier release made it."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from libs.privacy.keys import create_keys

SERVICES = ("deals", "orders")


def make_old_folder(folder: Path, services: Sequence[str] = SERVICES) -> None:
    """The files `wrapping.json` and `manifests.json` for all services, no folder of a service, no list of public
    keys."""
    create_keys(folder, services)
    (folder / services[0] / "wrapping.json").rename(folder / "wrapping.json")
    (folder / services[0] / "signing.json").rename(folder / "manifests.json")
    (folder / "public-keys").unlink()
    for service in services:
        shutil.rmtree(folder / service)
