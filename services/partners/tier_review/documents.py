"""The kinds of memberships and of the tier history, with their indexes."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.partners.tier_review.domain.enrolment import Enrolment, TierChange

ENROLMENTS = Kind(
    "enrolment",
    Enrolment,
    (
        *serving("partner_id", "program", "state", orders=("", "update_time")),
        Index(("act_at",)),
        Index(("active_key",), unique=True),
    ),
    owner="partner_id",
)
TIER_CHANGES = Kind("tier_change", TierChange, serving("partner_id", "cause", orders=("",)), owner="partner_id")

KINDS = (ENROLMENTS, TIER_CHANGES)
