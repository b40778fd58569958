"""The gRPC side of review: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.deals import v1 as pb
from services.deals.claims.wire import registration
from services.deals.review import usecases, wire
from services.deals.settings import Env


class Api:
    """The RPCs of partner and vendor from the submission of a claim to the decision."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def SubmitRegistration(
        self, request: pb.SubmitRegistrationRequest, call: Call
    ) -> pb.SubmitRegistrationResponse:
        reg = await self._env.run(usecases.submit_registration, wire.SUBMIT.decode(request, call=call))
        return pb.SubmitRegistrationResponse(registration=registration(reg, call))

    async def RecallRegistration(
        self, request: pb.RecallRegistrationRequest, call: Call
    ) -> pb.RecallRegistrationResponse:
        reg = await self._env.run(usecases.recall_registration, wire.RECALL.decode(request, call=call))
        return pb.RecallRegistrationResponse(registration=registration(reg, call))

    async def StartReview(self, request: pb.StartReviewRequest, call: Call) -> pb.StartReviewResponse:
        reg = await self._env.run(usecases.start_review, wire.START_REVIEW.decode(request, call=call))
        return pb.StartReviewResponse(registration=registration(reg, call))

    async def RequestChanges(self, request: pb.RequestChangesRequest, call: Call) -> pb.RequestChangesResponse:
        reg = await self._env.run(usecases.request_changes, wire.REQUEST_CHANGES.decode(request, call=call))
        return pb.RequestChangesResponse(registration=registration(reg, call))

    async def ApproveRegistration(
        self, request: pb.ApproveRegistrationRequest, call: Call
    ) -> pb.ApproveRegistrationResponse:
        reg = await self._env.run(usecases.approve_registration, wire.APPROVE.decode(request, call=call))
        return pb.ApproveRegistrationResponse(registration=registration(reg, call))

    async def RejectRegistration(
        self, request: pb.RejectRegistrationRequest, call: Call
    ) -> pb.RejectRegistrationResponse:
        reg = await self._env.run(usecases.reject_registration, wire.REJECT.decode(request, call=call))
        return pb.RejectRegistrationResponse(registration=registration(reg, call))
