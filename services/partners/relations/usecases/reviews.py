"""Records, shares, shows and lists business reviews, and closes their decisions."""

from datetime import date, datetime, timedelta

import msgspec

from libs.call import Call, Command, ResourceCommand
from libs.document import same_content
from libs.errors import InvalidInput, NotFound
from libs.person import PersonalText
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Page, Query, create
from services.partners.facts.domain.metrics import FactMetric
from services.partners.facts.reads import as_of, facts_between
from services.partners.plan.domain.states import InitiativeOwner, InitiativeState
from services.partners.record.documents import PARTNERS
from services.partners.relations.documents import REVIEWS
from services.partners.relations.domain import review as domain
from services.partners.relations.domain.review import (
    WINDOW_MONTHS,
    BusinessReview,
    ReviewDecision,
    ReviewEffect,
    ReviewFigure,
)
from services.partners.relations.events import BusinessReviewRecorded, BusinessReviewUpdated
from services.partners.relations.reads import seen_by
from services.partners.settings import Env

_DAY = timedelta(days=1)


class NewReviewDecision(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided."""

    title: str
    owner: InitiativeOwner
    due_on: date


class RecordReview(Command, frozen=True, kw_only=True):
    """Record a business review. window_months: 0: three."""

    partner_id: str
    held_on: date
    window_months: int = 0
    metrics: tuple[FactMetric, ...] = ()
    decisions: tuple[NewReviewDecision, ...] = ()
    notes: PersonalText | None = None
    shared: bool = False


class ShareReview(ResourceCommand, frozen=True, kw_only=True):
    """Show a review to the partner's people, or hide it."""

    shared: bool


class CloseReviewDecision(ResourceCommand, frozen=True, kw_only=True):
    """Say that a decision is done, or was given up."""

    number: int
    outcome: InitiativeState


class GetReview(Command, frozen=True, kw_only=True):
    """Show one review and its effect."""

    id: str


class ListReviews(ListCommand, frozen=True, kw_only=True):
    """List reviews; an empty filter matches all of them."""

    partner_id: str = ""
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class ReviewShown(msgspec.Struct, frozen=True, kw_only=True):
    """A review, its figures then and now, and the review up to which now reaches, empty for today."""

    business_review: BusinessReview
    effects: tuple[ReviewEffect, ...]
    next_business_review_id: str
    as_of: datetime


async def record_review(env: Env, cmd: RecordReview) -> BusinessReview:
    """The new review, with the figures of its window. NotFound, InvalidInput."""
    partner = (await env.load(PARTNERS, cmd.partner_id, call=cmd.call)).value
    now, months = env.clock.now(), cmd.window_months or WINDOW_MONTHS
    review = BusinessReview(
        id=env.ids.new("brv"),
        partner_id=partner.id,
        held_on=cmd.held_on,
        window_months=months,
        decisions=tuple(
            ReviewDecision(number=number, title=one.title, owner=one.owner, due_on=one.due_on)
            for number, one in enumerate(cmd.decisions, 1)
        ),
        notes=cmd.notes,
        shared=cmd.shared,
        create_time=now,
        update_time=now,
    )
    if wrong := [*domain.review_violations(review, today=env.today())]:
        raise InvalidInput(wrong)
    figures = [await _figure(env, partner.id, one, before=cmd.held_on, months=months) for one in cmd.metrics]
    review = msgspec.structs.replace(review, figures=tuple(figures))
    told = domain.event(BusinessReviewRecorded, review)
    return await env.commit(create(REVIEWS, review), events=[told], call=cmd.call)


async def share_review(env: Env, cmd: ShareReview) -> BusinessReview:
    """The review, shown or hidden; unchanged if it is so already."""
    loaded = await env.load(REVIEWS, cmd.id, call=cmd.call, etag=cmd.etag)
    review = domain.share(loaded.value, shared=cmd.shared, now=env.clock.now())
    if same_content(loaded.value, review):
        return await env.unchanged(loaded, call=cmd.call)
    told = domain.event(BusinessReviewUpdated, review)
    return await env.commit(loaded.put(review), events=[told], call=cmd.call)


async def close_review_decision(env: Env, cmd: CloseReviewDecision) -> BusinessReview:
    """The review with the decision closed. NotFound, WrongState."""
    loaded = await env.load(REVIEWS, cmd.id, call=cmd.call, etag=cmd.etag)
    review = domain.close_decision(loaded.value, cmd.number, cmd.outcome, now=env.clock.now())
    told = domain.event(BusinessReviewUpdated, review)
    return await env.commit(loaded.put(review), events=[told], call=cmd.call)


async def get_review(env: Env, cmd: GetReview) -> ReviewShown:
    """The review with its effect up to the next one, or up to today. NotFound, also if it is not shared with the
    caller."""
    review = await env.show(REVIEWS, cmd.id, call=cmd.call)
    if cmd.call.caller.partner_id and not review.shared:
        raise NotFound(REVIEWS.name, cmd.id)
    until = await as_of(env)
    following = await _next(env, review, cmd.call)
    before = following.held_on if following else env.day_of(until)
    effects = [
        ReviewEffect(
            then=one,
            now=await _figure(env, review.partner_id, one.metric, before=before, months=review.window_months),
        )
        for one in review.figures
    ]
    return ReviewShown(
        business_review=review,
        effects=tuple(effects),
        next_business_review_id=following.id if following else "",
        as_of=until,
    )


async def list_reviews(env: Env, cmd: ListReviews) -> Page[BusinessReview]:
    """One page of reviews, by id unless the caller asks for another order."""
    filters = filters_of(cmd, "partner_id") | seen_by(cmd.call)
    return await env.listing(REVIEWS, filters, call=cmd.call, **paged(cmd, UPDATED))


async def _next(env: Env, review: BusinessReview, call: Call) -> BusinessReview | None:
    """The first review of the partner after this one, of those that the caller may see."""
    query = Query(
        kind=REVIEWS,
        equals={"partner_id": review.partner_id},
        order="held_on",
        at_least=review.held_on + _DAY,
        limit=50,
    )
    page = await env.store.find(query)
    found = (loaded.value for loaded in page.rows)
    return next((one for one in found if one.shared or not call.caller.partner_id), None)


async def _figure(env: Env, partner_id: str, metric: FactMetric, *, before: date, months: int) -> ReviewFigure:
    first, last = domain.window(before, months)
    facts = await facts_between(env, partner_id, metric, first=first, last=last)
    return domain.figure_of(metric, facts, before=before, months=months)
