"""Who exports a great deal keeps nobody waiting: between two slices of it everything else has its turn."""

import asyncio
from pathlib import Path

from libs.lifetime import alongside
from libs.privacy.keys import Keys
from libs.store.port import D, Page, Query, Store
from services.compliance.service import COMPOSITION
from services.compliance.trail.usecases.export import SLICE_ROWS
from tests.component.compliance.trail_harness import Trail
from tests.component.compliance.turns import LoopTurns
from tests.component.replica import opened
from tests.store_faults import Wrapper

ENTRIES, EXPORTS = 600, 8


class Counted(Wrapper):
    """A store that tells how many rows it gave."""

    def __init__(self, inner: Store, turns: LoopTurns) -> None:
        super().__init__(inner)
        self._turns = turns

    async def find(self, query: Query[D]) -> Page[D]:
        page = await self.inner.find(query)
        self._turns.rows += len(page.rows)
        return page


async def test_beside_eight_exports_of_the_trail_the_loop_goes_round_after_every_slice(
    tmp_path: Path, keys: Keys
) -> None:
    turns = LoopTurns()
    async with opened(tmp_path, COMPOSITION.kinds) as store:
        trail = Trail(Counted(store, turns), keys)
        await trail.hear_some(ENTRIES)
        await trail.extend()
        turns.most = 0
        async with alongside(turns.run()):
            files = await asyncio.gather(*[trail.export() for _ in range(EXPORTS)])
    assert {len(file.splitlines()) for file in files} == {len(files[0].splitlines())}
    assert len(files[0].splitlines()) > ENTRIES
    assert turns.most <= 2 * SLICE_ROWS  # entries, and the checkpoints that stand among them
    assert turns.count >= EXPORTS * ENTRIES / SLICE_ROWS
