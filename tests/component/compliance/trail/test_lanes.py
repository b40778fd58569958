"""The trail keeps where each event stands among those of its process, and its export shows what never arrived."""

from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from msgspec.structs import replace

from libs.audit.verification import verify
from libs.call import ANONYMOUS, CallOutcome, recorded
from libs.clock import SteppedClock
from libs.privacy.keys import Keys
from services.compliance.service import COMPOSITION
from tests.builders import NOW
from tests.component.compliance.trail_harness import Trail
from tests.component.replica import opened

LATER = timedelta(hours=1)


@pytest.fixture
async def trail(tmp_path: Path, keys: Keys) -> AsyncIterator[Trail]:
    async with opened(tmp_path, COMPOSITION.kinds) as store:
        yield Trail(store, keys, clock=SteppedClock(NOW))


async def found(trail: Trail) -> list[str]:
    """What a check of the export says."""
    await trail.extend()
    trail.clock.advance(LATER)
    report = verify(BytesIO(await trail.export()), trail.env.keys.public_keys())
    return [str(one) for one in report.findings]


async def test_an_event_that_was_purged_before_the_trail_heard_it_is_named(trail: Trail) -> None:
    for number in (1, 2, 4, 5, 8):
        await trail.hear(replace(trail.an_event(), lane="one", number=number))
    await trail.hear(replace(trail.an_event(), lane="two", number=1))
    await trail.hear(trail.an_event())  # of a release that did not number
    assert await found(trail) == ["MISSING: events 3, 6 to 7 of lane one of deals are not in the trail"]


async def test_calls_that_one_event_records_have_its_number(trail: Trail) -> None:
    calls = [recorded(ANONYMOUS, f"/prm.x/{name}", CallOutcome.REFUSED, time=NOW, reason="X") for name in "ab"]
    await trail.hear(replace(trail.a_recording(*calls), lane="one", number=2))
    await trail.hear(replace(trail.an_event(), lane="one", number=1))
    assert await found(trail) == []
    places = [(one.lane, one.lane_number) for one in await trail.entries()]
    assert sorted(places) == [("one", 1), ("one", 2), ("one", 2)]
