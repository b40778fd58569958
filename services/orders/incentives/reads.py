"""The versions of incentive plans under which sales earn."""

from libs.errors import NotFound
from libs.store.listing import everything
from services.orders.incentives.documents import PLANS
from services.orders.incentives.domain.plan import IN_USE, Plan
from services.orders.settings import Env


async def plans_in_use(env: Env) -> tuple[Plan, ...]:
    """All versions that were published, also those that were retired."""
    return tuple(
        [plan for state in sorted(IN_USE, key=str) for plan in await everything(env.store, PLANS, {"state": state})]
    )


async def published_versions(env: Env, code: str) -> tuple[Plan, ...]:
    """The versions of a code that were published, at least one; NotFound."""
    found = tuple([one for one in await plans_in_use(env) if one.code == code])
    if not found:
        raise NotFound(PLANS.name, code, "has no published version")
    return found
