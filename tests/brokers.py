"""A nats-server that accepts only users with the right certificate and password, as the broker of a cell does."""

import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from libs.authority import AUTHORITY_FILE, CERTIFICATE_FILE, KEY_FILE
from libs.messaging.administration import administering
from libs.messaging.embedded import find_binary
from libs.messaging.envelope import Envelope
from libs.messaging.jetstream import JetStream, Outgoing, open_jetstream
from libs.messaging.logins import ADMINISTRATOR, Credentials, all_logins, create_passwords, password_of
from libs.runtime.cell import RunningCell
from libs.tls import Identity
from services.__main__ import durables
from tests.shape.tree import ROOT
from tests.system.processes import free_ports

CELL = "local"
STOP_SECONDS = 20

_BASE = ROOT / "deploy" / "base" / "nats"
_CONFIG = """
host: 127.0.0.1
port: {port}
jetstream {{ store_dir: "{folder}/data", max_file_store: 8GB }}
"""


class EncryptedBroker:
    """A broker that keeps its port and its files over a restart. identity: the folder with its certificate. told: the
    environment variables of a process that connects to it. passwords: the folder with the passwords of its users;
    administrators: the folder with the password of the administrator."""

    def __init__(self, folder: Path, identity: Path) -> None:
        [port] = free_ports(1)
        self.port = port
        self.url = f"tls://127.0.0.1:{port}"
        self.passwords = folder / "passwords"
        self._users = [one.name for one in all_logins(CELL, durables())]
        self.administrators = folder / "administrators"
        create_passwords(self.passwords, set(self._users) - {ADMINISTRATOR})
        create_passwords(self.administrators, [ADMINISTRATOR])
        self._log = folder / "log"
        self._config = folder / "nats.conf"
        tls = (_BASE / "tls.conf").read_text().replace("/etc/nats-tls", str(identity))
        tls = tls.replace("/etc/nats-trust", str(identity))
        self._config.write_text(_CONFIG.format(port=port, folder=folder) + tls + (_BASE / "users.conf").read_text())
        self.start()

    def start(self) -> None:
        """Start the server; it accepts connections a moment later."""
        known = {f"NATS_PASSWORD_{user.upper()}": self._password(user) for user in self._users}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [find_binary(), "--config", self._config], env=os.environ | known, stdout=log, stderr=log
            )

    @property
    def told(self) -> dict[str, str]:
        return {"PRM_NATS_URL": self.url, "PRM_NATS_LOGINS_DIR": str(self.passwords)}

    @property
    def pid(self) -> int:
        """The id of the server's process."""
        return self._process.pid

    def login(self, user: str) -> Credentials:
        """The credentials with which a user connects."""
        return Credentials(user, password_of(self.passwords, user))

    def _password(self, user: str) -> str:
        folder = self.administrators if user == ADMINISTRATOR else self.passwords
        return password_of(folder, user).current().reveal()

    def reload(self) -> None:
        """Let the server read its configuration and its certificate again; connections stay open."""
        self._process.send_signal(signal.SIGHUP)

    def kill(self) -> None:
        """Kill the server."""
        self._process.kill()
        self._process.wait(STOP_SECONDS)

    def log(self) -> str:
        """The log of the server so far."""
        return self._log.read_text()


@contextmanager
def encrypted_broker(folder: Path, identity: Path) -> Iterator[EncryptedBroker]:
    """An encrypted broker that exists while the block runs."""
    broker = EncryptedBroker(folder, identity)
    try:
        yield broker
    finally:
        broker.kill()


@asynccontextmanager
async def administered(broker: EncryptedBroker, tls: Path) -> AsyncIterator[JetStream]:
    """Run an administrator that maintains the streams and the durables of all services while the block runs. tls: the
    folder with the certificate of the administrator."""
    own = Identity(tls / CERTIFICATE_FILE, tls / KEY_FILE, tls / AUTHORITY_FILE)
    login = Credentials(ADMINISTRATOR, password_of(broker.administrators, ADMINISTRATOR))
    made = {name: subjects for one in durables().values() for name, subjects in one.items()}
    async with (
        open_jetstream(broker.url, CELL, identity=own, login=login) as jetstream,
        administering(jetstream, made),
    ):
        yield jetstream


async def sent(cell: RunningCell, envelope: Envelope) -> None:
    """Publish an event of another service to the stream of an embedded cell, as the user of that service, because no
    other user may."""
    async with cell.broker.connect(envelope.sender) as jetstream:
        message = Outgoing(envelope.subject, envelope.headers(), envelope.body)
        assert await (await jetstream.session()).publish([message]) == [""]
