"""The kinds of reports from other services and of their totals, with their indexes."""

from libs.store.port import Index, Kind
from services.partners.activity.domain import Activity, Trace

TRACES = Kind(
    "trace",
    Trace,
    (Index(("partner_id", "pending")), Index(("pending",)), Index(("partner_id", "standing_date"))),
    owner="partner_id",
)
ACTIVITIES = Kind("activity", Activity, (Index(("stale",)),), owner="id")

KINDS = (TRACES, ACTIVITIES)
