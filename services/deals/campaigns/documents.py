"""The kinds of campaigns, with their indexes."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.deals.campaigns.domain.campaign import Campaign, Participation, Touch
from services.deals.campaigns.domain.tallies import CampaignTally

CAMPAIGNS = Kind(
    "campaign",
    Campaign,
    (*serving("state", "kind", orders=("",)), Index(("external_source", "external_id"), unique=True)),
)
PARTICIPATIONS = Kind(
    "participation",
    Participation,
    serving("campaign_id", "partner_id", "state", orders=("",)),
    owner="partner_id",
)
TOUCHES = Kind("touch", Touch, (Index(("campaign_id",)), Index(("lead_id",)), Index(("registration_id",))))
TALLIES = Kind("campaign_tally", CampaignTally, (Index(("stale",)),))

KINDS = (CAMPAIGNS, PARTICIPATIONS, TOUCHES, TALLIES)
