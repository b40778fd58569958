"""A business review: the figures that were looked at, what was decided, and how the figures moved since."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import NotFound, Violation, require_state
from libs.person import PersonalText
from services.partners.facts.domain.metrics import FactMetric, Figure, Sum, figure
from services.partners.facts.domain.sums import Fact
from services.partners.plan.domain.states import MAY_CHANGE_INITIATIVE, InitiativeOwner, InitiativeState
from services.partners.plan.domain.targets import month_after
from services.partners.relations.domain.log import day_violations
from services.partners.relations.events import BusinessReviewEvent

WINDOW_MONTHS = 3

E = TypeVar("E", bound=BusinessReviewEvent)


class ReviewFigure(msgspec.Struct, frozen=True, kw_only=True):
    """A figure of whole months. values: one for each currency; none: nothing was reported."""

    metric: FactMetric
    first_day: date
    last_day: date
    values: tuple[Figure, ...] = ()


class ReviewDecision(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided. state: PLANNED, DONE or CANCELED."""

    number: int
    title: str
    owner: InitiativeOwner
    due_on: date
    state: InitiativeState = InitiativeState.PLANNED


class ReviewEffect(msgspec.Struct, frozen=True, kw_only=True):
    """A figure of a review, and the same metric in a window as long now."""

    then: ReviewFigure
    now: ReviewFigure


class BusinessReview(Document, frozen=True, kw_only=True):
    """A review. window_months: how many whole months before that of `held_on` the figures are of."""

    partner_id: str
    held_on: date
    window_months: int
    figures: tuple[ReviewFigure, ...] = ()
    decisions: tuple[ReviewDecision, ...] = ()
    notes: PersonalText | None = None
    shared: bool = False
    create_time: datetime
    update_time: datetime


def window(before: date, months: int) -> tuple[date, date]:
    """The first and the last day of so many whole months before the month of a day."""
    end = before.replace(day=1)
    return month_after(end, -months), end - timedelta(days=1)


def review_violations(review: BusinessReview, *, today: date) -> Iterator[Violation]:
    """What is wrong with a review."""
    yield from day_violations("held_on", review.held_on, today=today)
    for place, decision in enumerate(review.decisions):
        if decision.due_on < review.held_on:
            yield Violation(f"decisions[{place}].due_on", f"is before {review.held_on}", "DATES_OUT_OF_ORDER")


def figure_of(metric: FactMetric, facts: Sequence[Fact], *, before: date, months: int) -> ReviewFigure:
    """The figure of a metric in the window before a day. facts: those of the metric."""
    first, last = window(before, months)
    sums: dict[str, Sum] = {}
    for fact in facts:
        if fact.metric is metric and fact.month is not None and first <= fact.month <= last and fact.own:
            sums[fact.currency] = sums.get(fact.currency, Sum()) + fact.own
    values = tuple(figure(sums[currency], currency) for currency in sorted(sums))
    return ReviewFigure(metric=metric, first_day=first, last_day=last, values=values)


def share(review: BusinessReview, *, shared: bool, now: datetime) -> BusinessReview:
    """The review, shown or hidden."""
    return replace(review, shared=shared, update_time=now)


def close_decision(review: BusinessReview, number: int, outcome: InitiativeState, *, now: datetime) -> BusinessReview:
    """The review with a decision that is closed; NotFound, WrongState."""
    held = {decision.number: decision for decision in review.decisions}
    if number not in held:
        raise NotFound("review_decision", str(number))
    require_state("review_decision", review.id, held[number].state, action="close", allowed=MAY_CHANGE_INITIATIVE)
    held[number] = replace(held[number], state=outcome)
    return replace(review, decisions=tuple(held.values()), update_time=now)


def event(type: type[E], review: BusinessReview) -> E:
    """The event of a review."""
    return type(
        business_review_id=review.id, partner_id=review.partner_id, held_on=review.held_on, shared=review.shared
    )
