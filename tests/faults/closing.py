"""A partners service that closes a quarter, and that is killed with SIGKILL around one of its commits.

`python -m tests.faults.closing FOLDER INSTANT NUMBER MILLISECONDS`: so many milliseconds after the commit with this
number has begun, which may be before it is written, or while the next one is. It ends by itself if there is none.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from threading import Timer

from libs.privacy.keys import open_keys
from libs.store.port import Store, Write
from services.partners.scorecard.jobs import JOBS as SCORECARD_JOBS
from services.partners.segmentation.jobs import JOBS as SEGMENTATION_JOBS
from services.partners.service import COMPOSITION
from services.partners.tier_review.jobs import JOBS as REVIEW_JOBS
from tests.component.partners.harness import Harness
from tests.component.replica import sealed
from tests.store_faults import Wrapper

JOBS = (*SCORECARD_JOBS, *SEGMENTATION_JOBS, *REVIEW_JOBS)
KEYS = "cell keys"


class KilledAtCommit(Wrapper):
    """Ends the process a little after the commit with this number has begun."""

    def __init__(self, inner: Store, number: int, milliseconds: float) -> None:
        super().__init__(inner)
        self._left = number
        self._seconds = milliseconds / 1000

    async def commit(self, writes: Sequence[Write]) -> None:
        """See Store."""
        self._left -= 1
        if not self._left:
            Timer(self._seconds, os.kill, (os.getpid(), signal.SIGKILL)).start()
        await self.inner.commit(writes)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Harness]:
    """The service on the stores in a folder."""
    keys = open_keys(folder / KEYS)
    async with sealed(folder, COMPOSITION.name, COMPOSITION.kinds, keys) as store:
        yield Harness(store, keys)


async def close_quarter(harness: Harness, at: datetime) -> None:
    """It is `at`, and the jobs of scorecards, segmentations and tier reviews take turns until nothing is left to do."""
    harness.clock.advance(at - harness.clock.now())
    while any([await job.run(harness.env) for job in JOBS]):
        pass


async def main(folder: str, at: str, number: str, milliseconds: str) -> None:
    """Close the quarter, and be killed."""
    async with opened(Path(folder)) as harness:
        harness.env.store = KilledAtCommit(harness.env.store, int(number), float(milliseconds))
        await close_quarter(harness, datetime.fromisoformat(at))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
