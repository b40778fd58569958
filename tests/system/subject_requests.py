"""A case about a person, which makes an event in a cell that has nothing else."""

from pathlib import Path

from libs.pb.prm.common.v1 import person_pb2
from libs.pb.prm.compliance import v1 as pb
from libs.rpc.client import Client
from tests.tokens import token

OPENED = "compliance.subject_request.opened"
START_SECONDS = 60.0


async def opened(folder: Path, address: str, number: int) -> str:
    """Open a case about a person; its id."""
    asked = pb.CreateRequestRequest(
        type=pb.REQUEST_TYPE_ACCESS,
        country="DE",
        channel=pb.REQUEST_CHANNEL_EMAIL,
        subject=person_pb2.Person(email=f"person{number}@example.org"),
        identity_proof=pb.IDENTITY_PROOF_ACCOUNT,
    )
    async with Client(address, token=token(folder)) as client:
        await client.ready(within_seconds=START_SECONDS)
        answer = await client.call("prm.compliance.v1.ComplianceService/CreateRequest", asked)
        return str(answer.request.id)
