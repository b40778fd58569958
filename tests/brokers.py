"""A nats-server that only takes clients with a certificate of its authority, as the broker of a cell does."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from libs.authority import AUTHORITY_FILE, CERTIFICATE_FILE, KEY_FILE
from libs.messaging.embedded import find_binary
from tests.system.processes import free_ports

PASSWORD = "p0123456789"
STOP_SECONDS = 20

# As deploy/base/nats/nats.conf says it.
CONFIG = """
host: 127.0.0.1
port: {port}
jetstream {{ store_dir: "{folder}/data", max_file_store: 8GB }}
authorization {{ user: prm, password: {password} }}
tls {{
  cert_file: "{identity}/{certificate}"
  key_file: "{identity}/{key}"
  ca_file: "{identity}/{authority}"
  verify: true
  handshake_first: true
}}
"""


class EncryptedBroker:
    """Keeps its port and its files when it is started again. identity: the folder with its certificate. told: what a
    process is told of it."""

    def __init__(self, folder: Path, identity: Path) -> None:
        [port] = free_ports(1)
        self.port = port
        self.url = f"tls://prm:{PASSWORD}@127.0.0.1:{port}"
        folder.mkdir(exist_ok=True)
        self.password_file = folder / "password"
        self.password_file.write_text(PASSWORD)
        self._log = folder / "log"
        self._config = folder / "nats.conf"
        files = {"certificate": CERTIFICATE_FILE, "key": KEY_FILE, "authority": AUTHORITY_FILE}
        self._config.write_text(CONFIG.format(port=port, folder=folder, password=PASSWORD, identity=identity, **files))
        self.start()

    def start(self) -> None:
        """Start it; it takes connections a moment later."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([find_binary(), "--config", self._config], stdout=log, stderr=log)

    @property
    def told(self) -> dict[str, str]:
        return {
            "PRM_NATS_URL": self.url.replace(f":{PASSWORD}", ""),
            "PRM_NATS_PASSWORD_FILE": str(self.password_file),
        }

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def reload(self) -> None:
        """Let it read its configuration and its certificate again; connections stay."""
        self._process.send_signal(signal.SIGHUP)

    def kill(self) -> None:
        """End it where it stands."""
        self._process.kill()
        self._process.wait(STOP_SECONDS)

    def log(self) -> str:
        """What it has said so far."""
        return self._log.read_text()


@contextmanager
def encrypted_broker(folder: Path, identity: Path) -> Iterator[EncryptedBroker]:
    """One that is gone after the block."""
    broker = EncryptedBroker(folder, identity)
    try:
        yield broker
    finally:
        broker.kill()
