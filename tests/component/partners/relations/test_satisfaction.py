"""What resellers think counts in levels and scorecards from three of them on, and never tells what one thinks."""

from datetime import date, datetime

from services.partners.facts.domain.metrics import Figure, Sum
from services.partners.record.domain.states import PartnerKind
from services.partners.relations.reads import satisfaction_between
from services.partners.scorecard.domain.model import DimensionSource
from services.partners.scorecard.domain.scoring import LineState
from services.partners.tier_review.domain.progress import RequirementStatus
from tests.component.partners.harness import Harness
from tests.component.partners.relations.acts import rate
from tests.component.partners.scorecard.acts import card_of, published, turn, wait
from tests.component.partners.tier_review.acts import enroll, progress_of, publish
from tests.unit.partners.program.built import BASIC, level, need
from tests.unit.partners.scorecard.built import dimension

YEAR = {"first": date(2026, 1, 1), "last": date(2026, 12, 31)}
JUNE = datetime.fromisoformat("2026-06-30T12:00:00+00:00")
JULY = datetime.fromisoformat("2026-07-20T12:00:00+00:00")


async def test_satisfaction_of_three_resellers_counts_in_levels_and_cards_and_of_two_nowhere(harness: Harness) -> None:
    satisfied = need("DOWNLINE_SATISFACTION", "3.5", minimum_data=15)
    await publish(harness, BASIC, level("SILVER", 2, satisfied))
    above = await harness.active(kind=PartnerKind.DISTRIBUTOR)
    below = [await harness.active(number=number + 1, parent=above.id) for number in range(3)]
    await enroll(harness, above.id)
    await published(
        harness, dimension(source=DimensionSource.DOWNLINE_SATISFACTION, metric=None, worst="1", target="5")
    )
    for one in below[:2]:
        await rate(harness, one.id, 1, 1, 1, 1, 1)
    wait(harness, JUNE)
    for one, score in zip(below, (2, 4, 5), strict=True):
        await rate(harness, one.id, score, 4, 4, 4, 4)
    assert await satisfaction_between(harness.env, above.id, **YEAR) == {}
    [asked] = (await progress_of(harness, above.id)).levels[1].groups[0].requirements
    assert (asked.status, asked.denominator) == (RequirementStatus.INSUFFICIENT_DATA, "0")
    wait(harness, JULY)
    assert await satisfaction_between(harness.env, above.id, **YEAR) == {date(2026, 6, 1): Sum(59, 15)}
    await turn(harness)
    [line] = (await card_of(harness, above)).lines
    assert (line.state, line.figure, line.value) == (LineState.SCORED, Figure(count=59, of_count=15), "3.933333")
    [theirs] = (await card_of(harness, below[0])).lines
    assert (theirs.state, theirs.figure) == (LineState.INSUFFICIENT_DATA, Figure())
