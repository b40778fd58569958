"""Every act of a compliance officer is a command: JSON in, JSON out, a refusal in a sentence."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.system.processes import free_ports, prm, prm_running
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("export")

START_SECONDS = 60.0
ALIAS = {"field": "ALIAS_FIELD_EMAIL", "value": "ngozi@example.org"}
ACCESS = {"type": "REQUEST_TYPE_ACCESS", "country": "DE", "channel": "REQUEST_CHANNEL_LETTER", "aliases": [ALIAS]}


class Officer(msgspec.Struct, frozen=True):
    """Somebody with a shell on the machine of a cell."""

    folder: Path
    address: str

    def run(self, method: str, *options: str, **fields: Any) -> tuple[int, str, str]:
        """Run `prm request`: its exit code, output and error output."""
        environ = {"PRM_DATA_DIR": str(self.folder), "PRM_LISTEN": self.address}
        done = prm("request", method, json.dumps(fields), *options, **environ)
        return done.returncode, done.stdout, done.stderr

    def ask(self, method: str, *options: str, **fields: Any) -> dict[str, Any]:
        """The answer."""
        code, told, complaint = self.run(method, *options, **fields)
        assert code == 0, complaint
        answer: dict[str, Any] = json.loads(told)
        return answer


@pytest.fixture(scope="module")
def officer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Officer]:
    folder: Path = tmp_path_factory.mktemp("cell")
    (port,) = free_ports(1)
    address = f"127.0.0.1:{port}"
    with prm_running(folder / "cell.log", "run", "all", PRM_DATA_DIR=str(folder), PRM_LISTEN=address):
        yield Officer(folder, address)


async def test_a_request_from_its_receipt_to_its_answer(officer: Officer) -> None:
    await until(lambda: officer.run("ListDeadlines")[0] == 0, within_seconds=START_SECONDS)
    made = officer.ask("CreateRequest", **ACCESS)["request"]
    assert made["state"] == "REQUEST_STATE_RECEIVED"
    case = {"case_id": made["id"]}
    issued = officer.ask("IssueCode", **case, alias=ALIAS)
    wrong = f"{(int(issued['code']) + 1) % 10**8:08}"
    assert officer.ask("ConfirmCode", **case, code=wrong)["check"]["attempts_left"] == 4
    passed = officer.ask("ConfirmCode", **case, code=issued["code"])["check"]
    assert passed["state"] == "IDENTITY_CHECK_STATE_PASSED"
    why = officer.ask("ExplainDeadline", **case, deadline_type="DEADLINE_TYPE_ANSWER")
    assert why["deadline"]["rule"] == "gdpr/any/answer"
    assert "Art. 12(3)" in why["clock"]["terms"]["basis"]

    def ready() -> bool:
        found = officer.ask("GetRequest", id=made["id"])["request"]
        return bool(found["state"] == "REQUEST_STATE_READY_FOR_REVIEW")

    await until(ready, within_seconds=START_SECONDS)
    denial = {"id": made["id"], "reason": "DENIAL_REASON_NO_MATCH"}
    decision = officer.ask("DenyRequest", **denial)["decision"]["id"]
    code, _, complaint = officer.run("ConfirmDecision", id=decision)
    assert (code, "SECOND_PERSON_REQUIRED" in complaint) == (1, True)
    officer.ask("ConfirmDecision", "--subject", "second", id=decision)
    assert officer.ask("GetRequest", id=made["id"])["request"]["state"] == "REQUEST_STATE_DENIED"
    assert officer.ask("ListDeadlines") == {}


async def test_a_refusal_names_every_violation(officer: Officer) -> None:
    await until(lambda: officer.run("ListDeadlines")[0] == 0, within_seconds=START_SECONDS)
    wrong = {**ACCESS, "country": "XQ", "about_case_id": "dsr_local_01jz8c00000000000000000001"}
    code, told, complaint = officer.run("CreateRequest", **wrong)
    assert (code, told) == (1, "")
    assert complaint.startswith("refused: INVALID_ARGUMENT INVALID_INPUT: ")
    assert "\n  country: " in complaint
    assert "(NO_COMPLAINT)" in complaint


async def test_what_is_no_call_is_said_in_a_sentence(officer: Officer) -> None:
    code, told, complaint = officer.run("EraseEverything")
    assert (code, told, complaint.startswith("EraseEverything is no method; there are AcknowledgeReceipt, ")) == (
        2,
        "",
        True,
    )
    code, _, complaint = officer.run("GetRequest", colour="blue")
    assert (code, complaint.startswith("not called: "), "colour" in complaint) == (2, True, True)
    (port,) = free_ports(1)
    code, _, complaint = officer.run("ListDeadlines", "--to", f"127.0.0.1:{port}")
    assert (code, "does not answer" in complaint) == (2, True)
