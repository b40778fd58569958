"""The approval of a request, which may need a second person."""

from libs.decisions.four_eyes import FourEyes
from libs.decisions.guarded import Guarded
from libs.decisions.limits import alone_up_to
from services.partners.funds.documents import FUNDING_REQUESTS
from services.partners.funds.domain.request import FundingRequest
from services.partners.funds.usecases.requests import ApproveFundingRequest, approve_funding_request
from services.partners.settings import Env


async def is_large_request(env: Env, cmd: ApproveFundingRequest, request: FundingRequest) -> bool:
    """Whether the approved amount is above what one person may approve in its currency."""
    approved = request.approved_amount or request.amount
    return alone_up_to(env.settings.policy.funding_request_alone_up_to, approved.currency) < approved


FOUR_EYES = FourEyes(
    Guarded(
        method="/prm.partners.v1.FundService/ApproveFundingRequest",
        permission="partners.funding_request.approve",
        kind=FUNDING_REQUESTS,
        command=ApproveFundingRequest,
        use_case=approve_funding_request,
        needed=is_large_request,
        summary=lambda cmd, request: (
            f"approve {request.id}: {(request.approved_amount or request.amount).decimal} {request.amount.currency} "
            f"of fund {request.fund_id}"
        ),
    ),
)
