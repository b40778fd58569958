"""The compose files of deploy/, parsed as far as the tests need them, several as `docker compose` merges them."""

from functools import reduce
from typing import Any

import msgspec
import yaml

from tests.deploy.manifests import DEPLOY, SERVICES

_APPENDED = {"volumes", "networks", "ports"}
"""Of the lists of a container, those that a later file adds to; it replaces the others."""


class Mount(msgspec.Struct, frozen=True):
    """A mounted part of a volume."""

    source: str
    target: str
    volume: dict[str, str]
    read_only: bool = False


class Health(msgspec.Struct, frozen=True):
    test: tuple[str, ...]


class Box(msgspec.Struct, frozen=True):
    """One container as compose.yaml describes it."""

    image: str
    user: str
    read_only: bool
    cap_drop: tuple[str, ...]
    security_opt: tuple[str, ...]
    networks: tuple[str, ...]
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    volumes: tuple[str | Mount, ...] = ()
    environment: dict[str, str] = {}
    depends_on: dict[str, object] = {}
    healthcheck: Health | None = None
    privileged: bool = False

    @property
    def mounts(self) -> tuple["Mount", ...]:
        """The parts of volumes."""
        return tuple(one for one in self.volumes if isinstance(one, Mount))

    @property
    def files(self) -> dict[str, str]:
        """The files that are mounted as a whole, by their path in the container; the test fails if one is not
        read-only."""
        mounted = [one for one in self.volumes if isinstance(one, str)]
        assert all(one.endswith(":ro") for one in mounted)
        return {inside: outside for outside, _, inside in (one.removesuffix(":ro").rpartition(":") for one in mounted)}


class Network(msgspec.Struct, frozen=True):
    name: str = ""
    internal: bool = False
    external: bool = False


class Kept(msgspec.Struct, frozen=True):
    """A volume."""

    name: str = ""
    external: bool = False


class Compose(msgspec.Struct, frozen=True):
    services: dict[str, Box]
    networks: dict[str, Network]
    volumes: dict[str, "Kept"] = {}

    @property
    def ours(self) -> dict[str, Box]:
        """The containers of the six services."""
        return {name: self.services[name] for name in SERVICES}


def composed(*names: str) -> Compose:
    """The project of these files of deploy/, the later ones laid over the first."""
    files: list[dict[str, Any]] = [yaml.safe_load((DEPLOY / name).read_text()) for name in names]
    return msgspec.convert(reduce(_over, files), Compose)


def _over(below: Any, above: Any, *, key: str = "") -> Any:
    if isinstance(below, dict) and isinstance(above, dict):
        return below | {
            name: _over(below[name], one, key=name) if name in below else one for name, one in above.items()
        }
    return [*below, *above] if isinstance(below, list) and key in _APPENDED else above
