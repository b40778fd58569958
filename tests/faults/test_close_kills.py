"""A service that is killed while it closes a quarter leaves for each partner the old or the new card, segment and
level, never both or none, and the next process ends what it began, once."""

import asyncio
import shutil
import signal
import subprocess
import sys
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from libs.errors import NotFound
from libs.messaging.outbox import OUTBOX
from libs.privacy.keys import create_keys
from libs.store.listing import everything
from libs.store.port import get
from services.__main__ import SERVICES
from services.partners.record.documents import PARTNERS
from services.partners.scorecard.documents import SCORECARD_RUNS, SCORECARDS
from services.partners.scorecard.domain.run import RunPhase
from services.partners.scorecard.usecases.closing import CARDS_PER_COMMIT
from services.partners.segmentation.documents import SEGMENTATIONS, SEGMENTS
from services.partners.segmentation.domain.run import RunPhase as SegmentationPhase
from services.partners.tier_review.documents import ENROLMENTS, TIER_CHANGES
from tests.component.partners.facts.telling import settled
from tests.component.partners.harness import Harness
from tests.component.partners.scorecard import acts as scorecards
from tests.component.partners.scorecard.acts import SETTLED, in_business, ordered
from tests.component.partners.segmentation import acts as segmentation
from tests.component.partners.tier_review.acts import enroll, publish
from tests.faults.closing import KEYS, close_quarter, opened
from tests.unit.partners.scorecard.built import revenue

pytestmark = [pytest.mark.thorough, pytest.mark.xdist_group("kills")]

MAY = date(2026, 5, 1)
PARTNERS_JUDGED = 5 * CARDS_PER_COMMIT
ENROLLED = 4
LATER = SETTLED + timedelta(days=1, minutes=1)
COMMITS_BETWEEN = (1, 6)
MILLISECONDS = 12.0
WITHIN_SECONDS = 60


async def test_a_killed_close_leaves_the_old_or_the_new_card_segment_and_level(tmp_path: Path) -> None:
    killed, whole, chance = tmp_path / "killed", tmp_path / "whole", Random(13)
    await _prepare(killed)
    shutil.copytree(killed, whole, ignore=shutil.ignore_patterns("*.lock"))
    kills = 0
    for at in (SETTLED, LATER):
        while not await _ends_by_itself(killed, at, chance):
            kills += 1
            await _check(killed)
        await _late_order(killed)
        async with opened(whole) as harness:
            await close_quarter(harness, at)
        await _late_order(whole)
    assert kills >= 3
    assert await _outcome(killed) == await _outcome(whole)


async def _prepare(folder: Path) -> None:
    """Partners with revenue in a quarter that is to be closed, some of them in a programme."""
    create_keys(folder / KEYS, SERVICES)
    async with opened(folder) as harness:
        await publish(harness)
        partners = await in_business(harness, PARTNERS_JUDGED)
        for one in partners[:ENROLLED]:
            await enroll(harness, one.id)
        await segmentation.earned(harness, *[(one, MAY, 500 * (place % 4)) for place, one in enumerate(partners)])
        await scorecards.published(harness, revenue(zero_without_documents=True))
        await segmentation.published(harness)


async def _late_order(folder: Path) -> None:
    """An order of the quarter becomes known only now."""
    async with opened(folder) as harness:
        first = min(await everything(harness.env.store, PARTNERS, {}), key=lambda one: one.id)
        await ordered(harness, first, 1, cents=100_00)
        await settled(harness)


async def _ends_by_itself(folder: Path, at: datetime, chance: Random) -> bool:
    """Whether a process ended what is to be done at an instant before it was to be killed."""
    number, milliseconds = chance.randint(*COMMITS_BETWEEN), chance.uniform(0, MILLISECONDS)
    command = [sys.executable, "-m", "tests.faults.closing", str(folder), at.isoformat(), str(number)]
    done = await asyncio.to_thread(
        subprocess.run,
        [*command, str(milliseconds)],
        capture_output=True,
        text=True,
        check=False,
        timeout=WITHIN_SECONDS,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr[-2000:]
    return done.returncode == 0


async def _check(folder: Path) -> None:
    """What a killed process left: whole cards, one that counts for each partner; levels with their history and tier; a
    segmentation that nobody sees before it is whole."""
    async with opened(folder) as harness:
        store = harness.env.store
        cards = await everything(store, SCORECARDS, {})
        last = Counter(one.partner_id for one in cards if one.latest)
        assert last == Counter({one.partner_id for one in cards})
        by_id = {one.id: one for one in cards}
        for one in cards:
            assert one.latest == (one.superseded_by_id == "")
            assert one.latest or by_id[one.superseded_by_id].previous_scorecard_id == one.id
        runs = await everything(store, SCORECARD_RUNS, {})
        is_scored = any(one.phase is not RunPhase.SCORING for one in runs)
        assert len(last) in ((PARTNERS_JUDGED,) if is_scored else range(0, PARTNERS_JUDGED + 1, CARDS_PER_COMMIT))
        await _check_levels(harness)
        await _check_segments(harness)


async def _check_levels(harness: Harness) -> None:
    store = harness.env.store
    for one in await everything(store, ENROLMENTS, {}):
        assert one.level is not None
        changes = await everything(store, TIER_CHANGES, {"partner_id": one.partner_id})
        partner = await get(store, PARTNERS, one.partner_id)
        assert partner is not None
        assert (partner.value.tier, len(changes)) in (("BASIC", 1), ("SILVER", 2))
        assert partner.value.tier == one.level.code == max(changes, key=lambda change: change.id).after.code  # type: ignore[union-attr]  # a membership that goes on has a level


async def _check_segments(harness: Harness) -> None:
    runs = await everything(harness.env.store, SEGMENTATIONS, {})
    if any(one.phase is SegmentationPhase.COMPLETE for one in runs):
        assert len(await segmentation.rows_of(harness)) == (await segmentation.found(harness)).run.partner_count
        return
    with pytest.raises(NotFound):
        await segmentation.found(harness)


async def _outcome(folder: Path) -> dict[str, Any]:
    """What came of it, without the ids of what was made, and how often which event was told."""
    async with opened(folder) as harness:
        store = harness.env.store
        cards = await everything(store, SCORECARDS, {})
        told = Counter(one.envelope.id for one in await everything(store, OUTBOX, {}))
        assert set(told.values()) == {1}
        return {
            "cards": {(one.partner_id, one.revision): (one.score, one.standing, one.latest) for one in cards},
            "revised": max(one.revision for one in cards),
            "segments": {
                one.partner_id: (one.class_code, one.cumulated) for one in await everything(store, SEGMENTS, {})
            },
            "tiers": Counter(one.tier for one in await everything(store, PARTNERS, {})),
            "history": Counter(one.cause for one in await everything(store, TIER_CHANGES, {})),
            "events": Counter(one.envelope.type for one in await everything(store, OUTBOX, {})),
        }
