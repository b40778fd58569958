"""A member of the store on a cluster: how it starts, when it counts as ready, and how it takes a renewed certificate.

There is no MongoDB here: `mongod` and its shell are stand-ins that record how they were called, and the scripts of the
shell run in node with a stand-in for a server.
"""

import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.deploy.manifests import CELLS, DEPLOY, rendered
from tests.waiting import until

SCRIPTS = DEPLOY / "base" / "mongo"
WITHIN_SECONDS = 20
MONGOD = '#!/bin/sh\necho "$@" >"$RECORD/mongod"\nexec sleep 600\n'
# Refuses the first call, as a member does that just elects; leaves a log where its home is, as the real one.
SHELL = """#!/bin/sh
echo "$HOME" >>"$RECORD/homes"
echo "$@" >>"$RECORD/mongosh"
touch "$HOME/log"
[ "$(wc -l <"$RECORD/mongosh")" -gt 1 ]
"""
# What the scripts find in MongoDB's shell. ANSWER: what the server says, with the users that it has. It prints the URL
# and what the server is asked, and ends as it is told.
STAND_IN = """
const said = JSON.parse(process.env.ANSWER);
const asked = (what) => console.log(JSON.stringify(what));
globalThis.Mongo = class {
  constructor(url) { console.log(url); }
  getDB() {
    return {
      hello: () => said,
      runCommand: (command) => { asked(command); if (said.code) throw said; return said; },
      getUser: (name) => (said.users || []).includes(name),
      createUser: (user) => asked({ createUser: user }),
      updateUser: (name, grant) => asked({ updateUser: name, ...grant }),
    };
  }
};
globalThis.quit = (code) => process.exit(code);
globalThis.print = () => {};
globalThis.sleep = () => {};
require(process.argv[2]);
"""


class Member:
    """A started member; folder: where its files are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("tls", "own", "record", "bin"):
            (folder / name).mkdir()
        self.write(certificate="one", authority="old")
        (folder / "tls" / "tls.key").write_text("key\n")
        (folder / "keyfile").write_text("shared\n")
        for name, text in (("mongod", MONGOD), ("mongosh", SHELL)):
            (folder / "bin" / name).write_text(text)
            (folder / "bin" / name).chmod(0o755)
        environment = {
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "TLS": str(folder / "tls"),
            "TRUST": str(folder / "ca.crt"),
            "OWN": str(folder / "own"),
            "KEYFILE": str(folder / "keyfile"),
            "RECORD": str(folder / "record"),
            "CHECK_SECONDS": "0.05",
        }
        command = ["sh", str(SCRIPTS / "start.sh"), "--replSet=prm"]
        self._process = subprocess.Popen(command, env=environment, start_new_session=True)

    def write(self, *, certificate: str, authority: str) -> None:
        """Replace the mounted files."""
        (self.folder / "tls" / "tls.crt").write_text(f"{certificate}\n")
        (self.folder / "ca.crt").write_text(f"{authority}\n")

    @property
    def shown(self) -> str:
        """The certificate and key that mongod reads."""
        path = self.folder / "own" / "tls.pem"
        return path.read_text() if path.exists() else ""

    def recorded(self, what: str) -> list[str]:
        """The calls of a stand-in."""
        path = self.folder / "record" / what
        return path.read_text().splitlines() if path.exists() else []

    def stop(self) -> None:
        """End the member and what watches its files."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(WITHIN_SECONDS)


@pytest.fixture
def member(tmp_path: Path) -> Iterator[Member]:
    found = Member(tmp_path)
    try:
        yield found
    finally:
        found.stop()


async def test_a_member_starts_with_files_that_only_it_can_read(member: Member) -> None:
    await until(lambda: member.recorded("mongod") != [], within_seconds=WITHIN_SECONDS)
    own, trust = member.folder / "own", member.folder / "ca.crt"
    [said] = member.recorded("mongod")
    files = f"--keyFile {own}/keyfile --tlsCertificateKeyFile {own}/tls.pem --tlsCAFile {trust}"
    assert said == f"{files} --replSet=prm"
    assert member.shown == "one\nkey\n"
    assert {stat.S_IMODE((own / name).stat().st_mode) for name in ("keyfile", "tls.pem")} == {0o400}


@pytest.mark.parametrize("replaced", [("two", "old"), ("one", "old and new")], ids=["certificate", "authority"])
async def test_a_renewed_certificate_or_authority_is_taken_without_a_restart(
    member: Member, replaced: tuple[str, str]
) -> None:
    await until(lambda: member.recorded("mongod") != [], within_seconds=WITHIN_SECONDS)
    member.write(certificate=replaced[0], authority=replaced[1])
    # the first time it is refused, so it is tried again
    await until(lambda: len(member.recorded("mongosh")) == 2, within_seconds=WITHIN_SECONDS)
    assert set(member.recorded("mongosh")) == {f"--nodb --quiet {SCRIPTS}/rotate.js"}
    assert member.shown == f"{replaced[0]}\nkey\n"
    assert len(member.recorded("mongod")) == 1
    await until(
        lambda: not any(Path(home).exists() for home in member.recorded("homes")), within_seconds=WITHIN_SECONDS
    )
    member.write(certificate="three", authority=replaced[1])
    await until(lambda: len(member.recorded("mongosh")) == 3, within_seconds=WITHIN_SECONDS)
    assert member.shown == "three\nkey\n"


def in_shell(script: str, answer: object, tmp_path: Path, **told: str) -> tuple[int, list[str]]:
    """Run a script of the shell; its exit code and what it said to the server. told: variables of its environment."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    (tmp_path / "shell.js").write_text(STAND_IN)
    (tmp_path / "keyfile").write_text("a+b/\nc=\n")
    environment = {
        "PATH": os.environ["PATH"],
        "HOST": "mongo-0.mongo",
        "CA_FILE": "/run/trust/ca.crt",
        "KEYFILE": str(tmp_path / "keyfile"),
        "ANSWER": msgspec.json.encode(answer).decode(),
        **told,
    }
    command = ["node", str(tmp_path / "shell.js"), str(SCRIPTS / script)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=WITHIN_SECONDS)
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize(
    ("hello", "code"),
    [
        ({"ok": 1, "isWritablePrimary": True, "secondary": False}, 0),
        ({"ok": 1, "isWritablePrimary": False, "secondary": True}, 0),
        ({"ok": 1, "isWritablePrimary": False, "secondary": False}, 1),  # STARTUP2, RECOVERING, ROLLBACK
        ({"ok": 1, "isWritablePrimary": False, "secondary": False, "isreplicaset": True}, 1),  # in no set yet
        ({"ok": 1, "arbiterOnly": True}, 1),
    ],
)
def test_a_member_is_ready_when_it_can_serve(hello: dict[str, object], code: int, tmp_path: Path) -> None:
    ended, [url] = in_shell("serves.js", hello, tmp_path)
    assert ended == code
    assert url.startswith("mongodb://mongo-0.mongo:27017/?directConnection=true&tls=true")
    assert url.endswith("tlsCAFile=%2Frun%2Ftrust%2Fca.crt")


def test_a_member_is_told_as_a_member_to_read_its_certificate_again(tmp_path: Path) -> None:
    ended, [url, asked] = in_shell("rotate.js", {"ok": 1}, tmp_path)
    assert ended == 0
    assert url.startswith("mongodb://__system:a%2Bb%2Fc%3D@mongo-0.mongo:27017/?authSource=local")
    assert msgspec.json.decode(asked) == {"rotateCertificates": 1, "message": "the files were replaced"}
    assert in_shell("rotate.js", {"ok": 0, "codeName": "Unauthorized"}, tmp_path)[0] != 0


@pytest.mark.parametrize("again", [False, True], ids=["new", "again"])
def test_the_job_makes_the_set_and_a_user_for_each_service(tmp_path: Path, again: bool) -> None:
    (tmp_path / "users").mkdir()
    (tmp_path / "users" / "deals").write_text("pw\n")
    facts = rendered("de").config("cell")["cell.toml"]
    (tmp_path / "cell.toml").write_text(facts)
    members = "mongo-0.mongo:27017,mongo-1.mongo:27017"
    told = {"MEMBERS": members, "USERS": str(tmp_path / "users"), "CELL_FILE": str(tmp_path / "cell.toml")}
    answer = {"ok": 1, "isWritablePrimary": True} | ({"code": 23, "users": ["deals"]} if again else {})
    ended, [first, initiated, whole, granted] = in_shell("initiate.js", answer, tmp_path, **told)
    assert ended == 0
    tls = "tls=true&tlsCAFile=%2Frun%2Ftrust%2Fca.crt&authSource=local"
    login = "mongodb://__system:a%2Bb%2Fc%3D@"
    assert first == f"{login}mongo-0.mongo:27017/?directConnection=true&{tls}"
    assert whole == f"{login}{members}/?replicaSet=prm&serverSelectionTimeoutMS=5000&{tls}"
    hosts = [{"_id": number, "host": host} for number, host in enumerate(members.split(","))]
    assert msgspec.json.decode(initiated) == {"replSetInitiate": {"_id": "prm", "members": hosts}}
    databases = ("prm_de_deals", "prm_de_deals_keys", "prm_de_deals_ledger")
    grant = {"pwd": "pw", "roles": [{"role": "readWrite", "db": one} for one in databases]}
    made = {"updateUser": "deals", **grant} if again else {"createUser": {"user": "deals", **grant}}
    assert msgspec.json.decode(granted) == made


def test_the_backup_may_read_the_databases_of_all_services_and_write_none(tmp_path: Path) -> None:
    (tmp_path / "users").mkdir()
    for name in ("backup", "deals", "orders"):
        (tmp_path / "users" / name).write_text("pw\n")
    (tmp_path / "cell.toml").write_text(rendered("de").config("cell")["cell.toml"])
    told = {"MEMBERS": "mongo-0.mongo:27017", "USERS": str(tmp_path / "users")}
    told["CELL_FILE"] = str(tmp_path / "cell.toml")
    ended, lines = in_shell("initiate.js", {"ok": 1, "isWritablePrimary": True}, tmp_path, **told)
    assert ended == 0
    [made] = [one for one in map(msgspec.json.decode, lines[3:]) if one["createUser"]["user"] == "backup"]
    databases = [f"prm_de_{name}{end}" for name in ("deals", "orders") for end in ("", "_keys", "_ledger")]
    assert made["createUser"]["roles"] == [{"role": "read", "db": one} for one in databases]


def test_the_probe_and_the_start_run_the_scripts_that_are_mounted() -> None:
    for name in CELLS:
        [found] = [one for one in rendered(name).workloads if one.metadata.name == "mongo"]
        [box] = found.spec.template.spec.containers
        assert box.readiness_probe.exec.command == ("sh", "/etc/mongo/shell.sh", "serves.js")
        assert box.command[:2] == ("sh", "/etc/mongo/start.sh")
        assert {one.mount_path for one in box.volume_mounts} >= {"/etc/mongo", "/run/tls", "/run/trust", "/run/mongo"}
        assert set(rendered(name).config("mongo")) == {"start.sh", "shell.sh", "serves.js", "rotate.js"}
