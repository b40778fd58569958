"""The newest signed checkpoint of a cell, asked for while the cell may have signed none."""

from libs.pb.prm.compliance import v1 as pb
from libs.rpc.client import CallFailed, Client
from tests.waiting import until

_COMPLIANCE = "prm.compliance.v1.ComplianceService"


async def newest_checkpoint(client: Client) -> pb.GetCheckpointResponse | None:
    """The newest checkpoint and the public keys; None while the cell has signed none. CallFailed for other refusals."""
    try:
        found: pb.GetCheckpointResponse = await client.call(f"{_COMPLIANCE}/GetCheckpoint", pb.GetCheckpointRequest())
    except CallFailed as err:
        if err.reason != "NOT_SIGNED":
            raise
        return None
    return found


async def first_checkpoint(client: Client, *, within_seconds: float) -> pb.GetCheckpointResponse:
    """The newest checkpoint as soon as the cell has signed one; AssertionError if it signs none in that time."""
    found = await until(lambda: newest_checkpoint(client), within_seconds=within_seconds)
    assert found is not None
    return found
