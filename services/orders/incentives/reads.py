"""The versions of incentive plans under which sales earn."""

from libs.store.listing import everything
from services.orders.incentives.documents import PLANS
from services.orders.incentives.domain.plan import IN_USE, Plan
from services.orders.settings import Env


async def plans_in_use(env: Env) -> tuple[Plan, ...]:
    """All versions that were published, also those that were retired."""
    return tuple(
        [plan for state in sorted(IN_USE, key=str) for plan in await everything(env.store, PLANS, {"state": state})]
    )
