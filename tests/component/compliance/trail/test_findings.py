"""What the trail lacks is found while the cell runs: a row, an event, a call; and it is resolved when it comes late."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from libs.clock import SteppedClock
from libs.messaging.events import UnreadableEvent
from libs.privacy.keys import Keys, create_keys, open_keys
from services.compliance.service import COMPOSITION
from services.compliance.trail.domain.findings import TrailFinding, TrailFindingState
from services.compliance.trail.domain.lanes import WAIT, NumberRange, TrailFindingType
from services.compliance.trail.jobs import check_lanes
from tests.builders import NOW
from tests.component.compliance.trail_harness import Trail
from tests.component.replica import opened

HOUR = timedelta(hours=1)


@pytest.fixture
async def trail(tmp_path: Path, keys: Keys) -> AsyncIterator[Trail]:
    async with opened(tmp_path, COMPOSITION.kinds) as store:
        yield Trail(store, keys, clock=SteppedClock(NOW))


async def hear(trail: Trail, lane: str, *numbers: int) -> None:
    for number in numbers:
        event = replace(trail.an_event(), lane=lane, number=number, time=trail.clock.now())
        await trail.hear(event)


def told(findings: list[TrailFinding]) -> list[tuple[str, str, list[tuple[int, int]]]]:
    return [(one.type.name, one.lane, [(span.first, span.last) for span in one.ranges]) for one in findings]


def events(trail: Trail) -> list[tuple[str, int]]:
    """The names of the events about findings, and how many numbers they are about."""
    found: list[tuple[str, Any]] = [(name, body) for name, _, body in trail.events()]
    return [(name, body.number_count) for name, body in found]


async def test_an_undisturbed_trail_has_no_finding(trail: Trail) -> None:
    await trail.hear(trail.a_head("a", 2))
    await hear(trail, "a", 2, 1)
    await trail.check()
    await trail.hear(trail.a_head("a", 2, sequence=2, closed=True))
    await hear(trail, "", 0)  # of a release that did not number
    await trail.check(HOUR)
    await trail.check(HOUR)
    assert await trail.findings() == []
    assert events(trail) == []


async def test_what_is_missing_is_found_after_a_while_and_resolved_when_it_comes_late(trail: Trail) -> None:
    await trail.hear(trail.a_head("a", 6, closed=True))
    await hear(trail, "a", 1, 4)
    await trail.check()
    await trail.check(WAIT - timedelta(seconds=1))
    assert await trail.findings() == []
    await trail.check(timedelta(seconds=1))
    (finding,) = await trail.findings()
    assert told([finding]) == [("EVENTS_MISSING", "a", [(2, 3), (5, 6)])]
    assert (finding.service, finding.number_count, finding.state) == ("deals", 4, TrailFindingState.OPEN)
    await hear(trail, "a", 3)
    await trail.check()
    assert told(await trail.findings()) == [("EVENTS_MISSING", "a", [(2, 2), (5, 6)])]
    await hear(trail, "a", 5, 2, 6)
    await trail.check()
    (resolved,) = await trail.findings()
    assert (resolved.state, resolved.resolve_time) == (TrailFindingState.RESOLVED, trail.clock.now())
    assert (resolved.ranges, resolved.number_count, resolved.id) == ((), 0, finding.id)
    assert events(trail) == [("TrailFindingOpened", 4), ("TrailFindingChanged", 3), ("TrailFindingResolved", 0)]
    assert await trail.findings(state=TrailFindingState.OPEN) == []


async def test_a_lane_lost_whole_is_found_by_its_ordinal(trail: Trail) -> None:
    await trail.hear(trail.a_head("c", 1, ordinal=3, closed=True))
    await hear(trail, "c", 1)
    await trail.check()
    await trail.check(WAIT)
    assert told(await trail.findings()) == [("LANES_MISSING", "", [(1, 2)])]


async def test_a_tail_that_was_removed_with_its_heads_leaves_a_head_overdue(trail: Trail) -> None:
    await trail.hear(trail.a_head("a", 1))
    await hear(trail, "a", 1)
    await trail.check()
    await trail.check(timedelta(minutes=5))
    await trail.check(WAIT)
    (finding,) = await trail.findings(type=TrailFindingType.HEAD_OVERDUE, service="deals")
    assert (finding.lane, finding.due_time) == ("a", NOW + timedelta(minutes=5))
    await trail.hear(trail.a_head("a", 1, sequence=2))
    await trail.check()
    assert [one.state for one in await trail.findings()] == [TrailFindingState.RESOLVED]


async def test_an_event_beyond_the_head_is_found_and_so_is_a_lane_without_one(trail: Trail) -> None:
    await trail.hear(trail.a_head("a", 1, closed=True))
    trail.clock.advance(HOUR)
    await hear(trail, "a", 1, 2, 3)
    await hear(trail, "b", 1)
    await trail.check()
    await trail.check(WAIT)
    assert told(await trail.findings()) == [("BEYOND_HEAD", "a", [(2, 3)]), ("UNANNOUNCED", "b", [])]


async def test_a_forged_head_is_found_at_once_and_does_not_count(trail: Trail, tmp_path: Path) -> None:
    create_keys(tmp_path / "other", ["deals"])
    await hear(trail, "a", 1)
    await trail.hear(trail.a_head("a", 9, key=open_keys(tmp_path / "other").of("deals")))
    await trail.hear(trail.a_head("a", 9, sender="orders"))
    await trail.check()
    await trail.check(2 * WAIT)
    findings = await trail.findings()
    assert [(one.type, one.service) for one in findings] == [
        (TrailFindingType.HEAD_FORGED, "deals"),
        (TrailFindingType.HEAD_FORGED, "orders"),
    ]
    entries = {one.id: one for one in await trail.entries()}
    assert all(entries[one.entry_id].lane_head is not None for one in findings)


async def test_many_forged_heads_are_one_finding_for_each_service(trail: Trail) -> None:
    for number in range(1, 6):
        await trail.hear(trail.a_head("a", number, sender="orders"))
        await trail.check()
    await trail.check(2 * WAIT)
    (finding,) = await trail.findings()
    assert (finding.number_count, finding.state) == (5, TrailFindingState.OPEN)
    assert events(trail) == [("TrailFindingOpened", 1), *(("TrailFindingChanged", count) for count in range(2, 6))]


async def test_a_place_that_is_none_is_a_dead_letter(trail: Trail) -> None:
    for lane, number in (("A/B", 1), ("a", 0), ("a", -1), ("a", 2**53 + 1), ("a" * 41, 1)):
        with pytest.raises(UnreadableEvent):
            await hear(trail, lane, number)


async def test_a_head_that_is_none_is_a_dead_letter(trail: Trail) -> None:
    good = trail.a_head("a", 1)
    for body in (b"", b"\xff", b"\x0a\x00"):
        with pytest.raises(UnreadableEvent):
            await trail.hear(replace(good, body=body))
    with pytest.raises(UnreadableEvent):
        await trail.hear(trail.a_head("A/B", 1))
    for number in (0, -1, 2**53 + 1):
        with pytest.raises(UnreadableEvent):
            await trail.hear(trail.a_head("a", number))


async def test_the_export_says_the_same(trail: Trail) -> None:
    await trail.hear(trail.a_head("a", 3, closed=True))
    await hear(trail, "a", 1)
    await trail.hear(trail.a_head("c", 1, ordinal=3))
    await hear(trail, "c", 1)
    await trail.check()
    trail.clock.advance(HOUR)
    due = (NOW + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert [str(one) for one in (await trail.verified()).findings] == [
        "MISSING: lanes 2 of deals are not in the trail at all",
        "MISSING: events 2 to 3 of lane a of deals are not in the trail",
        f"OVERDUE: lane c of deals is open, and its head that was due at {due} is not in the trail",
    ]


async def test_replicas_find_everything_once(trail: Trail, keys: Keys) -> None:
    other = Trail(trail.env.store, keys, clock=trail.clock)
    for number in range(2, 500, 2):
        await hear(trail, "a", number)
    await trail.extend()
    while await check_lanes(trail.env) + await check_lanes(other.env):
        pass
    trail.clock.advance(WAIT)
    while await check_lanes(trail.env) + await check_lanes(other.env):
        pass
    (finding,) = await trail.findings()
    assert (finding.number_count, finding.ranges[1]) == (249, NumberRange(first=3, last=3))
