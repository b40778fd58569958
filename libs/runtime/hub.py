"""The hub between cells, embedded: a broker that passes on what cells state to each other, and knows nothing else."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from libs.config import ConfigError, Settings
from libs.messaging.border.administration import administering_hub
from libs.messaging.border.configuration import hub_conf
from libs.messaging.border.names import DIRECTORY, HUB, leaf_user
from libs.messaging.embedded import EmbeddedNats, embedded_nats
from libs.messaging.jetstream import open_jetstream
from libs.messaging.logins import ADMINISTRATOR, Credentials, create_passwords, password_of
from libs.messaging.streams import DEFAULT_LIMITS, StreamLimits
from libs.runtime.broker import Broker, Stop
from libs.runtime.encryption import identity_of


@asynccontextmanager
async def embedded_hub(folder: Path, cells: Sequence[str], *, leaf_port: int) -> AsyncIterator[EmbeddedNats]:
    """A hub for these cells on loopback that runs while the block runs, with its files under `folder`. leaf_port: for
    the connections of the cells. EmbeddedFailed."""
    logins = make_hub_passwords(folder, cells)
    users = hub_conf(
        cells,
        lambda user: f'"{password_of(logins, user).current().reveal()}"',
        listen=f"127.0.0.1:{leaf_port}",
    )
    login = Credentials(ADMINISTRATOR, password_of(logins, ADMINISTRATOR))
    async with (
        embedded_nats(folder / "nats", users=users, domain=HUB) as server,
        open_jetstream(server.url, HUB, name="prm-hub", login=login, limits=None, stream=DIRECTORY) as jetstream,
        administering_hub(jetstream, cells, DEFAULT_LIMITS) as administrator,
    ):
        await administrator.done.wait()
        yield server


async def administer_hub(settings: Settings, cells: Sequence[str], stopping: Stop) -> None:
    """Create and maintain the stream and the consumers of the hub in PRM_NATS_URL, until the process has to stop.
    ConfigError."""
    if not settings.nats_url or settings.nats_logins_dir is None:
        raise ConfigError("PRM_NATS_URL, PRM_NATS_LOGINS_DIR: name the hub, and the folder with its passwords")
    hub = Broker(settings.nats_url, HUB, settings.nats_replicas, identity_of(settings), settings.nats_logins_dir)
    limits = StreamLimits(replicas=settings.nats_replicas)
    async with (
        hub.connect(ADMINISTRATOR, stream=DIRECTORY) as jetstream,
        administering_hub(jetstream, cells, limits),
    ):
        await stopping.wait()


def make_hub_passwords(folder: Path, cells: Sequence[str]) -> Path:
    """The folder with the passwords on the hub, `<user>/password`; those that are missing are made. OSError."""
    logins = folder / "logins"
    create_passwords(logins, [ADMINISTRATOR, *(leaf_user(one) for one in cells)])
    return logins
