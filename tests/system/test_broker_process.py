"""`prm broker administer` as a process of its own, against an encrypted broker that has nothing yet."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from nats.js.errors import NotFoundError

from libs.authority import AUTHORITY_FILE, CERTIFICATE_FILE, KEY_FILE
from libs.messaging.jetstream import Session, open_jetstream
from libs.messaging.logins import ADMINISTRATOR
from libs.messaging.streams import EVENTS
from services.__main__ import durables
from tests.brokers import CELL, STOP_SECONDS, EncryptedBroker, encrypted_broker
from tests.system.test_tls import BROKER, an_authority, hand_out, identity
from tests.waiting import until

pytestmark = [pytest.mark.xdist_group("system"), pytest.mark.thorough]

WITHIN_SECONDS = 60.0


@contextmanager
def administrator(broker: EncryptedBroker, tls: Path, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The process while the block runs; then it is told to end."""
    files = {"CERT": CERTIFICATE_FILE, "KEY": KEY_FILE, "CA": AUTHORITY_FILE}
    own = {f"PRM_TLS_{name}": str(tls / ADMINISTRATOR / file) for name, file in files.items()}
    own |= {"PRM_NATS_URL": broker.url, "PRM_NATS_LOGINS_DIR": str(broker.administrators)}
    command = [sys.executable, "-m", "services", "broker", "administer"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=os.environ | own, stdout=out, stderr=out)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)


async def test_the_administrator_makes_what_services_find_and_ends_when_told(tmp_path: Path) -> None:
    hand_out(an_authority(), tls := tmp_path / "tls")
    with encrypted_broker(tmp_path / "broker", tls / BROKER) as broker:
        with administrator(broker, tls, tmp_path / "log") as process:
            for service, mine in durables().items():
                own, login = identity(tls / service), broker.login(service)
                async with open_jetstream(broker.url, CELL, limits=None, identity=own, login=login) as jetstream:
                    session = await jetstream.session()
                    await until(partial(_made, session, tuple(mine)), within_seconds=WITHIN_SECONDS)
        assert process.returncode == 0, (tmp_path / "log").read_text()


async def _made(session: Session, names: Sequence[str]) -> bool:
    """Whether the broker has these durables."""
    try:
        found = [(await session.streams.consumer_info(EVENTS, name)).config.durable_name for name in names]
    except NotFoundError:
        return False
    return found == list(names)
