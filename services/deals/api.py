"""The gRPC side of deals: decode, call one use case, encode."""

from collections.abc import AsyncIterator
from functools import partial

from libs.call import Call
from libs.imports import Imported
from libs.pb.prm.deals.v1 import deals_import_pb2 as rows
from libs.pb.prm.deals.v1 import deals_requests_pb2 as pb
from libs.rpc.decode import Incoming
from libs.rpc.imports import row_check, take_batches
from services.deals import wire
from services.deals.usecases import clocks, decisions, drafts, imports, matching, protection
from services.deals.usecases.settings import Env


class DealRegistrationService:
    """prm.deals.v1.DealRegistrationService; the proto says what each method promises."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self._check_row = row_check(rows.ImportRegistrationRow, env.directory)

    async def CreateRegistration(
        self, request: pb.CreateRegistrationRequest, call: Call
    ) -> pb.CreateRegistrationResponse:
        reg = await self._env.run(drafts.create_registration, wire.CREATE.decode(request, call=call))
        return pb.CreateRegistrationResponse(registration=wire.registration(reg, call))

    async def GetRegistration(self, request: pb.GetRegistrationRequest, call: Call) -> pb.GetRegistrationResponse:
        reg = await drafts.get_registration(self._env, wire.GET.decode(request, call=call))
        deadline = clocks.decision_deadline(self._env, reg)
        return wire.seen(reg, deadline, await decisions.claims_taken_back(self._env, reg), call)

    async def ListRegistrations(self, request: pb.ListRegistrationsRequest, call: Call) -> pb.ListRegistrationsResponse:
        page = await drafts.list_registrations(self._env, wire.LIST.decode(request, call=call))
        found = [wire.registration(held.value, call) for held in page.rows]
        return pb.ListRegistrationsResponse(registrations=found, next_page_token=page.next_cursor)

    async def UpdateRegistration(
        self, request: pb.UpdateRegistrationRequest, call: Call
    ) -> pb.UpdateRegistrationResponse:
        reg = await self._env.run(drafts.update_registration, wire.update(request, call))
        return pb.UpdateRegistrationResponse(registration=wire.registration(reg, call))

    async def SubmitRegistration(
        self, request: pb.SubmitRegistrationRequest, call: Call
    ) -> pb.SubmitRegistrationResponse:
        reg = await self._env.run(decisions.submit_registration, wire.SUBMIT.decode(request, call=call))
        return pb.SubmitRegistrationResponse(registration=wire.registration(reg, call))

    async def RecallRegistration(
        self, request: pb.RecallRegistrationRequest, call: Call
    ) -> pb.RecallRegistrationResponse:
        reg = await self._env.run(decisions.recall_registration, wire.RECALL.decode(request, call=call))
        return pb.RecallRegistrationResponse(registration=wire.registration(reg, call))

    async def StartReview(self, request: pb.StartReviewRequest, call: Call) -> pb.StartReviewResponse:
        reg = await self._env.run(decisions.start_review, wire.START_REVIEW.decode(request, call=call))
        return pb.StartReviewResponse(registration=wire.registration(reg, call))

    async def RequestChanges(self, request: pb.RequestChangesRequest, call: Call) -> pb.RequestChangesResponse:
        reg = await self._env.run(decisions.request_changes, wire.REQUEST_CHANGES.decode(request, call=call))
        return pb.RequestChangesResponse(registration=wire.registration(reg, call))

    async def ApproveRegistration(
        self, request: pb.ApproveRegistrationRequest, call: Call
    ) -> pb.ApproveRegistrationResponse:
        reg = await self._env.run(decisions.approve_registration, wire.APPROVE.decode(request, call=call))
        return pb.ApproveRegistrationResponse(registration=wire.registration(reg, call))

    async def RejectRegistration(
        self, request: pb.RejectRegistrationRequest, call: Call
    ) -> pb.RejectRegistrationResponse:
        reg = await self._env.run(decisions.reject_registration, wire.REJECT.decode(request, call=call))
        return pb.RejectRegistrationResponse(registration=wire.registration(reg, call))

    async def WithdrawRegistration(
        self, request: pb.WithdrawRegistrationRequest, call: Call
    ) -> pb.WithdrawRegistrationResponse:
        reg = await self._env.run(protection.withdraw_registration, wire.WITHDRAW.decode(request, call=call))
        return pb.WithdrawRegistrationResponse(registration=wire.registration(reg, call))

    async def ExtendProtection(self, request: pb.ExtendProtectionRequest, call: Call) -> pb.ExtendProtectionResponse:
        reg = await self._env.run(protection.extend_protection, wire.EXTEND.decode(request, call=call))
        return pb.ExtendProtectionResponse(registration=wire.registration(reg, call))

    async def AdvanceStage(self, request: pb.AdvanceStageRequest, call: Call) -> pb.AdvanceStageResponse:
        reg = await self._env.run(protection.advance_stage, wire.ADVANCE.decode(request, call=call))
        return pb.AdvanceStageResponse(registration=wire.registration(reg, call))

    async def ListConflicts(self, request: pb.ListConflictsRequest, call: Call) -> pb.ListConflictsResponse:
        found, more = await matching.list_conflicts(self._env, wire.LIST_CONFLICTS.decode(request, call=call))
        return pb.ListConflictsResponse(conflicts=[wire.conflict(one) for one in found], next_page_token=more)

    async def ConvertRegistration(
        self, request: pb.ConvertRegistrationRequest, call: Call
    ) -> pb.ConvertRegistrationResponse:
        reg = await self._env.run(protection.convert_registration, wire.CONVERT.decode(request, call=call))
        return pb.ConvertRegistrationResponse(registration=wire.registration(reg, call))

    async def ImportRegistrations(
        self, batches: AsyncIterator[Incoming[rows.ImportRegistrationsRequest]], call: Call
    ) -> AsyncIterator[rows.ImportRegistrationsResponse]:
        async for results in take_batches(batches, self._check_row, partial(self._import, call=call)):
            yield rows.ImportRegistrationsResponse(results=results)

    async def _import(self, row: rows.ImportRegistrationRow, *, call: Call) -> Imported:
        return await self._env.run(imports.import_registration, wire.row(row, call))
