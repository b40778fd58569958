"""The kinds of joint pursuits, with their indexes."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.deals.pursuit.domain.members import PursuitActivity, PursuitMembership, PursuitStep
from services.deals.pursuit.domain.snapshots import PursuitSnapshot

MEMBERSHIPS = Kind(
    "pursuit_membership",
    PursuitMembership,
    (
        *serving("partner_id", "state", orders=("",)),
        Index(("registration_id", "open")),
        Index(("state", "expire_time")),
        Index(("registration_id", "partner_id", "open"), unique=True),
    ),
    owner="partner_id",
)
SNAPSHOTS = Kind("pursuit_snapshot", PursuitSnapshot, (Index(("registration_id",)),), owner="partner_id")
_OF_MEMBERSHIP = (Index(("membership_id",)), Index(("partner_id", "membership_id")))
STEPS = Kind("pursuit_step", PursuitStep, _OF_MEMBERSHIP, owner="partner_id")
ACTIVITIES = Kind("pursuit_activity", PursuitActivity, _OF_MEMBERSHIP, owner="partner_id")

KINDS = (MEMBERSHIPS, SNAPSHOTS, STEPS, ACTIVITIES)
