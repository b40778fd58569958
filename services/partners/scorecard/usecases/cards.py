"""Shows, publishes and discusses cards; records ratings."""

from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from libs.call import Command, ResourceCommand
from libs.document import same_content
from libs.errors import Duplicate, EtagMismatch, InvalidInput, NotFound, Violation
from libs.person import PersonalText
from libs.store.listing import Sieve
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Loaded, Page, Query, Scalar, create, get
from services.partners.record.documents import PARTNERS
from services.partners.scorecard.documents import PARTNER_RATINGS, SCORECARD_REVIEWS, SCORECARDS
from services.partners.scorecard.domain import card as cards
from services.partners.scorecard.domain import review as reviews
from services.partners.scorecard.domain.card import Scorecard
from services.partners.scorecard.domain.model import RatedAspect
from services.partners.scorecard.domain.rating import PartnerRating, RatingReason, rating_violations
from services.partners.scorecard.domain.review import ScorecardAction, ScorecardReview, action_violations
from services.partners.scorecard.reads import own_or_asked, require_own
from services.partners.settings import Env

_PUBLISHED = Sieve(lambda card: card.publish_time is not None, "published")


class GetScorecard(Command, frozen=True, kw_only=True):
    """Show one revision of a card."""

    id: str


class ListScorecards(ListCommand, frozen=True, kw_only=True):
    """List revisions of cards; an empty filter matches all of them."""

    partner_id: str = ""
    model_code: str = ""
    quarter: date | None = None
    latest_only: bool = False
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class PublishScorecard(ResourceCommand, frozen=True, kw_only=True):
    """Let the partner see its card."""


class StateScorecard(ResourceCommand, frozen=True, kw_only=True):
    """The partner's statement on its card. etag: of the review."""

    statement: PersonalText


class AgreeScorecardActions(ResourceCommand, frozen=True, kw_only=True):
    """Set the actions that were agreed on a card. etag: of the review."""

    actions: tuple[ScorecardAction, ...] = ()


class RatePartner(Command, frozen=True, kw_only=True):
    """Rate a partner."""

    partner_id: str
    aspect: RatedAspect
    quarter: date
    score: int = 0
    rating_reason: RatingReason


class ListPartnerRatings(ListCommand, frozen=True, kw_only=True):
    """List ratings; an empty filter matches all of them."""

    partner_id: str = ""
    quarter: date | None = None


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """A card with its review."""

    scorecard: Scorecard
    review: ScorecardReview | None


async def get_scorecard(env: Env, cmd: GetScorecard) -> Explained:
    """A card, and what partner and vendor made of it. NotFound; for a partner's people also unless it is published, and
    for any other partner's."""
    card = await _shown(env, cmd)
    review = await get(env.store, SCORECARD_REVIEWS, card.first_id)
    return Explained(scorecard=card, review=review.value if review else None)


async def list_scorecards(env: Env, cmd: ListScorecards) -> Page[Scorecard]:
    """One page of cards, by id unless the caller asks for another order. NotFound for another partner than that of the
    caller."""
    filters: dict[str, Scalar] = {
        **filters_of(cmd, "model_code", "quarter"),
        "partner_id": own_or_asked(cmd.call.caller, cmd.partner_id),
        "latest": True if cmd.latest_only else None,
    }
    sieve = _PUBLISHED if cmd.call.caller.partner_id else None
    return await env.listing(SCORECARDS, filters, call=cmd.call, sieve=sieve, **paged(cmd, UPDATED))


async def publish_scorecard(env: Env, cmd: PublishScorecard) -> Scorecard:
    """The card, published; unchanged if it was. WrongState, CardSuperseded."""
    loaded = await env.load(SCORECARDS, cmd.id, call=cmd.call, etag=cmd.etag)
    card = cards.publish(loaded.value, now=env.clock.now())
    if card is loaded.value:
        return await env.unchanged(loaded, call=cmd.call)
    return await env.commit(loaded.put(card), events=[cards.published_event(card)], call=cmd.call)


async def state_scorecard(env: Env, cmd: StateScorecard) -> ScorecardReview:
    """The review with the statement. NotFound, AlreadyStated, EtagMismatch, InvalidInput."""
    card = await _to_review(env, cmd)
    if not cmd.statement.text.strip():
        raise InvalidInput([Violation("statement.text", "has no text", "MISSING")])
    loaded = await _review(env, card, cmd.etag)
    review = reviews.state(loaded.value, cmd.statement, now=env.clock.now())
    return await env.commit(loaded.put(review), call=cmd.call)


async def agree_scorecard_actions(env: Env, cmd: AgreeScorecardActions) -> ScorecardReview:
    """The review with the actions; unchanged if it had them. NotFound, EtagMismatch,
    InvalidInput."""
    card = await _to_review(env, cmd)
    if wrong := [*action_violations(cmd.actions)]:
        raise InvalidInput(wrong)
    loaded = await _review(env, card, cmd.etag)
    review = replace(loaded.value, actions=cmd.actions, update_time=env.clock.now())
    if loaded.value.version and same_content(loaded.value, review):
        return await env.unchanged(loaded, call=cmd.call)
    return await env.commit(loaded.put(review), call=cmd.call)


async def rate_partner(env: Env, cmd: RatePartner) -> PartnerRating:
    """The new rating. NotFound, InvalidInput, Duplicate if the partner has one of the aspect and quarter."""
    partner = (await env.load(PARTNERS, cmd.partner_id, call=cmd.call)).value
    if wrong := [*rating_violations(cmd.quarter, today=env.today())]:
        raise InvalidInput(wrong)
    async with env.settings.locks.of(f"rating:{partner.id}"):
        equals: dict[str, Scalar] = {"partner_id": partner.id, "aspect": cmd.aspect, "quarter": cmd.quarter}
        for row in (await env.store.find(Query(kind=PARTNER_RATINGS, equals=equals, limit=1))).rows:
            raise Duplicate("partner_rating", "aspect and quarter", row.value.id)
        rating = PartnerRating(
            id=env.ids.new("prt"),
            partner_id=partner.id,
            aspect=cmd.aspect,
            quarter=cmd.quarter,
            score=cmd.score,
            rating_reason=cmd.rating_reason,
            create_time=env.clock.now(),
        )
        return await env.commit(create(PARTNER_RATINGS, rating), call=cmd.call)


async def list_partner_ratings(env: Env, cmd: ListPartnerRatings) -> Page[PartnerRating]:
    """One page of ratings, by id."""
    filters = filters_of(cmd, "partner_id", "quarter")
    return await env.listing(PARTNER_RATINGS, filters, call=cmd.call, **paged(cmd))


async def _shown(env: Env, cmd: GetScorecard) -> Scorecard:
    card = await env.show(SCORECARDS, cmd.id, call=cmd.call)
    require_own(cmd.call.caller, SCORECARDS, cmd.id, card.partner_id)
    if cmd.call.caller.partner_id and card.publish_time is None:
        raise NotFound(SCORECARDS.name, cmd.id)
    return card


async def _to_review(env: Env, cmd: StateScorecard | AgreeScorecardActions) -> Scorecard:
    """A published card. NotFound for any other, as its partner would get it."""
    card = (await env.load(SCORECARDS, cmd.id, call=cmd.call)).value
    if card.publish_time is None:
        raise NotFound(SCORECARDS.name, cmd.id)
    return card


async def _review(env: Env, card: Scorecard, etag: str) -> Loaded[ScorecardReview]:
    """The review of a card; a new one, of version 0, if it has none. EtagMismatch if `etag` is given and stale."""
    loaded = await get(env.store, SCORECARD_REVIEWS, card.first_id)
    fresh = ScorecardReview(id=card.first_id, partner_id=card.partner_id, update_time=env.clock.now())
    found = loaded or Loaded(SCORECARD_REVIEWS, fresh)
    if etag and etag != str(found.value.version):
        raise EtagMismatch(SCORECARD_REVIEWS.name, card.first_id, str(found.value.version))
    return found
