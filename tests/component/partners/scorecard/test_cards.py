"""Who sees a card, what may be said about it, and how models and ratings are kept."""

from datetime import date, timedelta
from typing import Any

import pytest

from libs.errors import Duplicate, EtagMismatch, InvalidInput, NotFound, WrongState
from libs.pb.prm.partners import v1 as pb
from libs.person import PersonalText
from libs.store.port import create
from libs.versions import EffectiveTooSoon, RuleState, VersionInForce, VersionNotLater
from services.partners.facts.usecases.lists import ListFactEvidence, list_fact_evidence
from services.partners.facts.wire import LIST_EVIDENCE
from services.partners.scorecard import wire
from services.partners.scorecard.documents import SCORECARDS
from services.partners.scorecard.domain.card import CardSuperseded, Scorecard, scored
from services.partners.scorecard.domain.model import (
    DimensionSource,
    RatedAspect,
)
from services.partners.scorecard.domain.rating import RatingReason
from services.partners.scorecard.domain.review import AlreadyStated, ScorecardAction, ScorecardReview
from services.partners.scorecard.domain.run import opened
from services.partners.scorecard.usecases import cards, models
from tests.builders import a_call, a_call_of
from tests.component.partners.harness import Harness
from tests.component.partners.scorecard.acts import (
    SETTLED,
    card_of,
    cards_of,
    close,
    in_business,
    look_again,
    ordered,
    published,
)
from tests.unit.partners.scorecard.built import QUARTER, a_model, dimension, revenue

SAID = PersonalText(text="We were moving house.")


async def shown(harness: Harness, id: str, partner_id: str = "") -> cards.Explained:
    """What GetScorecard answers to the vendor, or to a partner's people."""
    return await cards.get_scorecard(harness.env, cards.GetScorecard(call=a_call_of(partner_id), id=id))


async def listed(harness: Harness, caller: str, asked: str = "") -> list[Scorecard]:
    """What ListScorecards answers to a partner's people."""
    page = await cards.list_scorecards(
        harness.env, cards.ListScorecards(call=a_call_of(caller), partner_id=asked, page_size=10)
    )
    return [row.value for row in page.rows]


async def state(harness: Harness, id: str, partner_id: str, text: PersonalText = SAID) -> ScorecardReview:
    """A partner's statement."""
    return await cards.state_scorecard(
        harness.env, cards.StateScorecard(call=a_call_of(partner_id), id=id, statement=text)
    )


async def publish(harness: Harness, id: str, **fields: Any) -> Scorecard:
    """The card, published."""
    return await harness.run(cards.publish_scorecard, cards.PublishScorecard, id=id, **fields)


async def test_a_partners_people_see_their_own_published_cards_only(harness: Harness) -> None:
    [top] = await in_business(harness, sees_downline=True)
    [shop] = await in_business(harness, parent_partner_id=top.id)
    await published(harness, published_at_close=False)
    await ordered(harness, shop, 1)
    await close(harness)
    card = await card_of(harness, shop)
    assert (await shown(harness, card.id)).scorecard == card
    assert await listed(harness, shop.id) == []
    for caller in (shop, top):
        with pytest.raises(NotFound):
            await shown(harness, card.id, caller.id)
    done = await publish(harness, card.id)
    assert (await shown(harness, card.id, shop.id)).scorecard == done
    assert await listed(harness, shop.id) == await listed(harness, shop.id, shop.id) == [done]
    assert await listed(harness, top.id) == []
    with pytest.raises(NotFound):
        await shown(harness, card.id, top.id)
    with pytest.raises(NotFound):
        await listed(harness, top.id, shop.id)


async def test_a_card_is_published_once_and_only_when_it_is_complete_and_the_last(harness: Harness) -> None:
    [partner] = await in_business(harness)
    model = await published(harness, published_at_close=False)
    run = opened(model, date(2026, 1, 1), now=SETTLED, closes_at=SETTLED)
    half = scored(harness.env.ids.new("scd"), model, partner, (), run=run, as_of=SETTLED, now=SETTLED)
    await harness.env.store.commit([create(SCORECARDS, half)])
    with pytest.raises(WrongState):
        await publish(harness, half.id)
    await ordered(harness, (other := (await in_business(harness))[0]), 1)
    await close(harness)
    card = await card_of(harness, other)
    with pytest.raises(EtagMismatch):
        await publish(harness, card.id, etag="1")
    harness.events()
    first = await publish(harness, card.id)
    assert harness.names() == ["ScorecardPublished"]
    assert await publish(harness, card.id) == first
    assert harness.names() == []
    await ordered(harness, other, 2)
    await look_again(harness)
    with pytest.raises(CardSuperseded):
        await publish(harness, card.id)


async def test_every_line_can_be_opened_down_to_its_documents(harness: Harness) -> None:
    [partner] = await in_business(harness)
    await published(harness, revenue(weight=5_000, product_line="BIKES"), dimension(weight=5_000))
    for number, (name, day) in enumerate(
        [("BIKES", date(2026, 4, 1)), ("BIKES", date(2026, 6, 30)), ("PARTS", date(2026, 5, 1))]
    ):
        await ordered(harness, partner, number, line=name, day=day)
    for number, day in ((7, date(2026, 3, 31)), (8, date(2026, 7, 1))):
        await ordered(harness, partner, number, line="BIKES", day=day)
    await close(harness)
    for line in wire.card(await card_of(harness, partner)).lines:
        asked = pb.ListFactEvidenceRequest(
            partner_id=partner.id,
            metric=line.evidence.metric,
            day_from=line.evidence.day_from,
            day_before=line.evidence.day_before,
            product_line=line.evidence.product_line or None,
        )
        command: ListFactEvidence = LIST_EVIDENCE.decode(asked, call=a_call())
        rows = (await list_fact_evidence(harness.env, command)).page.rows
        told = sum(getattr(row.value, "value", 0) for row in rows)
        figure = line.figure
        assert told == (figure.amount.units * 10_000 if figure.HasField("amount") else figure.count) > 0


async def test_a_statement_is_made_once_and_stays_with_the_revisions(harness: Harness) -> None:
    [partner, other] = await in_business(harness, 2)
    await published(harness)
    await ordered(harness, partner, 1)
    await close(harness)
    card = await card_of(harness, partner)
    assert (await shown(harness, card.id)).review is None
    with pytest.raises(NotFound):
        await state(harness, card.id, other.id)
    with pytest.raises(InvalidInput):
        await state(harness, card.id, partner.id, PersonalText(text=" \n"))
    await state(harness, card.id, partner.id)
    await ordered(harness, partner, 2)
    await look_again(harness)
    revised = await card_of(harness, partner)
    review = (await shown(harness, revised.id, partner.id)).review
    assert review is not None
    assert (review.id, review.statement, review.state_time) == (card.id, SAID, SETTLED)
    with pytest.raises(AlreadyStated):
        await state(harness, revised.id, partner.id)


async def test_actions_are_agreed_as_a_whole(harness: Harness) -> None:
    [partner] = await in_business(harness)
    await published(harness)
    await close(harness)
    card = await card_of(harness, partner)
    action = ScorecardAction(title="Train two", owner_role="partner_sales", due_day=date(2026, 9, 30))

    async def agree(*actions: ScorecardAction, etag: str = "") -> ScorecardReview:
        return await harness.run(
            cards.agree_scorecard_actions, cards.AgreeScorecardActions, id=card.id, etag=etag, actions=actions
        )

    first = await agree(action)
    assert (await agree(action), first.actions, first.version) == (first, (action,), 1)
    with pytest.raises(InvalidInput):
        await agree(ScorecardAction(title="Train two", owner_role="partner_sales", due_day=date(1970, 1, 1)))
    with pytest.raises(EtagMismatch):
        await agree(etag="7")
    assert (await agree(etag="1")).actions == ()


async def test_a_partner_is_rated_once_for_each_aspect_and_quarter(harness: Harness) -> None:
    [partner] = await in_business(harness)

    async def rated(quarter: date, aspect: RatedAspect = RatedAspect.ABILITY, **fields: Any) -> Any:
        given = {"score": 60, "rating_reason": RatingReason.STAFFING, **fields}
        return await harness.run(
            cards.rate_partner, cards.RatePartner, partner_id=partner.id, quarter=quarter, aspect=aspect, **given
        )

    first = await rated(date(2026, 1, 1))
    with pytest.raises(Duplicate) as twice:
        await rated(date(2026, 1, 1), score=70)
    assert twice.value.metadata["id"] == first.id
    other = await rated(date(2026, 1, 1), RatedAspect.WILLINGNESS)
    for quarter, reason in ((date(2026, 4, 1), "IN_THE_FUTURE"), (date(2026, 1, 2), "NOT_A_QUARTER")):
        with pytest.raises(InvalidInput) as refused:
            await rated(quarter)
        assert [one.reason for one in refused.value.violations] == [reason]
    found = await harness.pages(cards.list_partner_ratings, cards.ListPartnerRatings, quarter=date(2026, 1, 1))
    assert found == [first, other]


async def test_a_published_version_never_changes_and_the_next_draft_is_another(harness: Harness) -> None:
    model = await published(harness)
    assert (model.state, model.number, model.effective_day) == (RuleState.PUBLISHED, 1, QUARTER)
    with pytest.raises(WrongState):
        await harness.run(
            models.publish_scorecard_model, models.PublishScorecardModel, id=model.id, effective_day=date(2027, 1, 1)
        )

    async def drafted(**fields: Any) -> Any:
        content = {"code": model.code, "dimensions": (dimension(),), **fields}
        return await harness.run(models.draft_scorecard_model, models.DraftScorecardModel, **content)

    draft = await drafted()
    assert (draft.number, await drafted()) == (2, draft)
    renamed = await drafted(name="Resellers")
    assert (renamed.id, renamed.name, renamed.version) == (draft.id, "Resellers", 2)
    track = dimension(source=DimensionSource.CERTIFIED_PERSONS, metric=None, track="NONE")
    with pytest.raises(InvalidInput) as refused:
        await drafted(dimensions=(track,))
    assert [one.reason for one in refused.value.violations] == ["UNKNOWN_TRACK"]
    early = {"id": draft.id, "effective_day": QUARTER}
    harness.clock.advance(timedelta(days=1))
    with pytest.raises(EffectiveTooSoon):
        await harness.run(models.publish_scorecard_model, models.PublishScorecardModel, **early)
    assert await harness.pages(models.list_scorecard_models, models.ListScorecardModels) == [model, renamed]


async def test_a_version_for_a_far_day_is_withdrawn_and_scores_nothing(harness: Harness) -> None:
    withdraw = models.withdraw_scorecard_model, models.WithdrawScorecardModel
    [shop] = await in_business(harness)
    wrong = await published(harness, effective=date(9999, 10, 1))
    with pytest.raises(VersionNotLater):
        await published(harness)
    gone = await harness.run(*withdraw, id=wrong.id)
    assert (gone.state, harness.names()[-1]) == (RuleState.WITHDRAWN, "ScorecardModelWithdrawn")
    model = await published(harness)
    await close(harness)
    assert (await card_of(harness, shop)).model_id == model.id
    with pytest.raises(VersionInForce):
        await harness.run(*withdraw, id=model.id)


async def test_a_card_without_a_score_has_none_on_the_wire_and_a_zero_is_one(harness: Harness) -> None:
    [silent, zero] = await in_business(harness, 2)
    await published(harness, dimension(worst="1", target="10"), published_at_close=False)
    await ordered(harness, zero, 1)
    await close(harness)
    told = [wire.card(await card_of(harness, one)) for one in (silent, zero)]
    assert [one.HasField("score") for one in told] == [False, True]
    assert [line.state for line in told[0].lines] == [pb.SCORECARD_LINE_STATE_INSUFFICIENT_DATA]
    assert len(await cards_of(harness)) == 2


def test_a_model_is_the_same_on_the_wire() -> None:
    told = wire.MODEL.encode(a_model(dimension("A", 4_000), revenue("B", 6_000)))
    assert [one.weight_basis_points for one in told.dimensions] == [4_000, 6_000]
    asked = pb.DraftScorecardModelRequest(code=told.code, dimensions=told.dimensions)
    assert wire.DRAFT.decode(asked, call=a_call()).dimensions == (dimension("A", 4_000), revenue("B", 6_000))
