"""What the level of a partner in its programme gives it in deals goes before the policy of everybody."""

from datetime import timedelta

import pytest

from services.deals.conflicts.domain.accounts import TooManyOpenClaims
from tests.component.deals.harness import RIVAL, Harness


async def test_a_level_limits_open_claims_and_says_how_long_they_are_protected(harness: Harness) -> None:
    await harness.partner(facts_version=2, claim_limit=1, protection_days=120)
    approved = await harness.approved()
    assert approved.protected_until == harness.clock.now() + timedelta(days=120)
    with pytest.raises(TooManyOpenClaims):
        await harness.submit(await harness.draft())
    await harness.partner(facts_version=3)
    assert await harness.submit(await harness.draft())


async def test_a_partner_without_a_level_has_what_everybody_has(harness: Harness) -> None:
    await harness.partner(RIVAL)
    approved = await harness.approved(RIVAL)
    assert approved.protected_until == harness.clock.now() + timedelta(days=90)
