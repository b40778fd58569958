"""What is left on a closed fund: it expires, is taken back from what expired, or is carried over as a deficit."""

from services.partners.funds.domain.fund import Fund
from services.partners.funds.domain.ledger import Posting
from services.partners.funds.domain.states import FundEntryType


def own_settlement(fund: Fund) -> tuple[Posting, ...]:
    """The postings of a closed fund in its own ledger: what is available expires; a deficit takes back what has
    expired, because the partner never had it."""
    left = fund.available
    if left.amount < 0:
        left = -min(-left, fund.expired)
    return (Posting(FundEntryType.EXPIRE, left, fund.id),) if left.amount else ()


def carried(fund: Fund, following: Fund) -> tuple[Posting, Posting]:
    """The postings, here and in the following fund, that carry the deficit of a closed fund over."""
    deficit = -fund.available
    return (
        Posting(FundEntryType.ACCRUE, deficit, following.id),
        Posting(FundEntryType.ACCRUE, -deficit, fund.id),
    )
