"""Downloads a proof from a running cell and writes it to the output when it is whole and verified."""

import asyncio
import io
import sys

import typer

from libs.audit.proof.__main__ import told
from libs.audit.proof.verification import verify
from libs.audit.signatures import NotAKey, keys_given, read_keys
from libs.pb.prm.compliance import v1 as pb
from libs.pb.prm.compliance.v1 import compliance_service_pb2, proof_service_pb2
from libs.rpc.client import CallFailed
from libs.runtime.visit import NobodyAnswers, Visit

SOUND, BROKEN, NONE = 0, 1, 2
ROLE = "auditor"
PROOF_BYTES = 256 * 1024 * 1024
_COMPLIANCE = compliance_service_pb2.DESCRIPTOR.services_by_name["ComplianceService"].full_name
_PROOFS = proof_service_pb2.DESCRIPTOR.services_by_name["RequestProofService"].full_name


def take(request_id: str, *, to: str, key: str) -> int:
    """Download the proof of a request from the cell at `to` (host:port; empty: PRM_LISTEN) and verify it with `key`
    (empty: the keys that the cell states); returns the exit code. The report goes to the error output."""
    visit = Visit(to, role=ROLE, subject="prove")
    try:
        trusted = keys_given(key) if key else None
        proof, stated = asyncio.run(_receive(visit, request_id))
        report = verify(io.BytesIO(proof), trusted or read_keys(stated))
    except (CallFailed, NobodyAnswers, NotAKey, OSError) as err:
        typer.echo(f"nothing proven: {_why(err)}", err=True)
        return NONE
    for line in told(report):
        typer.echo(line, err=True)
    if not report.sound:
        typer.echo("nothing proven: the proof does not hold", err=True)
        return BROKEN
    if trusted is None:
        typer.echo("checked with the keys that the cell itself states: compare them with those that you were", err=True)
        typer.echo("given by somebody you trust, or say --key", err=True)
        typer.echo(stated, nl=False, err=True)
    sys.stdout.buffer.write(proof)
    sys.stdout.flush()
    return SOUND


async def _receive(visit: Visit, request_id: str) -> tuple[bytes, str]:
    """The proof, and the public keys that the cell states; OSError if it is larger than PROOF_BYTES."""
    found = bytearray()
    async with visit.client() as client:
        await visit.reach(client, _PROOFS)
        newest = await client.call(f"{_COMPLIANCE}/GetCheckpoint", pb.GetCheckpointRequest())
        async for piece in client.stream(f"{_PROOFS}/ProveRequest", pb.ProveRequestRequest(id=request_id)):
            found += piece.data
            if len(found) > PROOF_BYTES:
                raise OSError(f"the proof is larger than {PROOF_BYTES} bytes")
    return bytes(found), str(newest.public_keys)


def _why(err: Exception) -> str:
    if not isinstance(err, CallFailed):
        return str(err)
    return "; ".join([err.message, *(f"{one.field} {one.description}" for one in err.violations)])
