"""Cards are closed by the clock, whole, once, and revised visibly if late documents change them."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from libs.money import Money
from libs.store.port import Query
from services.partners.conduct.domain.states import ConductState
from services.partners.facts.domain.metrics import Figure
from services.partners.record.domain.states import PartnerKind
from services.partners.scorecard.documents import SCORECARD_RUNS, SCORECARDS
from services.partners.scorecard.domain.card import Scorecard, ScorecardState
from services.partners.scorecard.domain.model import DimensionSource, PeerKey, RatedAspect
from services.partners.scorecard.domain.rating import RatingReason
from services.partners.scorecard.domain.run import RunPhase
from services.partners.scorecard.domain.scoring import LineState, Standing
from services.partners.scorecard.jobs import close_scorecards, open_scorecard_runs
from services.partners.scorecard.usecases import cards
from services.partners.scorecard.usecases.closing import CARDS_PER_COMMIT
from tests.component.partners.conduct import acts as conduct
from tests.component.partners.facts.telling import settled
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
    rate,
    turn,
    wait,
)
from tests.unit.partners.scorecard.built import QUARTER, conversion, dimension, revenue


async def test_a_quarter_is_closed_once_with_ranks_and_told(harness: Harness) -> None:
    best, other = await harness.active(), await harness.active(number=1)
    await published(harness)
    for number in range(3):
        await ordered(harness, best, number)
    await ordered(harness, other, 9)
    harness.events()
    await close(harness)
    assert harness.names() == ["ScorecardClosed", "ScorecardPublished"] * 2
    first, second = await card_of(harness, best), await card_of(harness, other)
    assert (first.score, first.standing) == (3_000, Standing(rank=1, peer_count=2, percentile=7_500))
    assert (second.score, second.standing) == (1_000, Standing(rank=2, peer_count=2, percentile=2_500))
    assert (first.quarter, first.revision, first.state, first.as_of) == (QUARTER, 1, ScorecardState.CLOSED, SETTLED)
    await look_again(harness)
    assert harness.names() == []
    assert len(await cards_of(harness)) == 2


async def test_equal_scores_share_a_rank_within_their_peer_group_only(harness: Harness) -> None:
    german = [await harness.active(number=place) for place in range(3)]
    [french] = await in_business(harness, country="FR")
    await published(harness, peer_keys=(PeerKey.COUNTRY,))
    for number, one in enumerate((*german[:2], french)):
        await ordered(harness, one, number)
    await ordered(harness, german[2], 8)
    await ordered(harness, german[2], 9)
    await close(harness)
    places = [(await card_of(harness, one)).standing for one in (*german, french)]
    assert [(one.rank, one.peer_count) for one in places if one] == [(2, 3), (2, 3), (1, 3), (1, 1)]


async def test_a_card_waits_for_the_settling_time_on_the_partners_calendar(harness: Harness) -> None:
    [partner] = await in_business(harness, country="US")
    await published(harness, settling_days=5)
    await ordered(harness, partner, 1)
    midnight_in_new_york = datetime.fromisoformat("2026-07-06T04:00:00+00:00")
    await close(harness, midnight_in_new_york - timedelta(minutes=5))
    assert await cards_of(harness) == []
    await close(harness, midnight_in_new_york)
    assert len(await cards_of(harness)) == 1


async def test_a_card_waits_for_facts_that_are_not_summed_up(harness: Harness) -> None:
    partner = await harness.active()
    await published(harness)
    wait(harness, SETTLED - timedelta(days=2))
    await ordered(harness, partner, 1)
    wait(harness, SETTLED)
    for _ in range(3):
        await open_scorecard_runs(harness.env)
        await close_scorecards(harness.env)
    assert await cards_of(harness) == []
    harness.clock.advance(timedelta(minutes=2))
    await turn(harness)
    assert (await card_of(harness, partner)).score == 1_000


async def test_only_partners_in_business_since_the_quarter_and_of_the_kind_get_a_card(harness: Harness) -> None:
    await harness.apply()
    agent = await harness.active(kind=PartnerKind.AGENT)
    judged = await harness.active(number=1)
    await harness.end(await harness.active(number=2))
    await published(harness, partner_kinds=(PartnerKind.RESELLER,))
    wait(harness, SETTLED)
    await harness.active(number=3)
    await turn(harness)
    assert [one.partner_id for one in await cards_of(harness)] == [judged.id]
    assert await cards_of(harness, agent) == []


async def test_a_line_without_data_shares_its_weight_and_both_are_shown(harness: Harness) -> None:
    partner, silent = await harness.active(), await harness.active(number=1)
    await published(harness, dimension("ORDERS", 6_000), conversion("WON", 4_000))
    await ordered(harness, partner, 1)
    await close(harness)
    card = await card_of(harness, partner)
    assert [(one.state, one.dimension.weight_basis_points, one.shared_weight_basis_points) for one in card.lines] == [
        (LineState.SCORED, 6_000, 10_000),
        (LineState.INSUFFICIENT_DATA, 4_000, 0),
    ]
    empty = await card_of(harness, silent)
    assert (empty.score, empty.standing, empty.state) == (None, None, ScorecardState.CLOSED)


async def test_amounts_are_converted_at_the_mean_of_their_month_and_the_rate_is_shown(harness: Harness) -> None:
    partner, unknown = await harness.active(), await harness.active(number=1)
    await published(harness, revenue(weight=5_000), dimension(weight=5_000))
    await rate(harness, date(2026, 5, 4), "1.25")
    await rate(harness, date(2026, 5, 5), "0.5")
    await ordered(harness, partner, 1, cents=10_000)
    await ordered(harness, partner, 2, cents=20_000, currency="USD")
    await ordered(harness, unknown, 3, currency="CHF")
    await close(harness)
    line = (await card_of(harness, partner)).lines[0]
    assert (line.figure, line.value) == (Figure(amount=Money.of("380", "EUR")), "380")  # 100 + 200 x (0.8 + 2) / 2
    assert [(one.currency, one.month, one.rate, one.day_count) for one in line.rates] == [
        ("USD", date(2026, 5, 1), "1.4", 2)
    ]
    refused = await card_of(harness, unknown)
    assert [one.state for one in refused.lines] == [LineState.RATE_UNKNOWN, LineState.SCORED]
    assert refused.score == 1_000


async def test_late_documents_make_a_revision_that_shows_the_difference(harness: Harness) -> None:
    partner, peer = await harness.active(), await harness.active(number=1)
    await published(harness, dimension("ORDERS", 5_000), revenue("REVENUE", 5_000))
    await ordered(harness, partner, 1, cents=1_000)
    for number in (2, 3):
        await ordered(harness, peer, number, cents=1_000)
    await close(harness)
    old, other = await card_of(harness, partner), await card_of(harness, peer)
    harness.events()
    for number in (4, 5):
        await ordered(harness, partner, number, cents=0)
    await look_again(harness)
    assert harness.names() == ["ScorecardClosed", "ScorecardPublished"]
    before, after = await cards_of(harness, partner)
    assert (before.superseded_by_id, before.latest) == (after.id, False)
    assert replace(before, superseded_by_id="", latest=True, version=0, update_time=old.update_time) == replace(
        old, version=0
    )
    assert (after.previous_scorecard_id, after.first_id, after.revision) == (old.id, old.id, 2)
    assert after.difference is not None
    assert (after.difference.score_change, after.difference.changed_dimensions) == (1_000, ("ORDERS",))
    assert after.standing == Standing(rank=1, peer_count=2, percentile=7_500)
    assert after.publish_time == harness.clock.now()
    assert await card_of(harness, peer) == other
    await ordered(harness, partner, 6, cents=0)
    await look_again(harness)
    third = await card_of(harness, partner)
    assert (third.revision, third.standing) == (3, Standing(rank=1, peer_count=2, percentile=7_500))


async def test_nothing_is_revised_after_the_days_for_it(harness: Harness) -> None:
    partner = await harness.active()
    await published(harness, revised_for_days=1)
    await ordered(harness, partner, 1)
    await close(harness)
    await look_again(harness)
    await ordered(harness, partner, 2)
    await look_again(harness)
    assert [one.revision for one in await cards_of(harness, partner)] == [1]


async def test_the_mean_score_of_the_downline_is_a_line_of_the_distributor(harness: Harness) -> None:
    top = await harness.active(kind=PartnerKind.DISTRIBUTOR)
    middle = await harness.active(number=1, kind=PartnerKind.DISTRIBUTOR, parent=top.id)
    shops = [(await in_business(harness, parent_partner_id=one.id))[0] for one in (top, middle, middle)]
    below = dimension(
        "BELOW", source=DimensionSource.DOWNLINE_SCORE, metric=None, downline_model="RESELLERS", target="100", minimum=2
    )
    await published(harness, partner_kinds=(PartnerKind.RESELLER,))
    await published(harness, below, code="ABOVE", partner_kinds=(PartnerKind.DISTRIBUTOR,))
    for number, shop in enumerate((shops[0], shops[1], shops[1], shops[2])):
        await ordered(harness, shop, number)
    await close(harness)
    await close(harness, SETTLED + timedelta(minutes=2))
    line = (await card_of(harness, top)).lines[0]
    assert (line.figure, line.value, line.points) == (Figure(count=4_000, of_count=3), "13.333333", 1_333)
    assert (await card_of(harness, middle)).score == 1_500


async def test_a_rating_counts_for_its_quarter_only(harness: Harness) -> None:
    partner = await harness.active()
    rated = dimension(source=DimensionSource.RATING, metric=None, aspect=RatedAspect.ABILITY, target="100")
    await published(harness, rated)
    given: dict[str, Any] = {"aspect": RatedAspect.ABILITY, "rating_reason": RatingReason.SALES_SKILL}
    wait(harness, SETTLED)
    for quarter, score in ((date(2026, 1, 1), 10), (QUARTER, 70)):
        await harness.run(
            cards.rate_partner, cards.RatePartner, partner_id=partner.id, quarter=quarter, score=score, **given
        )
    await turn(harness)
    assert (await card_of(harness, partner)).score == 7_000


async def test_points_for_breaches_count_as_they_are_on_the_last_day_of_the_quarter(harness: Harness) -> None:
    partner = await harness.active()
    breaches = dimension(source=DimensionSource.VIOLATION_POINTS, metric=None, worst="20", target="0")
    await published(harness, breaches)
    await conduct.put_rule(harness)
    case = await conduct.reported(harness, partner.id)
    case = await conduct.decide(harness, case, ConductState.UNDER_INVESTIGATION)
    case = await conduct.decide(harness, case, ConductState.WARNING)
    wait(harness, SETTLED)
    await conduct.decide(harness, case, ConductState.FINE)
    await turn(harness)
    [line] = (await card_of(harness, partner)).lines
    assert (line.figure, line.value, line.points) == (Figure(count=3_000), "3", 8_500)


async def test_pages_leave_whole_cards_wherever_the_process_stops(harness: Harness) -> None:
    """Every state between two commits is one that a killed process leaves."""
    partners = await in_business(harness, CARDS_PER_COMMIT * 2 + 3)
    ordering = partners[::CARDS_PER_COMMIT]
    for number, one in enumerate(ordering):
        await ordered(harness, one.id, number)
    await published(harness, dimension(zero_without_documents=True))
    await settled(harness)
    wait(harness, SETTLED)
    await open_scorecard_runs(harness.env)
    pages = 0
    while await close_scorecards(harness.env):
        pages += 1
        found = await _stored(harness)
        assert len(found) % CARDS_PER_COMMIT == 0 or len(found) == len(partners)
        closed = [one for one in found if one.state is ScorecardState.CLOSED]
        assert all(one.standing is not None and one.standing.peer_count == len(partners) for one in closed)
        assert len({one.partner_id for one in found}) == len(found)
    assert pages == 6
    assert {one.standing.rank for one in await _stored(harness) if one.standing} == {1, 1 + len(ordering)}
    run = (await harness.env.store.find(Query(kind=SCORECARD_RUNS))).rows[0].value
    assert run.phase is RunPhase.CLOSED


async def _stored(harness: Harness) -> list[Scorecard]:
    page = await harness.env.store.find(Query(kind=SCORECARDS, limit=200))
    return [row.value for row in page.rows]


@pytest.mark.parametrize("days", [0, 30])
async def test_a_model_that_is_not_published_closes_nothing(harness: Harness, days: int) -> None:
    await harness.active()
    await close(harness, SETTLED + timedelta(days=days))
    assert await cards_of(harness) == []
