"""The kinds of plans and initiatives, with their indexes."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.partners.plan.domain.initiative import Initiative
from services.partners.plan.domain.plan import Plan, PlanBook
from services.partners.plan.domain.states import PlanState


def _awaits_partner(plan: Plan) -> bool:
    return plan.state is PlanState.PROPOSED and plan.partner_agree_time is None


PLANS = Kind(
    "plan",
    Plan,
    serving("partner_id", "state", orders=("", "update_time")),
    owner="partner_id",
    awaited=_awaits_partner,
)
PLAN_BOOKS = Kind("plan_book", PlanBook, owner="id")
INITIATIVES = Kind(
    "initiative",
    Initiative,
    (
        *serving("partner_id", "state", orders=("", "update_time")),
        Index(("partner_id", "root_id")),
        Index(("partner_id", "root_id", "update_time")),
    ),
    owner="partner_id",
)

KINDS = (PLANS, PLAN_BOOKS, INITIATIVES)
