"""Which MongoDB the tests run against, and its start.

PRM_TEST_MONGO_URL if it is set (a replica set), else `mongod` if it is installed, else nx-27017: a server from a wheel
that speaks MongoDB's protocol over SQLite. nx-27017 checks our use of motor, transactions and unique indexes, not the
replica set: one connection serves all clients, so they see each other's open transactions and a killed client's stays.
"""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pymongo import MongoClient, uri_parser
from pymongo.errors import OperationFailure, PyMongoError

from libs.clock import monotonic
from libs.ids import unique

START_SECONDS = 30.0

# Why a test that rests on the isolation of transactions is skipped on nx-27017.
DIRTY_READS = "its clients see each other's open transactions, so a decision may rest on what is then taken back"


def choice() -> str:
    """What the header of a run says, and `Server` starts."""
    if os.environ.get("PRM_TEST_MONGO_URL"):
        return "the server of PRM_TEST_MONGO_URL"
    if shutil.which("mongod"):
        return "mongod"
    try:
        return f"nx-27017 {version('nx-27017')} (MongoDB's protocol over SQLite; no mongod on the path)"
    except PackageNotFoundError:
        return ""


@contextmanager
def given_server(folder: Path) -> Iterator[dict[str, str]]:
    """What the processes of a cell are told so that their stores are on the server of PRM_TEST_MONGO_URL, in databases
    that are dropped at the end; nothing where there is none."""
    if not os.environ.get("PRM_TEST_MONGO_URL"):
        yield {}
        return
    server = Server(folder)
    try:
        yield {**server.settings(folder), "PRM_STORE_PREFIX": server.fresh_prefix()}
    finally:
        server.tidy()


class Server:
    """A MongoDB on a free port of this machine, or the one that was given. `name`: the first word of `choice`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._databases: list[str] = []
        self._prefixes: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None
        self.name = choice().split(" ")[0]
        self.own = not os.environ.get("PRM_TEST_MONGO_URL")
        port = _free_port()
        self._port = str(port)
        replica_set = "?directConnection=true" if self.name == "mongod" else ""
        self.url = os.environ.get("PRM_TEST_MONGO_URL") or f"mongodb://127.0.0.1:{port}/{replica_set}"

    def fresh(self) -> str:
        """The name of a database that nobody has, for a store; `tidy` drops it."""
        self._databases.append(f"prm_test_{unique()}")
        return self._databases[-1]

    def fresh_prefix(self) -> str:
        """What the databases of a cell begin with, which nobody has; `tidy` drops them."""
        self._prefixes.append(f"t{unique()[-11:]}")
        return self._prefixes[-1]

    def settings(self, folder: Path) -> dict[str, str]:
        """What a process is told, so that its store is here: the URL, and the password in a file of this folder."""
        told = {"PRM_STORE_URL": self.url}
        if password := uri_parser.parse_uri(self.url)["password"]:
            file = folder / "store-password"
            file.write_text(password)
            head, _, rest = self.url.partition("://")
            login, _, where = rest.partition("@")
            told = {
                "PRM_STORE_URL": f"{head}://{login.partition(':')[0]}@{where}",
                "PRM_STORE_PASSWORD_FILE": str(file),
            }
        return told

    def tidy(self) -> None:
        """Leave a server that is not ours as it was."""
        if not self.own:
            with MongoClient[dict[str, Any]](self.url) as client:
                starts = tuple(f"{prefix}_" for prefix in self._prefixes)
                mine = [name for name in client.list_database_names() if starts and name.startswith(starts)]
                for name in (*self._databases, *mine):
                    client.drop_database(name)
        self._databases.clear()
        self._prefixes.clear()

    @property
    def keeps_transactions_of_the_dead(self) -> bool:
        """Whether it has to be restarted after a client was killed."""
        return self.name == "nx-27017"

    def start(self) -> None:
        """Start it, or start it again with the data it had, and wait until it answers."""
        if self.own:
            with (self._folder / "server.log").open("ab") as log:
                self._process = subprocess.Popen(self._command(), stdout=log, stderr=log)
        with MongoClient[dict[str, Any]](self.url, serverSelectionTimeoutMS=200) as client:
            deadline = monotonic() + START_SECONDS
            while not self._ready(client):
                assert monotonic() < deadline, f"{self.name} did not answer within {START_SECONDS} seconds"

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Kill it and start it again."""
        self.kill()
        self.start()

    def _command(self) -> list[str]:
        if self.name == "mongod":
            data = self._folder / "mongod"
            data.mkdir(exist_ok=True)
            options = ["--bind_ip", "127.0.0.1", "--replSet", "rs", "--nounixsocket"]
            return ["mongod", "--dbpath", str(data), "--port", self._port, *options]
        places = ["--log-file", str(self._folder / "nx.log"), "--pid-file", str(self._folder / "nx.pid")]
        data = self._folder / "nx"
        return [sys.executable, "-m", "nx_27017.nx_27017", "--data-dir", str(data), "-p", self._port, *places]

    def _ready(self, client: MongoClient[dict[str, Any]]) -> bool:
        try:
            client.admin.command("ping")
            if self.name != "mongod":
                return True
            with suppress(OperationFailure):  # it is one already
                member = {"_id": 0, "host": f"127.0.0.1:{self._port}"}
                client.admin.command("replSetInitiate", {"_id": "rs", "members": [member]})
            return bool(client.admin.command("hello").get("isWritablePrimary"))
        except PyMongoError:
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
