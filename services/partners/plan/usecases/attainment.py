"""Says how much of a plan is reached."""

from datetime import datetime

import msgspec

from libs.call import Command
from libs.exchange import first_day_for
from libs.rates_projection import tables_between
from services.partners.facts.domain.metrics import FactMetric
from services.partners.facts.domain.sums import Fact
from services.partners.facts.reads import as_of, facts_between
from services.partners.plan.documents import PLANS
from services.partners.plan.domain.attainment import PlanAttainment, attained
from services.partners.plan.domain.plan import Plan
from services.partners.plan.domain.rates import Conversion
from services.partners.plan.domain.targets import month_after
from services.partners.settings import Env


class GetPlanAttainment(Command, frozen=True, kw_only=True):
    """Show what is reached of a plan."""

    id: str


class PlanStanding(msgspec.Struct, frozen=True, kw_only=True):
    """What is reached of each target, and until when everything is in the figures."""

    attainments: tuple[PlanAttainment, ...]
    as_of: datetime


async def get_plan_attainment(env: Env, cmd: GetPlanAttainment) -> PlanStanding:
    """What is reached of each target of the plan, in its order; NotFound."""
    plan = await env.show(PLANS, cmd.id, call=cmd.call)
    until = await as_of(env)
    facts = await _facts(env, plan)
    conversion = await _conversion(env, plan, facts)
    day = env.day_of(until)
    found = (
        attained(one, plan.partner_id, facts[one.metric], as_of=day, conversion=conversion) for one in plan.targets
    )
    return PlanStanding(attainments=tuple(found), as_of=until)


async def _facts(env: Env, plan: Plan) -> dict[FactMetric, tuple[Fact, ...]]:
    """The facts about each metric of the plan, from a year before its first day to its last one."""
    first = month_after(plan.first_day, -12)
    metrics = sorted({target.metric for target in plan.targets}, key=lambda one: one.value)
    return {
        metric: await facts_between(env, plan.partner_id, metric, first=first, last=plan.last_day) for metric in metrics
    }


async def _conversion(env: Env, plan: Plan, facts: dict[FactMetric, tuple[Fact, ...]]) -> Conversion:
    """The rates of the plan; no table is read if there is nothing to convert."""
    wanted = {target.currency for target in plan.targets}
    reported = {fact.currency for of_metric in facts.values() for fact in of_metric}
    if len((wanted | reported) - {""}) < 2 or not plan.rates.source:
        return Conversion(plan.rates, (), first_day=plan.first_day)
    first = first_day_for(month_after(plan.first_day, -12))
    tables = await tables_between(env.store, plan.rates.source, first=first, last=plan.last_day)
    return Conversion(plan.rates, tables, first_day=plan.first_day)
