"""What came of a campaign, counted before anybody asks."""

from libs.document import Document
from services.deals.campaigns.domain.attribution import CampaignSums


class CampaignTally(Document, frozen=True, kw_only=True):
    """The leads, claims and orders of a campaign; the id is the campaign's. stale: something may have changed since
    they were counted. sums: by currency. more: whether there are others, which are not counted."""

    stale: bool = True
    lead_count: int = 0
    claim_count: int = 0
    order_count: int = 0
    sums: tuple[CampaignSums, ...] = ()
    more: bool = False
