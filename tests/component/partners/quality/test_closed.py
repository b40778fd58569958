"""Findings that were closed go after their time."""

from datetime import timedelta

from services.partners.quality.domain.rules import QualityRule
from services.partners.quality.domain.states import QualityDismissal, QualityFindingState
from services.partners.quality.jobs import delete_closed_findings
from services.partners.quality.usecases import results
from tests.builders import asked_by
from tests.component.partners.harness import Harness
from tests.component.partners.quality.acts import ADDRESS, arrive, found, standing, update


async def test_closed_findings_are_deleted_after_their_time_and_what_stands_stays(harness: Harness) -> None:
    partner = await harness.apply()
    await arrive(harness)
    [finding] = await found(harness, partner.id, QualityRule.PHONE_GIVEN)
    reason = QualityDismissal.CANNOT_BE_HAD
    cmd = results.DismissQualityFinding(call=asked_by("dev:clara"), id=finding.id, dismissal=reason)
    await harness.env.run(results.dismiss_quality_finding, cmd)
    await update(harness, partner.id, by="dev:ida", address=ADDRESS)
    await arrive(harness)
    assert await standing(harness, partner.id, QualityRule.ADDRESS_GIVEN) == [("MENDED", "dev:ida")]
    [closed] = await found(harness, partner.id, QualityRule.ADDRESS_GIVEN)
    assert closed.close_time is not None
    kept = timedelta(days=harness.env.settings.policy.quality_closed_days)
    harness.clock.advance(closed.close_time + kept - harness.clock.now())
    assert await delete_closed_findings(harness.env) == 0
    harness.clock.advance(timedelta.resolution)
    assert await delete_closed_findings(harness.env) == 1
    assert await delete_closed_findings(harness.env) == 0
    assert await standing(harness, partner.id, QualityRule.ADDRESS_GIVEN) == []
    assert [one.state for one in await found(harness, partner.id, QualityRule.PHONE_GIVEN)] == [
        QualityFindingState.DISMISSED
    ]
    assert [one.state for one in await found(harness, partner.id, QualityRule.DOMAIN_GIVEN)] == [
        QualityFindingState.OPEN
    ]
