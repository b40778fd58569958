"""The approval of a claim, which may need a second person."""

from libs.decisions.four_eyes import FourEyes
from libs.decisions.guarded import Guarded
from libs.decisions.limits import alone_up_to
from services.partners.fund_claims.documents import FUND_CLAIMS
from services.partners.fund_claims.domain import FundClaim
from services.partners.fund_claims.usecases.claims import ApproveFundClaim, approve_fund_claim
from services.partners.settings import Env


async def is_large_claim(env: Env, cmd: ApproveFundClaim, claim: FundClaim) -> bool:
    """Whether the claim is above what one person may approve in its currency."""
    return alone_up_to(env.settings.policy.fund_claim_alone_up_to, claim.amount.currency) < claim.amount


FOUR_EYES = FourEyes(
    Guarded(
        method="/prm.partners.v1.FundService/ApproveFundClaim",
        permission="partners.fund_claim.approve",
        kind=FUND_CLAIMS,
        command=ApproveFundClaim,
        use_case=approve_fund_claim,
        needed=is_large_claim,
        summary=lambda cmd, claim: (
            f"approve {claim.id}: {claim.amount.decimal} {claim.amount.currency} of fund {claim.fund_id}, "
            f"{cmd.treatment.value}"
        ),
    ),
)
