"""The manual of webhooks: its commands, run on a cell by somebody with a shell, with a receiver on the same machine."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from libs.pb.prm.partners import v1 as partners_pb
from libs.rpc.client import Client
from services.demo.scenario import rpc_path
from tests.component.hooks.receiving import receiving
from tests.system.processes import free_ports, prm, prm_running
from tests.tokens import token
from tests.waiting import until

pytestmark = [pytest.mark.thorough, pytest.mark.xdist_group("system")]

START_SECONDS = 90.0
WITHIN_SECONDS = 30.0


@pytest.fixture
async def environ(tmp_path: Path) -> AsyncIterator[dict[str, str]]:
    (port,) = free_ports(1)
    found = {"PRM_DATA_DIR": str(tmp_path), "PRM_LISTEN": f"127.0.0.1:{port}", "PRM_HOOKS_LOOPBACK": "true"}
    with prm_running(tmp_path / "cell.log", "run", "all", **found):
        yield found


def ask(environ: dict[str, str], method: str, **fields: Any) -> dict[str, Any]:
    """The answer of `prm request`."""
    done = prm("request", f"hooks.{method}", json.dumps(fields), **environ)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


async def test_the_commands_of_the_manual(environ: dict[str, str]) -> None:
    async with (
        receiving() as inbox,
        Client(environ["PRM_LISTEN"], token=token(Path(environ["PRM_DATA_DIR"]))) as client,
    ):
        await client.ready("prm.hooks.v1", within_seconds=START_SECONDS)
        made = ask(
            environ,
            "CreateSubscription",
            name="ERP",
            url=inbox.url,
            event_types=["partners.partner.applied"],
            scheme="SIGNATURE_SCHEME_HMAC_SHA256",
        )
        subscription = made["subscription"]["id"]
        await _apply(client, "one")
        await until(lambda: inbox.got, within_seconds=WITHIN_SECONDS)
        first = inbox.got[0]
        event = Webhook(made["secret"]).verify(first.body, first.headers)
        assert (event["type"], event["prmsubject"]) == ("prm.partners.v1.PartnerApplied", "partners.partner.applied")

        rotated = ask(environ, "RotateKey", id=subscription)
        ask(environ, "DisableSubscription", id=subscription)
        await _apply(client, "two")
        backlog = await until(lambda: _missed(environ, subscription), within_seconds=WITHIN_SECONDS)
        assert backlog["missed_count"] == 1
        ask(environ, "EnableSubscription", id=subscription)
        ask(environ, "RedeliverSince", subscription_id=subscription, since="2026-01-01T00:00:00Z")
        await until(lambda: len(inbox.got) == 2, within_seconds=WITHIN_SECONDS)
        for secret in (made["secret"], rotated["secret"]):
            assert Webhook(secret).verify(inbox.got[1].body, inbox.got[1].headers)
        listed = ask(environ, "ListDeliveries", subscription_id=subscription)["deliveries"]
        assert {one["event_id"] for one in listed} == {one.headers["webhook-id"] for one in inbox.got}


async def _apply(client: Client, name: str) -> None:
    request = partners_pb.ApplyPartnerRequest(
        kind=partners_pb.PARTNER_KIND_RESELLER, legal_name=name, country="DE", request_id=name
    )
    await client.call(rpc_path("partners", "ApplyPartner"), request)


def _missed(environ: dict[str, str], subscription: str) -> dict[str, Any]:
    backlog: dict[str, Any] = ask(environ, "GetBacklog", subscription_id=subscription)["backlog"]
    return backlog if backlog.get("missed_count") else {}
