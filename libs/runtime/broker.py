"""The broker of a cell: its address and the users as which this process may connect; embedded brokers."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import NamedTuple, Protocol

from libs.config import ConfigError, Settings
from libs.country import Directory
from libs.messaging.address import is_encrypted
from libs.messaging.embedded import embedded_nats
from libs.messaging.events import senders
from libs.messaging.jetstream import JetStream, open_jetstream
from libs.messaging.logins import (
    ADMINISTRATOR,
    READERS_FILE,
    Credentials,
    Durables,
    Reader,
    all_logins,
    create_passwords,
    has_password,
    password_of,
    read_readers,
    reader_durable,
    users_conf,
)
from libs.messaging.streams import EVENTS, StreamLimits
from libs.tls import Identity

_URL_FILE = "url"


class Stop(Protocol):
    """The request to stop a process."""

    async def wait(self) -> None:
        """Return when the process has to stop."""
        ...


class Broker(NamedTuple):
    """The broker of a cell. passwords: the folder of the users' passwords; None if certificates alone identify users,
    or if the broker has no users. embedded: whether it is a child of this process, or of another on this machine."""

    url: str
    cell: str
    replicas: int
    identity: Identity | None = None
    passwords: Path | None = None
    embedded: bool = False

    @classmethod
    def of(cls, settings: Settings, directory: Directory, identity: Identity | None) -> "Broker":
        """The broker in PRM_NATS_URL."""
        cell, replicas = directory.here.code, settings.nats_replicas
        return cls(settings.nats_url, cell, replicas, identity, settings.nats_logins_dir)

    @property
    def administers(self) -> bool:
        """Whether this process creates streams and durables: it has the administrator's password, or the broker has no
        users."""
        if self.passwords is not None:
            return has_password(self.passwords, ADMINISTRATOR)
        return not self._encrypted

    def has(self, user: str) -> bool:
        """Whether this process has the password of a user."""
        return self.passwords is not None and has_password(self.passwords, user)

    def connect(
        self, user: str, *, administers: bool = False, stream: str = EVENTS
    ) -> AbstractAsyncContextManager[JetStream]:
        """A connection as this user. administers: the connection creates the streams. stream: as in `open_jetstream`.
        ConfigError if the user has no password file."""
        login = None
        if self.passwords is not None:
            login = Credentials(user, password_of(self.passwords, user))
        elif self._encrypted:
            login = Credentials(user)
        limits = StreamLimits(replicas=self.replicas) if administers else None
        return open_jetstream(
            self.url,
            self.cell,
            name=f"prm-{user}",
            limits=limits,
            identity=self.identity,
            login=login,
            stream=stream,
        )

    @property
    def _encrypted(self) -> bool:
        return is_encrypted((self.url,))


def broker_folder(settings: Settings, directory: Directory) -> Path:
    """The folder of the files of a cell's embedded broker."""
    return settings.data_dir / directory.here.code / "nats"


def passwords_folder(settings: Settings, directory: Directory) -> Path:
    """The folder of the passwords for a cell's embedded broker: `<user>/password`."""
    return settings.data_dir / directory.here.code / "logins"


def running_broker(settings: Settings, directory: Directory) -> Broker | None:
    """The embedded broker of this cell in another process, by the address in its file `url`; None without that file."""
    found = broker_folder(settings, directory) / _URL_FILE
    if not found.exists():
        return None
    passwords = passwords_folder(settings, directory)
    return Broker(found.read_text(), directory.here.code, settings.nats_replicas, None, passwords, embedded=True)


@asynccontextmanager
async def embedded_broker(
    settings: Settings, directory: Directory, services: Mapping[str, Durables]
) -> AsyncIterator[Broker]:
    """Run an embedded broker while the block runs. It has a user for each service that has events, hosted here or not,
    for each reader and for each command. services: the durables of those hosted here. ConfigError, EmbeddedFailed."""
    folder, passwords = broker_folder(settings, directory), passwords_folder(settings, directory)
    cell, readers = directory.here.code, readers_of(settings, directory)
    logins = all_logins(cell, {name: services.get(name, {}) for name in {*senders(), *services}}, readers)
    create_passwords(passwords, [one.name for one in logins])
    users = users_conf(logins, lambda user: f'"{password_of(passwords, user).current().reveal()}"')
    async with embedded_nats(folder, users=users) as server:
        (folder / _URL_FILE).write_text(server.url)
        yield Broker(server.url, cell, settings.nats_replicas, None, passwords, embedded=True)


def readers_of(settings: Settings, directory: Directory) -> dict[str, Reader]:
    """The readers in PRM_READERS_FILE. ConfigError, also for one in a country that this cell does not serve: events
    name who acted by pseudonyms, which are personal data, and no gate stands between a reader and the broker."""
    readers = read_readers(settings.readers_file, senders())
    abroad = [name for name, one in readers.items() if one.country and not directory.here.serves(one.country)]
    if abroad:
        raise ConfigError(
            f"{READERS_FILE}: {settings.readers_file}: {', '.join(sorted(abroad))} would take events to a country that "
            f"the cell {directory.here.code} does not serve; what may cross its border is a message for other cells"
        )
    return readers


def durables_to_make(settings: Settings, directory: Directory, services: Iterable[Durables]) -> Durables:
    """All durables that the administrator creates: those of the services and those of the readers. ConfigError."""
    found = {name: subjects for durables in services for name, subjects in durables.items()}
    for name, reader in readers_of(settings, directory).items():
        found[reader_durable(name)] = reader.subjects
    return found
