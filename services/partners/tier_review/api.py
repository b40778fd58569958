"""The gRPC side of memberships: decode, call one use case, encode."""

from libs.call import Call
from libs.decisions.api import shown
from libs.pb.prm.partners import v1 as pb
from libs.store.paging import page_end
from services.partners.settings import Env
from services.partners.tier_review import wire
from services.partners.tier_review.usecases import enrolments, progress
from services.partners.tier_review.usecases.deciding import FOUR_EYES


class Api:
    """The RPCs for memberships, their progress and their history."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def Enroll(self, request: pb.EnrollRequest, call: Call) -> pb.EnrollResponse:
        enrolment = await self._env.run(enrolments.enroll, wire.ENROLL.decode(request, call=call))
        return pb.EnrollResponse(enrolment=wire.ENROLMENT.encode(enrolment))

    async def EndEnrolment(self, request: pb.EndEnrolmentRequest, call: Call) -> pb.EndEnrolmentResponse:
        enrolment = await self._env.run(enrolments.end_enrolment, wire.END.decode(request, call=call))
        return pb.EndEnrolmentResponse(enrolment=wire.ENROLMENT.encode(enrolment))

    async def WithdrawEnrolmentEnd(
        self, request: pb.WithdrawEnrolmentEndRequest, call: Call
    ) -> pb.WithdrawEnrolmentEndResponse:
        cmd = wire.WITHDRAW_END.decode(request, call=call)
        enrolment = await self._env.run(enrolments.withdraw_enrolment_end, cmd)
        return pb.WithdrawEnrolmentEndResponse(enrolment=wire.ENROLMENT.encode(enrolment))

    async def ListEnrolments(self, request: pb.ListEnrolmentsRequest, call: Call) -> pb.ListEnrolmentsResponse:
        page = await enrolments.list_enrolments(self._env, wire.LIST.decode(request, call=call))
        found = [wire.ENROLMENT.encode(loaded.value) for loaded in page.rows]
        return pb.ListEnrolmentsResponse(enrolments=found, **page_end(page))

    async def ConfirmPromotion(self, request: pb.ConfirmPromotionRequest, call: Call) -> pb.ConfirmPromotionResponse:
        enrolment = await self._env.run(enrolments.confirm_promotion, wire.CONFIRM.decode(request, call=call))
        return pb.ConfirmPromotionResponse(enrolment=wire.ENROLMENT.encode(enrolment))

    async def OverrideTier(self, request: pb.OverrideTierRequest, call: Call) -> pb.OverrideTierResponse:
        done = await FOUR_EYES.run(self._env, wire.OVERRIDE.decode(request, call=call))
        return pb.OverrideTierResponse(enrolment=wire.ENROLMENT.encode(done.resource), decision=shown(done.decision))

    async def GetTierProgress(self, request: pb.GetTierProgressRequest, call: Call) -> pb.GetTierProgressResponse:
        return wire.PROGRESS.encode(
            await progress.get_tier_progress(self._env, wire.GET_PROGRESS.decode(request, call=call))
        )

    async def ListTierHistory(self, request: pb.ListTierHistoryRequest, call: Call) -> pb.ListTierHistoryResponse:
        page = await enrolments.list_tier_history(self._env, wire.LIST_HISTORY.decode(request, call=call))
        found = [wire.CHANGE.encode(loaded.value) for loaded in page.rows]
        return pb.ListTierHistoryResponse(changes=found, **page_end(page))
