"""A nats-server that takes services by their certificates and nobody else, as the broker of a cell does."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from libs.messaging.embedded import find_binary
from tests.shape.tree import ROOT
from tests.system.processes import free_ports

PASSWORD = "p0123456789"
STOP_SECONDS = 20

_BASE = ROOT / "deploy" / "base" / "nats"
_CONFIG = """
host: 127.0.0.1
port: {port}
jetstream {{ store_dir: "{folder}/data", max_file_store: 8GB }}
"""
_USERS_BEGIN = "# The certificate says"


def users() -> str:
    """Who may publish what, as the broker of a cell is told it."""
    text = (_BASE / "nats.conf").read_text()
    return text[text.index(_USERS_BEGIN) :]


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
        tls = (_BASE / "tls.conf").read_text().replace("/etc/nats-tls", str(identity))
        self._config.write_text(_CONFIG.format(port=port, folder=folder) + tls + users())
        self.start()

    def start(self) -> None:
        """Start it; it takes connections a moment later."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [find_binary(), "--config", self._config],
                env=os.environ | {"NATS_PASSWORD": PASSWORD},
                stdout=log,
                stderr=log,
            )

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
