"""The gRPC side of compliance: decode, call one use case, encode."""

from collections.abc import AsyncIterator

from libs.call import Call
from libs.pb.prm.compliance import v1 as pb
from services.compliance import wire
from services.compliance.usecases import audit, export, package, proofs, requests
from services.compliance.usecases.settings import Env


class ComplianceService:
    """prm.compliance.v1.ComplianceService; the proto says what each method promises."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def CreateRequest(self, request: pb.CreateRequestRequest, call: Call) -> pb.CreateRequestResponse:
        done = await self._env.run(requests.create_request, wire.CREATE.decode(request, call=call))
        return pb.CreateRequestResponse(request=wire.request(done))

    async def GetRequest(self, request: pb.GetRequestRequest, call: Call) -> pb.GetRequestResponse:
        found = await requests.get_request(self._env, wire.GET.decode(request, call=call))
        return pb.GetRequestResponse(request=wire.request(found))

    async def ListRequests(self, request: pb.ListRequestsRequest, call: Call) -> pb.ListRequestsResponse:
        page = await requests.list_requests(self._env, wire.LIST.decode(request, call=call))
        found = [wire.request(held.value) for held in page.rows]
        return pb.ListRequestsResponse(requests=found, next_page_token=page.next_cursor)

    async def ExportRequest(
        self, request: pb.ExportRequestRequest, call: Call
    ) -> AsyncIterator[pb.ExportRequestResponse]:
        found = await requests.get_request(self._env, wire.EXPORT.decode(request, call=call))
        made = await package.make_package(self._env, found)
        for chunk in wire.chunks(made):
            yield chunk
        taken = requests.RecordExport(call=call, id=found.id, sha256=made.sha256)
        await self._env.run(requests.record_export, taken)
        yield wire.manifest(made)

    async def ListAuditEntries(self, request: pb.ListAuditEntriesRequest, call: Call) -> pb.ListAuditEntriesResponse:
        page = await audit.list_audit_entries(self._env, wire.LIST_AUDIT.decode(request, call=call))
        found = [wire.entry(held.value) for held in page.rows]
        return pb.ListAuditEntriesResponse(entries=found, next_page_token=page.next_cursor)

    async def GetCheckpoint(self, request: pb.GetCheckpointRequest, call: Call) -> pb.GetCheckpointResponse:
        found = await proofs.get_checkpoint(self._env, wire.GET_CHECKPOINT.decode(request, call=call))
        return pb.GetCheckpointResponse(checkpoint=wire.checkpoint(found))

    async def GetInclusionProof(self, request: pb.GetInclusionProofRequest, call: Call) -> pb.GetInclusionProofResponse:
        found = await proofs.get_inclusion_proof(self._env, wire.GET_INCLUSION.decode(request, call=call))
        return pb.GetInclusionProofResponse(proof=wire.inclusion(found))

    async def GetConsistencyProof(
        self, request: pb.GetConsistencyProofRequest, call: Call
    ) -> pb.GetConsistencyProofResponse:
        found = await proofs.get_consistency_proof(self._env, wire.GET_CONSISTENCY.decode(request, call=call))
        return pb.GetConsistencyProofResponse(proof=wire.consistency(found))

    async def ExportAudit(self, request: pb.ExportAuditRequest, call: Call) -> AsyncIterator[pb.ExportAuditResponse]:
        async for piece in export.export_audit(self._env, wire.EXPORT_AUDIT.decode(request, call=call)):
            yield pb.ExportAuditResponse(data=piece)
