"""The gRPC side of credit: decode, call one use case, encode."""

from libs.call import Call
from libs.decisions.api import shown
from libs.pb.prm.orders import v1 as pb
from services.orders.credit import usecases, wire
from services.orders.credit.usecases import FOUR_EYES
from services.orders.settings import Env


class Api:
    """The RPCs for credit terms and accounts."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def SetCreditTerms(self, request: pb.SetCreditTermsRequest, call: Call) -> pb.SetCreditTermsResponse:
        done = await FOUR_EYES.run(self._env, wire.SET_TERMS.decode(request, call=call))
        return pb.SetCreditTermsResponse(credit_account=wire.account(done.resource), decision=shown(done.decision))

    async def GetCreditAccount(self, request: pb.GetCreditAccountRequest, call: Call) -> pb.GetCreditAccountResponse:
        found = await usecases.get_credit_account(self._env, wire.GET_ACCOUNT.decode(request, call=call))
        return wire.standing(found)
