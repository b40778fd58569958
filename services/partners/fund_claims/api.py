"""The gRPC side of claims: decode, call one use case, encode."""

from libs.call import Call
from libs.decisions.api import shown
from libs.pb.prm.partners import v1 as pb
from libs.store.paging import page_end
from services.partners.fund_claims import wire
from services.partners.fund_claims.usecases import claims
from services.partners.fund_claims.usecases.deciding import FOUR_EYES
from services.partners.settings import Env


class Api:
    """The RPCs of claims."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def SubmitFundClaim(self, request: pb.SubmitFundClaimRequest, call: Call) -> pb.SubmitFundClaimResponse:
        done = await self._env.run(claims.submit_fund_claim, wire.SUBMIT.decode(request, call=call))
        return pb.SubmitFundClaimResponse(fund_claim=wire.CLAIM.encode(done))

    async def ResubmitFundClaim(self, request: pb.ResubmitFundClaimRequest, call: Call) -> pb.ResubmitFundClaimResponse:
        done = await self._env.run(claims.resubmit_fund_claim, wire.RESUBMIT.decode(request, call=call))
        return pb.ResubmitFundClaimResponse(fund_claim=wire.CLAIM.encode(done))

    async def ReturnFundClaim(self, request: pb.ReturnFundClaimRequest, call: Call) -> pb.ReturnFundClaimResponse:
        done = await self._env.run(claims.return_fund_claim, wire.RETURN.decode(request, call=call))
        return pb.ReturnFundClaimResponse(fund_claim=wire.CLAIM.encode(done))

    async def ApproveFundClaim(self, request: pb.ApproveFundClaimRequest, call: Call) -> pb.ApproveFundClaimResponse:
        done = await FOUR_EYES.run(self._env, wire.APPROVE.decode(request, call=call))
        return pb.ApproveFundClaimResponse(fund_claim=wire.CLAIM.encode(done.resource), decision=shown(done.decision))

    async def PayFundClaim(self, request: pb.PayFundClaimRequest, call: Call) -> pb.PayFundClaimResponse:
        done = await self._env.run(claims.pay_fund_claim, wire.PAY.decode(request, call=call))
        return pb.PayFundClaimResponse(fund_claim=wire.CLAIM.encode(done))

    async def GetFundClaim(self, request: pb.GetFundClaimRequest, call: Call) -> pb.GetFundClaimResponse:
        found = await claims.get_fund_claim(self._env, wire.GET.decode(request, call=call))
        return pb.GetFundClaimResponse(fund_claim=wire.CLAIM.encode(found))

    async def ListFundClaims(self, request: pb.ListFundClaimsRequest, call: Call) -> pb.ListFundClaimsResponse:
        page = await claims.list_fund_claims(self._env, wire.LIST.decode(request, call=call))
        found = [wire.CLAIM.encode(loaded.value) for loaded in page.rows]
        return pb.ListFundClaimsResponse(fund_claims=found, **page_end(page))
