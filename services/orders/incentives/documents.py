"""The kind of versions of incentive plans, with its indexes."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.orders.incentives.domain.plan import Plan

PLANS = Kind(
    "incentive_plan",
    Plan,
    (*serving("code", "state", orders=("", "update_time")), Index(("code", "number"), unique=True)),
)

KINDS = (PLANS,)
