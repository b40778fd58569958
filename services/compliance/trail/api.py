"""The gRPC side of the trail: decode, call one use case, encode."""

from collections.abc import AsyncIterator

from libs.audit.signatures import written_keys
from libs.call import Call
from libs.pb.prm.compliance import v1 as pb
from libs.store.paging import page_end
from services.compliance.settings import Env
from services.compliance.trail import wire
from services.compliance.trail.usecases import entries, export, findings, proofs


class Api:
    """The RPCs that read entries, checkpoints, proofs and findings, and that export the trail."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def ListAuditEntries(self, request: pb.ListAuditEntriesRequest, call: Call) -> pb.ListAuditEntriesResponse:
        page = await entries.list_audit_entries(self._env, wire.LIST.decode(request, call=call))
        found = [wire.ENTRY.encode(loaded.value) for loaded in page.rows]
        return pb.ListAuditEntriesResponse(entries=found, **page_end(page))

    async def GetCheckpoint(self, request: pb.GetCheckpointRequest, call: Call) -> pb.GetCheckpointResponse:
        found = await proofs.get_checkpoint(self._env, wire.GET_CHECKPOINT.decode(request, call=call))
        return pb.GetCheckpointResponse(
            checkpoint=wire.CHECKPOINT.encode(found), public_keys=written_keys(self._env.keys.public_keys())
        )

    async def GetInclusionProof(self, request: pb.GetInclusionProofRequest, call: Call) -> pb.GetInclusionProofResponse:
        found = await proofs.get_inclusion_proof(self._env, wire.GET_INCLUSION.decode(request, call=call))
        return pb.GetInclusionProofResponse(proof=wire.INCLUSION.encode(found))

    async def GetConsistencyProof(
        self, request: pb.GetConsistencyProofRequest, call: Call
    ) -> pb.GetConsistencyProofResponse:
        found = await proofs.get_consistency_proof(self._env, wire.GET_CONSISTENCY.decode(request, call=call))
        return pb.GetConsistencyProofResponse(proof=wire.CONSISTENCY.encode(found))

    async def ListTrailFindings(self, request: pb.ListTrailFindingsRequest, call: Call) -> pb.ListTrailFindingsResponse:
        page = await findings.list_trail_findings(self._env, wire.LIST_FINDINGS.decode(request, call=call))
        found = [wire.FINDING.encode(loaded.value) for loaded in page.rows]
        return pb.ListTrailFindingsResponse(findings=found, **page_end(page))

    async def ExportAudit(self, request: pb.ExportAuditRequest, call: Call) -> AsyncIterator[pb.ExportAuditResponse]:
        async for piece in export.export_audit(self._env, wire.EXPORT.decode(request, call=call)):
            yield pb.ExportAuditResponse(data=piece)
