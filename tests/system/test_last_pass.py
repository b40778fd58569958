"""A cell keeps writing data about a person while it searches for them; all acknowledged writes are in the package."""

import asyncio
import json
from pathlib import Path
from uuid import uuid4

from libs.lifetime import alongside, together
from libs.pb.prm.common.v1 import person_pb2
from libs.pb.prm.compliance import v1 as pb
from libs.pb.prm.partners import v1 as partners
from libs.rpc.client import Client
from tests.system.processes import READY_SECONDS, free_ports, prm_running
from tests.tokens import token
from tests.waiting import until

COMPLIANCE = "prm.compliance.v1.ComplianceService"
PARTNERS = "prm.partners.v1.PartnerService"
WRITERS = 4
# Enough rows for some to be written before, during and after the search; at most 200 contacts per writer.
WRITTEN_BEFORE, WRITTEN_AT_MOST = 20, 200
SPELLINGS = (
    "anna.kern@münchen.example",
    "Anna.Kern@xn--mnchen-3ya.example",
    "mailto:anna.kern@münchen。example.",
    '"anna.kern"@MÜNCHEN.example',
    "anna.kern@mün\N{ZERO WIDTH SPACE}chen.example",
)


async def _partner(client: Client, number: int) -> str:
    applied = await client.call(
        f"{PARTNERS}/ApplyPartner",
        partners.ApplyPartnerRequest(
            kind=partners.PARTNER_KIND_RESELLER, legal_name=f"Systemhaus {number}", country="DE"
        ),
    )
    return str(applied.partner.id)


async def _write(client: Client, partner_id: str, written: set[str]) -> None:
    """Add contacts of the person one after the other, each spelled in another way; `written` gets the acknowledged
    ones."""
    for number in range(WRITTEN_AT_MOST):
        person = person_pb2.Person(name="Anna Kern", email=SPELLINGS[number % len(SPELLINGS)])
        request = partners.AddContactRequest(
            request_id=str(uuid4()), partner_id=partner_id, person=person, roles=[partners.CONTACT_ROLE_SALES]
        )
        added = await client.call(f"{PARTNERS}/AddContact", request)
        written.add(added.contact.id)


async def _asked(client: Client) -> str:
    """Create a request; its id, once it is ready."""
    request = pb.CreateRequestRequest(
        type=pb.REQUEST_TYPE_ACCESS,
        country="DE",
        channel=pb.REQUEST_CHANNEL_EMAIL,
        aliases=[pb.SubjectAlias(field=pb.ALIAS_FIELD_EMAIL, value="Anna Kern <anna.kern@münchen.example>")],
        identity_proof=pb.IDENTITY_PROOF_ACCOUNT,
    )
    made = (await client.call(f"{COMPLIANCE}/CreateRequest", request)).request

    async def ready() -> bool:
        found = await client.call(f"{COMPLIANCE}/GetRequest", pb.GetRequestRequest(id=made.id))
        return bool(found.request.state == pb.REQUEST_STATE_READY_FOR_REVIEW)

    await until(ready, within_seconds=READY_SECONDS)
    return str(made.id)


async def _taken(client: Client, request_id: str) -> set[str]:
    """The ids of the contacts in the package."""
    data = b""
    async for part in client.stream(f"{COMPLIANCE}/ExportRequest", pb.ExportRequestRequest(id=request_id)):
        if part.chunk.path == "data/partners/contact.json":
            data += part.chunk.data
    return {json.loads(line)["id"] for line in data.splitlines()}


async def _search_while_they_write(address: str, admitted: str) -> None:
    async with Client(address, token=admitted) as client:
        for service in (COMPLIANCE, PARTNERS):
            await client.ready(service, within_seconds=READY_SECONDS)
        written = set[str]()
        found = [await _partner(client, number) for number in range(WRITERS)]
        async with alongside(together(_write(client, one, written) for one in found)):
            await until(lambda: len(written) >= WRITTEN_BEFORE, within_seconds=READY_SECONDS)
            request_id = await _asked(client)
            searched = len(written)
            await until(lambda: len(written) > searched, within_seconds=READY_SECONDS)
            acknowledged = frozenset(written)
            package = await _taken(client, request_id)
        assert acknowledged - package == set()
        assert len(acknowledged) > WRITTEN_BEFORE


def test_every_row_that_was_acknowledged_before_the_package_is_taken_is_in_it(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    address = f"127.0.0.1:{port}"
    with prm_running(tmp_path / "cell.log", "run", "all", PRM_DATA_DIR=str(tmp_path), PRM_LISTEN=address):
        asyncio.run(_search_while_they_write(address, token(tmp_path)))
