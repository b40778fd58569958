"""The edge of a cell: a broker of its own for what may leave, so that the broker of the events is connected to nothing
outside. A cell without a hub has none."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress

from libs.config import ConfigError, Settings
from libs.country import Directory
from libs.messaging.border.administration import administering_edge
from libs.messaging.border.configuration import leaf_conf
from libs.messaging.border.logins import edge_conf, edge_logins
from libs.messaging.border.names import DIRECTORY, leaf_user
from libs.messaging.embedded import embedded_nats
from libs.messaging.events import edge_senders
from libs.messaging.logins import ADMINISTRATOR, Durables, create_passwords, password_of
from libs.messaging.streams import StreamLimits
from libs.passwords import PasswordFile
from libs.runtime.broker import Broker
from libs.tls import Identity

PREPARED_SECONDS = 10.0


def named_edge(settings: Settings, directory: Directory, identity: Identity | None) -> Broker | None:
    """The edge in PRM_EDGE_URL; None if the settings name none. ConfigError if they name a hub for a broker that is
    not embedded: its edge connects to the hub, by its own configuration."""
    if settings.edge_url:
        if settings.edge_logins_dir is None:
            raise ConfigError("PRM_EDGE_LOGINS_DIR: name the folder with the passwords on the edge")
        passwords = settings.edge_logins_dir
        return Broker(settings.edge_url, directory.here.code, 1, identity, passwords)
    if settings.hub_url and settings.nats_url:
        raise ConfigError("PRM_HUB_URL: is for an embedded cell; name the edge of this one in PRM_EDGE_URL")
    return None


@asynccontextmanager
async def embedded_edge(
    settings: Settings, directory: Directory, arriving: Mapping[str, Durables]
) -> AsyncIterator[Broker]:
    """Run the edge of an embedded cell, connected to the hub in PRM_HUB_URL, while the block runs. arriving: the
    durables on the directory by service. ConfigError, EmbeddedFailed."""
    cell, home = directory.here.code, settings.data_dir / directory.here.code
    passwords = home / "edge_logins"
    logins = edge_logins(cell, {name: arriving.get(name, {}) for name in {*edge_senders(), *arriving}})
    leaf = leaf_conf(cell, _hub_login(settings, cell), users=[one.name for one in logins])
    create_passwords(passwords, [one.name for one in logins])
    users = edge_conf(logins, lambda user: f'"{password_of(passwords, user).current().reveal()}"')
    async with embedded_nats(home / "edge", users=users + leaf, domain=cell) as server:
        yield Broker(server.url, cell, 1, None, passwords, embedded=True)


@asynccontextmanager
async def administering_the_edge(edge: Broker, arriving: Iterable[Durables]) -> AsyncIterator[None]:
    """Make the streams of the edge and the durables on the directory, while the block runs. Waits PREPARED_SECONDS at
    most for an embedded one."""
    durables = {name: subjects for one in arriving for name, subjects in one.items()}
    async with (
        edge.connect(ADMINISTRATOR, stream=DIRECTORY) as jetstream,
        administering_edge(jetstream, StreamLimits(replicas=edge.replicas), durables) as administrator,
    ):
        with suppress(TimeoutError):
            async with asyncio.timeout(PREPARED_SECONDS if edge.embedded else 0):
                await administrator.done.wait()
        yield


def _hub_login(settings: Settings, cell: str) -> str:
    """PRM_HUB_URL with the user of this cell and its password. ConfigError."""
    scheme, marked, host = settings.hub_url.partition("://")
    if scheme != "nats-leaf" or not marked or "@" in host:
        raise ConfigError("PRM_HUB_URL: write nats-leaf://host:port; the password is in PRM_HUB_PASSWORD_FILE")
    if settings.hub_password_file is None:
        raise ConfigError("PRM_HUB_PASSWORD_FILE: name the file with this cell's password on the hub")
    password = PasswordFile("PRM_HUB_PASSWORD_FILE", settings.hub_password_file).current().reveal()
    return f"{scheme}://{leaf_user(cell)}:{password}@{host}"
