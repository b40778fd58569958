"""Drafts, checks, publishes, retires and shows versions of incentive plans."""

from collections.abc import Collection
from datetime import date, datetime

from msgspec.structs import replace

from libs.call import Command, ResourceCommand
from libs.document import same_content
from libs.errors import Violation
from libs.money import Money
from libs.rates_projection import tables_between
from libs.store.listing import every_row
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Page, Query, create
from services.orders.incentives.documents import PLANS
from services.orders.incentives.domain import plan as domain
from services.orders.incentives.domain.plan import (
    VERSIONS_AT_MOST,
    Beneficiaries,
    ClawbackPeriod,
    PayoutCalendar,
    Plan,
    PlanBasis,
    PlanContent,
    PlansFull,
    PlanState,
    RateRule,
    UnitCost,
)
from services.orders.incentives.domain.rules import RATES_WITHIN, content_violations, publication_violations
from services.orders.incentives.reads import plans_in_use
from services.orders.record.domain.violations import refuse
from services.orders.settings import Env

_LOCK = "incentive_plans"


class DraftIncentivePlan(Command, frozen=True, kw_only=True):
    """Draft the next version of a plan, or replace its draft; the fields are those of PlanContent."""

    code: str
    name: str = ""
    beneficiaries: Beneficiaries
    basis: PlanBasis
    rules: tuple[RateRule, ...] = ()
    cap: Money | None = None
    floor: Money | None = None
    currency: str
    rate_source: str = ""
    calendar: PayoutCalendar
    clawback: ClawbackPeriod
    clawback_countries: tuple[str, ...] = ()
    unit_costs: tuple[UnitCost, ...] = ()
    beside: tuple[str, ...] = ()
    effective_day: date

    @property
    def content(self) -> PlanContent:
        """What the author says."""
        return PlanContent(**{name: getattr(self, name) for name in PlanContent.__struct_fields__})


class PublishIncentivePlan(ResourceCommand, frozen=True, kw_only=True):
    """Publish a draft."""


class RetireIncentivePlan(ResourceCommand, frozen=True, kw_only=True):
    """End a published version."""

    last_day: date


class GetIncentivePlan(Command, frozen=True, kw_only=True):
    """Show or check one version."""

    id: str


class ListIncentivePlans(ListCommand, frozen=True, kw_only=True):
    """List versions; an empty filter matches all of them."""

    code: str = ""
    state: PlanState | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


async def draft_plan(env: Env, cmd: DraftIncentivePlan) -> Plan:
    """The draft; the newest version, unchanged, if it has this content. InvalidInput, PlansFull."""
    content = cmd.content
    refuse(*content_violations(content))
    async with env.settings.locks.of(_LOCK):
        rows = await every_row(env.store, PLANS, {"code": cmd.code})
        newest = max(rows, key=lambda one: one.value.number, default=None)
        if newest is not None:
            plan = replace(domain.with_content(newest.value, content), update_time=env.clock.now())
            if same_content(newest.value, plan):
                return await env.unchanged(newest, call=cmd.call)
            if newest.value.state is PlanState.DRAFT:
                return await env.commit(newest.put(plan), events=[domain.drafted(plan)], call=cmd.call)
        page = await env.store.find(Query(kind=PLANS, limit=1, count_up_to=VERSIONS_AT_MOST))
        if page.total >= VERSIONS_AT_MOST:
            raise PlansFull
        plan = _new(env, content, newest.value.number + 1 if newest else 1)
        return await env.commit(create(PLANS, plan), events=[domain.drafted(plan)], call=cmd.call)


async def check_plan(env: Env, cmd: GetIncentivePlan) -> tuple[Violation, ...]:
    """What forbids to publish a version now; NotFound."""
    return await _faults(env, await env.show(PLANS, cmd.id, call=cmd.call))


async def publish_plan(env: Env, cmd: PublishIncentivePlan) -> Plan:
    """The version in PUBLISHED; WrongState, InvalidInput."""
    async with env.settings.locks.of(_LOCK):
        loaded = await env.load(PLANS, cmd.id, call=cmd.call, etag=cmd.etag)
        plan, event = domain.publish(loaded.value, now=env.clock.now())
        refuse(*await _faults(env, loaded.value))
        return await env.commit(loaded.put(plan), events=[event], call=cmd.call)


async def retire_plan(env: Env, cmd: RetireIncentivePlan) -> Plan:
    """The version in RETIRED; WrongState, InvalidInput."""
    loaded = await env.load(PLANS, cmd.id, call=cmd.call, etag=cmd.etag)
    plan, event = domain.retire(loaded.value, last_day=cmd.last_day, now=env.clock.now())
    first = max(env.today(), plan.effective_day)
    if cmd.last_day < first:
        refuse(Violation("last_day", f"is before {first}", "OUT_OF_RANGE"))
    return await env.commit(loaded.put(plan), events=[event], call=cmd.call)


async def get_plan(env: Env, cmd: GetIncentivePlan) -> Plan:
    """The version as it is now; NotFound."""
    return await env.show(PLANS, cmd.id, call=cmd.call)


async def list_plans(env: Env, cmd: ListIncentivePlans) -> Page[Plan]:
    """One page of versions, by id unless the caller asks for another order."""
    return await env.listing(PLANS, filters_of(cmd, "code", "state"), call=cmd.call, **paged(cmd, UPDATED))


async def _faults(env: Env, plan: Plan) -> tuple[Violation, ...]:
    others = await plans_in_use(env)
    quoted = await _quoted(env, plan)
    return (
        *content_violations(plan),
        *publication_violations(plan, others, today=env.today(), quoted=quoted),
    )


async def _quoted(env: Env, plan: Plan) -> Collection[str]:
    """The currencies of which the source has a rate within RATES_WITHIN."""
    if not plan.rate_source:
        return ()
    last = env.today()
    tables = await tables_between(env.store, plan.rate_source, first=last - RATES_WITHIN, last=last)
    return {one.base_currency for one in tables} | {quote.currency for one in tables for quote in one.quotes}


def _new(env: Env, content: PlanContent, number: int) -> Plan:
    now = env.clock.now()
    fields = {name: getattr(content, name) for name in content.__struct_fields__}
    return Plan(id=env.ids.new("inc"), number=number, create_time=now, update_time=now, **fields)
