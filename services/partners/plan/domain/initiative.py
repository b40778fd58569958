"""The initiative of a plan, and its moves."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import TypeVar

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from libs.day import first_day_violations
from libs.document import Changes, Document
from libs.errors import AppError, Code, Violation, require_state
from libs.money import Money, currency_violations
from services.partners.plan.domain.plan import Plan, PlanBook
from services.partners.plan.domain.states import MAY_CHANGE_INITIATIVE, OPEN, InitiativeOwner, InitiativeState
from services.partners.plan.events import InitiativeClosed, InitiativeEvent, InitiativeUpdated

INITIATIVES_PER_PARTNER = 2_000

E = TypeVar("E", bound=InitiativeEvent)


class Initiative(Document, frozen=True, kw_only=True):
    """An initiative. root_id: the first version of its plan, by which every version finds it."""

    plan_id: str
    root_id: str
    partner_id: str
    state: InitiativeState = InitiativeState.PLANNED
    title: str
    owner: InitiativeOwner
    owner_contact_id: str = ""
    due_on: date
    cost: Money | None = None
    create_time: datetime
    update_time: datetime


class InitiativeChanges(Changes, frozen=True, kw_only=True):
    """The fields that an update may set. begun: IN_PROGRESS, or PLANNED."""

    title: str | UnsetType = UNSET
    owner: InitiativeOwner | UnsetType | None = UNSET
    owner_contact_id: str | UnsetType = UNSET
    due_on: date | UnsetType | None = UNSET
    cost: Money | UnsetType | None = UNSET
    begun: bool | UnsetType = UNSET


class TooManyInitiatives(AppError):
    """The partner has had the maximum number of initiatives."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_INITIATIVES"

    def __init__(self, partner_id: str) -> None:
        super().__init__(
            f"partner {partner_id} has had {INITIATIVES_PER_PARTNER} initiatives, the most there can be",
            partner_id=partner_id,
            limit=INITIATIVES_PER_PARTNER,
        )


def counted(book: PlanBook) -> PlanBook:
    """The book with one more initiative; TooManyInitiatives."""
    if book.initiatives >= INITIATIVES_PER_PARTNER:
        raise TooManyInitiatives(book.id)
    return replace(book, initiatives=book.initiatives + 1)


def require_open(plan: Plan) -> None:
    """WrongState if the plan has ended."""
    require_state("plan", plan.id, plan.state, action="an initiative", allowed=OPEN)


def initiative_violations(initiative: Initiative, plan: Plan) -> Iterator[Violation]:
    """What is wrong with an initiative of this plan."""
    yield from first_day_violations("due_on", initiative.due_on)
    if initiative.due_on > plan.last_day:
        yield Violation("due_on", f"is after the last day of the plan, {plan.last_day}", "OUTSIDE_PERIOD")
    if initiative.cost is not None:
        yield from currency_violations(initiative.cost.currency, "cost.currency_code")


def change_violations(changes: InitiativeChanges) -> Iterator[Violation]:
    """A violation for every field that cannot be emptied."""
    for field in ("title", "owner", "due_on"):
        if getattr(changes, field) in ("", None):
            yield Violation(field, "cannot be empty", "REQUIRED")


def change(initiative: Initiative, changes: InitiativeChanges, *, now: datetime) -> Initiative:
    """The initiative with these fields replaced."""
    _require_running(initiative, "change")
    given = changes.given()
    if (begun := given.pop("begun", None)) is not None:
        given["state"] = InitiativeState.IN_PROGRESS if begun else InitiativeState.PLANNED
    return replace(initiative, **given, update_time=now)


def updated(initiative: Initiative) -> InitiativeUpdated:
    """The event of a change."""
    return event(InitiativeUpdated, initiative)


def close(initiative: Initiative, outcome: InitiativeState, *, now: datetime) -> tuple[Initiative, InitiativeClosed]:
    """The initiative, DONE or CANCELED."""
    _require_running(initiative, "close")
    after = replace(initiative, state=outcome, update_time=now)
    return after, event(InitiativeClosed, after)


def event(type: type[E], initiative: Initiative) -> E:
    """The event of an initiative."""
    return type(
        initiative_id=initiative.id,
        plan_id=initiative.plan_id,
        partner_id=initiative.partner_id,
        state=initiative.state,
    )


def _require_running(initiative: Initiative, action: str) -> None:
    require_state("initiative", initiative.id, initiative.state, action=action, allowed=MAY_CHANGE_INITIATIVE)
