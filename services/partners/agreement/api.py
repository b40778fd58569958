"""The gRPC side of agreements: decode, call one use case, encode."""

from libs.call import Call
from libs.decisions.api import shown
from libs.pb.prm.partners import v1 as pb
from libs.store.paging import page_end
from services.partners.agreement import wire
from services.partners.agreement.usecases import ending, writing
from services.partners.agreement.usecases.ending import FOUR_EYES
from services.partners.settings import Env


class Api:
    """The RPCs for agreements."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def DraftAgreement(self, request: pb.DraftAgreementRequest, call: Call) -> pb.DraftAgreementResponse:
        agreement = await self._env.run(writing.draft_agreement, wire.DRAFT.decode(request, call=call))
        found = wire.SHOWN.encode(await writing.with_statute(self._env, agreement))
        return pb.DraftAgreementResponse(agreement=found.agreement, statute=found.statute)

    async def ReviseAgreement(self, request: pb.ReviseAgreementRequest, call: Call) -> pb.ReviseAgreementResponse:
        agreement = await self._env.run(writing.revise_agreement, wire.REVISE.decode(request, call=call))
        found = wire.SHOWN.encode(await writing.with_statute(self._env, agreement))
        return pb.ReviseAgreementResponse(agreement=found.agreement, statute=found.statute)

    async def SendAgreement(self, request: pb.SendAgreementRequest, call: Call) -> pb.SendAgreementResponse:
        agreement = await self._env.run(writing.send_agreement, wire.SEND.decode(request, call=call))
        return pb.SendAgreementResponse(agreement=wire.AGREEMENT.encode(agreement))

    async def SignAgreement(self, request: pb.SignAgreementRequest, call: Call) -> pb.SignAgreementResponse:
        agreement = await self._env.run(writing.sign_agreement, wire.SIGN.decode(request, call=call))
        return pb.SignAgreementResponse(agreement=wire.AGREEMENT.encode(agreement))

    async def GiveNotice(self, request: pb.GiveNoticeRequest, call: Call) -> pb.GiveNoticeResponse:
        agreement = await self._env.run(ending.give_notice, wire.GIVE_NOTICE.decode(request, call=call))
        found = wire.SHOWN.encode(await writing.with_statute(self._env, agreement))
        return pb.GiveNoticeResponse(agreement=found.agreement, statute=found.statute)

    async def RenewAgreement(self, request: pb.RenewAgreementRequest, call: Call) -> pb.RenewAgreementResponse:
        agreement = await self._env.run(ending.renew_agreement, wire.RENEW.decode(request, call=call))
        return pb.RenewAgreementResponse(agreement=wire.AGREEMENT.encode(agreement))

    async def TerminateAgreement(
        self, request: pb.TerminateAgreementRequest, call: Call
    ) -> pb.TerminateAgreementResponse:
        done = await FOUR_EYES.run(self._env, wire.TERMINATE.decode(request, call=call))
        agreement = wire.AGREEMENT.encode(done.resource)
        return pb.TerminateAgreementResponse(agreement=agreement, decision=shown(done.decision))

    async def GetAgreement(self, request: pb.GetAgreementRequest, call: Call) -> pb.GetAgreementResponse:
        return wire.SHOWN.encode(await writing.get_agreement(self._env, wire.GET.decode(request, call=call)))

    async def ListAgreements(self, request: pb.ListAgreementsRequest, call: Call) -> pb.ListAgreementsResponse:
        page = await writing.list_agreements(self._env, wire.LIST.decode(request, call=call))
        found = [wire.AGREEMENT.encode(loaded.value) for loaded in page.rows]
        return pb.ListAgreementsResponse(agreements=found, **page_end(page))
