"""The gRPC side of funds: decode, call one use case, encode."""

from libs.call import Call
from libs.decisions.api import shown
from libs.pb.prm.partners import v1 as pb
from libs.store.paging import page_end
from services.partners.funds import wire
from services.partners.funds.usecases import funds, requests
from services.partners.funds.usecases.deciding import FOUR_EYES
from services.partners.settings import Env


class Api:
    """The RPCs of funds, their ledgers and requests."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def OpenFund(self, request: pb.OpenFundRequest, call: Call) -> pb.OpenFundResponse:
        done = await self._env.run(funds.open_fund, wire.OPEN.decode(request, call=call))
        return pb.OpenFundResponse(fund=wire.fund(done))

    async def TopUpFund(self, request: pb.TopUpFundRequest, call: Call) -> pb.TopUpFundResponse:
        done = await self._env.run(funds.top_up_fund, wire.TOP_UP.decode(request, call=call))
        return pb.TopUpFundResponse(fund=wire.fund(done))

    async def GetFund(self, request: pb.GetFundRequest, call: Call) -> pb.GetFundResponse:
        found = await funds.get_fund(self._env, wire.GET.decode(request, call=call))
        return pb.GetFundResponse(fund=wire.fund(found))

    async def ListFunds(self, request: pb.ListFundsRequest, call: Call) -> pb.ListFundsResponse:
        page = await funds.list_funds(self._env, wire.LIST.decode(request, call=call))
        found = [wire.fund(loaded.value) for loaded in page.rows]
        return pb.ListFundsResponse(funds=found, **page_end(page))

    async def ListFundEntries(self, request: pb.ListFundEntriesRequest, call: Call) -> pb.ListFundEntriesResponse:
        page = await funds.list_fund_entries(self._env, wire.LIST_ENTRIES.decode(request, call=call))
        found = [wire.ENTRY.encode(loaded.value) for loaded in page.rows]
        return pb.ListFundEntriesResponse(entries=found, **page_end(page))

    async def CreateFundingRequest(
        self, request: pb.CreateFundingRequestRequest, call: Call
    ) -> pb.CreateFundingRequestResponse:
        done = await self._env.run(requests.create_funding_request, wire.CREATE_REQUEST.decode(request, call=call))
        return pb.CreateFundingRequestResponse(funding_request=wire.REQUEST.encode(done))

    async def SubmitFundingRequest(
        self, request: pb.SubmitFundingRequestRequest, call: Call
    ) -> pb.SubmitFundingRequestResponse:
        done = await self._env.run(requests.submit_funding_request, wire.SUBMIT_REQUEST.decode(request, call=call))
        return pb.SubmitFundingRequestResponse(funding_request=wire.REQUEST.encode(done))

    async def CancelFundingRequest(
        self, request: pb.CancelFundingRequestRequest, call: Call
    ) -> pb.CancelFundingRequestResponse:
        done = await self._env.run(requests.cancel_funding_request, wire.CANCEL_REQUEST.decode(request, call=call))
        return pb.CancelFundingRequestResponse(funding_request=wire.REQUEST.encode(done))

    async def ApproveFundingRequest(
        self, request: pb.ApproveFundingRequestRequest, call: Call
    ) -> pb.ApproveFundingRequestResponse:
        done = await FOUR_EYES.run(self._env, wire.APPROVE_REQUEST.decode(request, call=call))
        return pb.ApproveFundingRequestResponse(
            funding_request=wire.REQUEST.encode(done.resource), decision=shown(done.decision)
        )

    async def RejectFundingRequest(
        self, request: pb.RejectFundingRequestRequest, call: Call
    ) -> pb.RejectFundingRequestResponse:
        done = await self._env.run(requests.reject_funding_request, wire.REJECT_REQUEST.decode(request, call=call))
        return pb.RejectFundingRequestResponse(funding_request=wire.REQUEST.encode(done))

    async def GetFundingRequest(self, request: pb.GetFundingRequestRequest, call: Call) -> pb.GetFundingRequestResponse:
        found = await requests.get_funding_request(self._env, wire.GET_REQUEST.decode(request, call=call))
        return pb.GetFundingRequestResponse(funding_request=wire.REQUEST.encode(found))

    async def ListFundingRequests(
        self, request: pb.ListFundingRequestsRequest, call: Call
    ) -> pb.ListFundingRequestsResponse:
        page = await requests.list_funding_requests(self._env, wire.LIST_REQUESTS.decode(request, call=call))
        found = [wire.REQUEST.encode(loaded.value) for loaded in page.rows]
        return pb.ListFundingRequestsResponse(funding_requests=found, **page_end(page))
