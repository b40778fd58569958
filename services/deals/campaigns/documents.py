"""The kinds of campaigns, with their indexes."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.deals.campaigns.domain.campaign import Campaign, Participation, Touch

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

KINDS = (CAMPAIGNS, PARTICIPATIONS, TOUCHES)
