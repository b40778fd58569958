"""Drafts, revises, proposes, agrees to, returns, ends, shows and lists plans."""

from datetime import datetime

import msgspec

from libs.call import Command, ResourceCommand, require_permission
from libs.document import same_content
from libs.env import About
from libs.errors import InvalidInput, NotFound, Violation, require_state
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Page, Write, create
from services.partners.plan.documents import PLANS
from services.partners.plan.domain import plan as domain
from services.partners.plan.domain.plan import Plan
from services.partners.plan.domain.rates import PlanRates
from services.partners.plan.domain.states import MOVES, PlanMove, PlanSide, PlanState
from services.partners.plan.domain.targets import PlanTarget, target_violations
from services.partners.plan.events import PlanCanceled, PlanClosed, PlanDrafted, PlanEvent
from services.partners.plan.reads import book_lock, book_of, book_put
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.states import MAY_UPDATE
from services.partners.settings import Env

RECORD = "partners.plan.agree_for_partner"


class DraftPlan(Command, frozen=True, kw_only=True):
    """Draft a plan."""

    partner_id: str
    title: str
    targets: tuple[PlanTarget, ...]
    rates: PlanRates = PlanRates()
    supersedes_plan_id: str = ""


class RevisePlan(ResourceCommand, frozen=True, kw_only=True):
    """Replace the content of a draft."""

    title: str
    targets: tuple[PlanTarget, ...]
    rates: PlanRates = PlanRates()


class ProposePlan(ResourceCommand, frozen=True, kw_only=True):
    """Ask both sides to agree."""


class AgreePlan(ResourceCommand, frozen=True, kw_only=True):
    """Agree for a side; None: that of the caller."""

    side: PlanSide | None = None


class ReturnPlan(ResourceCommand, frozen=True, kw_only=True):
    """Make a proposed plan a draft again."""


class ClosePlan(ResourceCommand, frozen=True, kw_only=True):
    """Close a plan whose last day has passed."""


class CancelPlan(ResourceCommand, frozen=True, kw_only=True):
    """Call a plan off."""


class GetPlan(Command, frozen=True, kw_only=True):
    """Show one plan."""

    id: str


class ListPlans(ListCommand, frozen=True, kw_only=True):
    """List plans; an empty filter matches all of them."""

    partner_id: str = ""
    state: PlanState | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


async def draft_plan(env: Env, cmd: DraftPlan) -> Plan:
    """The new draft. NotFound, WrongState, InvalidInput, TooManyPlans."""
    _refuse_wrong(cmd.targets)
    async with book_lock(env, cmd.partner_id):
        partner = (await env.load(PARTNERS, cmd.partner_id, call=cmd.call)).value
        require_state("partner", partner.id, partner.status, action="draft a plan", allowed=MAY_UPDATE)
        superseded = await _superseded(env, cmd)
        loaded, book = await book_of(env, partner.id)
        new_id, now = env.ids.new("pln"), env.clock.now()
        plan = Plan(
            id=new_id,
            partner_id=partner.id,
            title=cmd.title,
            revision=superseded.revision + 1 if superseded else 1,
            supersedes_plan_id=cmd.supersedes_plan_id,
            root_id=superseded.root_id if superseded else new_id,
            targets=cmd.targets,
            rates=cmd.rates,
            create_time=now,
            update_time=now,
        )
        told = domain.event(PlanDrafted, plan)
        put = book_put(loaded, domain.counted(book))
        return await env.commit(create(PLANS, plan), put, events=[told], call=cmd.call)


async def revise_plan(env: Env, cmd: RevisePlan) -> Plan:
    """The draft with this content; unchanged if it has it already. WrongState, InvalidInput."""
    _refuse_wrong(cmd.targets)
    loaded = await env.load(PLANS, cmd.id, call=cmd.call, etag=cmd.etag)
    plan, event = domain.revise(
        loaded.value, title=cmd.title, targets=cmd.targets, rates=cmd.rates, now=env.clock.now()
    )
    if same_content(loaded.value, plan):
        return await env.unchanged(loaded, call=cmd.call)
    return await env.commit(loaded.put(plan), events=[event], call=cmd.call)


async def propose_plan(env: Env, cmd: ProposePlan) -> Plan:
    """The plan, PROPOSED. WrongState."""
    loaded = await env.load(PLANS, cmd.id, call=cmd.call, etag=cmd.etag)
    plan, event = domain.propose(loaded.value, now=env.clock.now())
    return await env.commit(loaded.put(plan), events=[event], call=cmd.call)


async def agree_plan(env: Env, cmd: AgreePlan) -> Plan:
    """The plan with the agreement of a side. With the second one it is AGREED, and the same commit writes the plan that
    it supersedes. InvalidInput, PermissionDenied, WrongState, AlreadyAgreed."""
    own = PlanSide.PARTNER if cmd.call.caller.partner_id else PlanSide.VENDOR
    side, now = cmd.side or own, env.clock.now()
    if own is PlanSide.PARTNER and side is not own:
        raise InvalidInput([Violation("side", "is not that of the caller", "NOT_ALLOWED")])
    if side is not own:
        require_permission(cmd.call, RECORD)
    loaded = await env.load(PLANS, cmd.id, call=cmd.call, etag=cmd.etag)
    plan, event = domain.agree(loaded.value, side, recorded=side is not own, now=now)
    writes: list[Write] = []
    events: list[msgspec.Struct | About] = [event]
    if plan.state is PlanState.AGREED and plan.supersedes_plan_id:
        other = await env.load(PLANS, plan.supersedes_plan_id, call=cmd.call)
        superseded, told = domain.supersede(other.value, now=now)
        put = other.put(superseded)
        writes, events = [put], [event, About(told, put.document)]
    return await env.commit(loaded.put(plan), *writes, events=events, call=cmd.call)


async def return_plan(env: Env, cmd: ReturnPlan) -> Plan:
    """The plan, a draft again. WrongState."""
    loaded = await env.load(PLANS, cmd.id, call=cmd.call, etag=cmd.etag)
    plan, event = domain.give_back(loaded.value, now=env.clock.now())
    return await env.commit(loaded.put(plan), events=[event], call=cmd.call)


async def close_plan(env: Env, cmd: ClosePlan) -> Plan:
    """The plan, CLOSED. WrongState, PlanNotOver."""
    return await _ended(env, cmd, PlanMove.CLOSE, PlanClosed)


async def cancel_plan(env: Env, cmd: CancelPlan) -> Plan:
    """The plan, CANCELED. WrongState."""
    return await _ended(env, cmd, PlanMove.CANCEL, PlanCanceled)


async def get_plan(env: Env, cmd: GetPlan) -> Plan:
    """The plan as it is now; NotFound."""
    return await env.show(PLANS, cmd.id, call=cmd.call)


async def list_plans(env: Env, cmd: ListPlans) -> Page[Plan]:
    """One page of plans, by id unless the caller asks for another order."""
    return await env.listing(PLANS, filters_of(cmd, "partner_id", "state"), call=cmd.call, **paged(cmd, UPDATED))


async def _ended(env: Env, cmd: ResourceCommand, move: PlanMove, type: type[PlanEvent]) -> Plan:
    loaded = await env.load(PLANS, cmd.id, call=cmd.call, etag=cmd.etag)
    plan, event = domain.end(loaded.value, move, type, today=env.today(), now=env.clock.now())
    return await env.commit(loaded.put(plan), events=[event], call=cmd.call)


async def _superseded(env: Env, cmd: DraftPlan) -> Plan | None:
    """The plan to supersede, None if none is named; NotFound unless it is of the same partner, WrongState unless it is
    AGREED."""
    if not cmd.supersedes_plan_id:
        return None
    plan = (await env.load(PLANS, cmd.supersedes_plan_id, call=cmd.call)).value
    if plan.partner_id != cmd.partner_id:
        raise NotFound(PLANS.name, plan.id)
    require_state("plan", plan.id, plan.state, action="supersede", allowed=MOVES[PlanMove.SUPERSEDE][0])
    return plan


def _refuse_wrong(targets: tuple[PlanTarget, ...]) -> None:
    if wrong := [*target_violations(targets)]:
        raise InvalidInput(wrong)
