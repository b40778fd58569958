"""The tallies of findings are what a count of all stored findings gives, after every step of a story."""

import asyncio
from collections import Counter
from datetime import date, timedelta
from typing import Any

from libs.call import SYSTEM, Call
from libs.store.port import Query, get
from services.partners.quality import jobs
from services.partners.quality.consumers import CONSUMERS
from services.partners.quality.documents import QUALITY_FINDINGS, QUALITY_TALLIES
from services.partners.quality.domain.counts import QualityTally
from services.partners.quality.domain.rules import QualityRule
from services.partners.quality.domain.states import QualityDismissal
from services.partners.quality.usecases import results
from services.partners.settings import Policy
from tests.builders import NOW
from tests.component.partners.harness import Harness
from tests.component.partners.quality.acts import (
    ADDRESS,
    arrive,
    change_contact,
    contact,
    counted,
    found,
    remove_contact,
    update,
    walk,
)

FAR = (date(2000, 1, 1), date(2100, 1, 1))
Counts = Counter[tuple[str, str]]


async def rows(harness: Harness, kind: Any) -> list[Any]:
    """All stored documents of a kind."""
    return [row.value for row in (await harness.env.store.find(Query(kind=kind, limit=200))).rows]


async def by_hand(harness: Harness, first: date, last: date) -> Counts:
    """What the stored findings come to, by rule and count, one by one."""
    counts: Counts = Counter()
    for one in await rows(harness, QUALITY_FINDINGS):
        counts[one.rule.name, "opened_count"] += first <= harness.env.day_of(one.open_time) <= last
        counts[one.rule.name, "open_count"] += one.state.name == "OPEN"
        counts[one.rule.name, "dismissed_count"] += one.state.name == "DISMISSED"
        if one.close_time is not None and first <= harness.env.day_of(one.close_time) <= last:
            counts[one.rule.name, f"{one.state.name.lower()}_count"] += 1
    return +counts


async def shown(harness: Harness, first: date, last: date) -> Counts:
    """The same, as GetQualitySummary says it."""
    fields = {"first_day": first, "last_day": last}
    summed = await harness.look(results.get_quality_summary, results.GetQualitySummary, **fields)
    counts = {
        (one.rule.name, field): getattr(one.counts, field)
        for one in summed.rules
        for field in one.counts.__struct_fields__
    }
    return +Counter(counts)


async def agree(harness: Harness) -> Counts:
    """Both come to the same, for ever and for single days; returns what they come to for ever."""
    today = harness.env.today()
    for first, last in (FAR, (today, today), (NOW.date(), NOW.date()), (NOW.date(), today)):
        assert await shown(harness, first, last) == await by_hand(harness, first, last)
    return await shown(harness, *FAR)


async def test_every_step_of_a_story_changes_the_tallies_as_it_changes_the_findings(harness: Harness) -> None:
    first, second = await harness.apply(), await harness.apply(legal_name="Dreirad")
    ada = await contact(harness, first.id, name="Ada Weiß", phone="1")
    await arrive(harness)
    whole = await agree(harness)
    assert whole["ADDRESS_GIVEN", "opened_count"] == whole["ADDRESS_GIVEN", "open_count"] == 2
    [finding] = await found(harness, second.id, QualityRule.PHONE_GIVEN)
    dismissal = {"id": finding.id, "dismissal": QualityDismissal.CANNOT_BE_HAD}
    await harness.run(results.dismiss_quality_finding, results.DismissQualityFinding, **dismissal)
    assert (await agree(harness))["PHONE_GIVEN", "dismissed_count"] == 1
    harness.clock.advance(timedelta(days=40))
    await update(harness, first.id, by="dev:ida", address=ADDRESS)
    await update(harness, second.id, by="dev:ida", phone="+49 431 2345678")
    await change_contact(harness, ada, by="dev:ida", name="Ada Weiß", email="ada@example.com")
    await arrive(harness, again=True)
    assert (await agree(harness))["ADDRESS_GIVEN", "mended_count"] == 1
    await remove_contact(harness, ada, by="dev:ida")
    await arrive(harness)
    await agree(harness)
    await walk(harness, days=800)
    await agree(harness)
    policy = Policy(quality_closed_days=90)
    harness.env.settings = type(harness.env.settings)(policy=policy)
    before = len(await rows(harness, QUALITY_FINDINGS))
    while await jobs.delete_closed_findings(harness.env):
        pass
    assert len(await rows(harness, QUALITY_FINDINGS)) < before
    await agree(harness)


async def test_counting_anew_heals_what_was_never_counted_or_is_wrong(harness: Harness) -> None:
    await harness.apply(), await harness.apply(legal_name="Dreirad")
    await arrive(harness)
    stored: list[QualityTally] = await rows(harness, QUALITY_TALLIES)
    for place, one in enumerate(stored):
        loaded = await get(harness.env.store, QUALITY_TALLIES, one.id)
        assert loaded is not None
        await harness.env.store.commit([loaded.delete() if place % 2 else loaded.put(type(one)(**wrong(one)))])
    assert await shown(harness, *FAR) != await by_hand(harness, *FAR)
    fields = {"first_day": FAR[0], "last_day": FAR[1]}
    summed = await harness.look(results.get_quality_summary, results.GetQualitySummary, **fields)
    assert summed.counts_are_lower_bounds
    await counted(harness)
    await agree(harness)
    summed = await harness.look(results.get_quality_summary, results.GetQualitySummary, **fields)
    assert not summed.counts_are_lower_bounds
    assert await jobs.count(harness.env) == 0
    harness.clock.advance(timedelta(days=1))
    assert await jobs.count(harness.env) == 1


def wrong(one: QualityTally) -> dict[str, Any]:
    """A tally that has lost its counts."""
    return {"id": one.id, "version": one.version, "rule": one.rule, "month": one.month}


async def test_looks_at_the_same_time_lose_no_count(harness: Harness) -> None:
    for number in range(12):
        await harness.apply(legal_name=f"Rad {number}")
    told, harness.told = harness.told, []
    [consumer] = CONSUMERS
    looks = (consumer.handle(harness.env, one, Call(caller=SYSTEM, method="test")) for one in told)
    await asyncio.gather(*looks, counted(harness))
    assert (await agree(harness))["ADDRESS_GIVEN", "open_count"] == 12
