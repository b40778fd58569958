"""The plan, and each of its moves: a move returns the changed plan and its event."""

from datetime import date, datetime
from typing import TypeVar

from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code, require_state
from services.partners.plan.domain.rates import PlanRates
from services.partners.plan.domain.states import MOVES, PlanMove, PlanSide, PlanState
from services.partners.plan.domain.targets import PlanTarget
from services.partners.plan.events import PlanAgreed, PlanEvent, PlanProposed, PlanReturned, PlanRevised, PlanSuperseded

PLANS_PER_PARTNER = 500

E = TypeVar("E", bound=PlanEvent)


class Plan(Document, frozen=True, kw_only=True):
    """A plan. revision: 1, or one more than the plan that it supersedes. root_id: the first plan of these versions.
    partner_agreement_recorded: the vendor recorded that the partner has agreed elsewhere."""

    partner_id: str
    state: PlanState = PlanState.DRAFT
    title: str
    revision: int = 1
    supersedes_plan_id: str = ""
    root_id: str
    targets: tuple[PlanTarget, ...]
    rates: PlanRates = PlanRates()
    vendor_agree_time: datetime | None = None
    partner_agree_time: datetime | None = None
    partner_agreement_recorded: bool = False
    create_time: datetime
    update_time: datetime

    @property
    def first_day(self) -> date:
        """The first day of its first period."""
        return min(target.first_day for target in self.targets)

    @property
    def last_day(self) -> date:
        """The last day of its last period."""
        return max(target.last_day for target in self.targets)


class PlanBook(Document, frozen=True, kw_only=True):
    """How many plans and initiatives a partner has had; the id is the partner's. Every commit that adds one writes
    it."""

    plans: int = 0
    initiatives: int = 0


class PlanNotOver(AppError):
    """A plan is closed after its last day."""

    code, reason = Code.FAILED_PRECONDITION, "PLAN_NOT_OVER"

    def __init__(self, plan: Plan) -> None:
        super().__init__(f"the last day of plan {plan.id} is {plan.last_day}", id=plan.id, last_day=plan.last_day)


class AlreadyAgreed(AppError):
    """The side has agreed to the plan already."""

    code, reason = Code.FAILED_PRECONDITION, "ALREADY_AGREED"

    def __init__(self, plan: Plan, side: PlanSide) -> None:
        super().__init__(f"the {side.value.lower()} has agreed to plan {plan.id} already", id=plan.id, side=side.value)


class TooManyPlans(AppError):
    """The partner has had the maximum number of plans."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_PLANS"

    def __init__(self, partner_id: str) -> None:
        super().__init__(
            f"partner {partner_id} has had {PLANS_PER_PARTNER} plans, the most there can be",
            partner_id=partner_id,
            limit=PLANS_PER_PARTNER,
        )


def counted(book: PlanBook) -> PlanBook:
    """The book with one more plan; TooManyPlans."""
    if book.plans >= PLANS_PER_PARTNER:
        raise TooManyPlans(book.id)
    return replace(book, plans=book.plans + 1)


def revise(
    plan: Plan, *, title: str, targets: tuple[PlanTarget, ...], rates: PlanRates, now: datetime
) -> tuple[Plan, PlanRevised]:
    """The draft with this content."""
    _moved_to(plan, PlanMove.REVISE)
    after = replace(plan, title=title, targets=targets, rates=rates, update_time=now)
    return after, event(PlanRevised, after)


def propose(plan: Plan, *, now: datetime) -> tuple[Plan, PlanProposed]:
    """The plan, PROPOSED."""
    after = replace(plan, state=_moved_to(plan, PlanMove.PROPOSE), update_time=now)
    return after, event(PlanProposed, after)


def agree(plan: Plan, side: PlanSide, *, recorded: bool = False, now: datetime) -> tuple[Plan, PlanAgreed]:
    """The plan with the agreement of a side; AGREED with the second one. recorded: the vendor says so for the partner.
    AlreadyAgreed."""
    state = _moved_to(plan, PlanMove.AGREE)
    times = {PlanSide.VENDOR: plan.vendor_agree_time, PlanSide.PARTNER: plan.partner_agree_time}
    if times[side] is not None:
        raise AlreadyAgreed(plan, side)
    times[side] = now
    after = replace(
        plan,
        state=state if None not in times.values() else plan.state,
        vendor_agree_time=times[PlanSide.VENDOR],
        partner_agree_time=times[PlanSide.PARTNER],
        partner_agreement_recorded=plan.partner_agreement_recorded or recorded,
        update_time=now,
    )
    return after, event(PlanAgreed, after)


def give_back(plan: Plan, *, now: datetime) -> tuple[Plan, PlanReturned]:
    """The plan, a draft again, to which nobody has agreed."""
    state = _moved_to(plan, PlanMove.RETURN)
    after = replace(
        plan,
        state=state,
        vendor_agree_time=None,
        partner_agree_time=None,
        partner_agreement_recorded=False,
        update_time=now,
    )
    return after, event(PlanReturned, after)


def supersede(plan: Plan, *, now: datetime) -> tuple[Plan, PlanSuperseded]:
    """The plan in whose place another one has come."""
    after = replace(plan, state=_moved_to(plan, PlanMove.SUPERSEDE), update_time=now)
    return after, event(PlanSuperseded, after)


def end(plan: Plan, move: PlanMove, type: type[E], *, today: date, now: datetime) -> tuple[Plan, E]:
    """The plan, CLOSED or CANCELED; PlanNotOver before its last day has passed."""
    state = _moved_to(plan, move)
    if move is PlanMove.CLOSE and today <= plan.last_day:
        raise PlanNotOver(plan)
    after = replace(plan, state=state, update_time=now)
    return after, event(type, after)


def event(type: type[E], plan: Plan) -> E:
    """The event of a plan."""
    return type(
        plan_id=plan.id,
        partner_id=plan.partner_id,
        state=plan.state,
        revision=plan.revision,
        first_day=plan.first_day,
        last_day=plan.last_day,
    )


def _moved_to(plan: Plan, move: PlanMove) -> PlanState:
    allowed, after = MOVES[move]
    require_state("plan", plan.id, plan.state, action=move.value, allowed=allowed)
    return after
