"""Which documents of partners are open, and how a partner gets another distributor."""

from datetime import datetime

from msgspec.structs import replace

from libs.rights import UNSIGNED
from services.partners.agreement.domain.states import RUNNING
from services.partners.funds.domain.states import FundClaimState, FundingRequestState
from services.partners.leaving.events import PartnerHandedOver
from services.partners.record.domain.partner import Partner
from services.partners.record.events import facts_of

OPEN_AGREEMENTS = RUNNING | UNSIGNED
OPEN_REQUESTS = frozenset({FundingRequestState.DRAFT, FundingRequestState.SUBMITTED, FundingRequestState.APPROVED})
OPEN_CLAIMS = frozenset({FundClaimState.SUBMITTED, FundClaimState.RETURNED, FundClaimState.APPROVED})


def hand_over(
    partner: Partner, parent_partner_id: str, *, handover_id: str, now: datetime
) -> tuple[Partner, PartnerHandedOver]:
    """The partner, which buys from another distributor."""
    moved = replace(partner, parent_partner_id=parent_partner_id, update_time=now)
    return moved, PartnerHandedOver(partner_id=moved.id, facts=facts_of(moved), handover_id=handover_id)
