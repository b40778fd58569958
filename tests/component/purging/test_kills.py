"""A purge that is killed in the middle goes on where it was: no row is missed, none is counted twice, and the ledger
has every one."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from libs.clock import SteppedClock
from libs.errors import StoreUnavailable
from libs.privacy.keys import create_keys, open_keys
from libs.privacy.ledger.documents import LedgerEntry
from libs.privacy.ledger.replay import replay
from libs.privacy.sealing.store import SealedStore
from libs.store.listing import everything
from services.__main__ import SERVICES
from tests.builders import NOW
from tests.component.purging.files import DAY, FILES, KINDS, SERVICE, SLIPS, File, Purger, Slip
from tests.component.purging.test_purging import ANNA, OLD
from tests.component.replica import sealed
from tests.store_faults import FailingCommits

ROOT = Path(__file__).parents[3]
ROWS = 400


@pytest.mark.parametrize("steps", [1, 2, 5, 8, 11])
async def test_a_killed_run_goes_on_where_it_was(tmp_path: Path, steps: int) -> None:
    create_keys(tmp_path / "keys-of-cell", SERVICES)
    keys = open_keys(tmp_path / "keys-of-cell").of("compliance")
    async with sealed(tmp_path, SERVICE, KINDS, keys) as store:
        purger = Purger(store, keys)
        await purger.keep(*(File(id=f"{one:03}", owner=ANNA, over=OLD) for one in range(ROWS)))
        await purger.keep(*(Slip(id=f"{one:03}", owner=ANNA, over=OLD) for one in range(ROWS // 4)))
        await purger.purge()
    arguments = ("-m", "tests.component.purging.dying", str(tmp_path), str(tmp_path / "keys-of-cell"))
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=PIPE, cwd=ROOT)
    assert process.stdout is not None
    for _ in range(steps):
        assert await process.stdout.readline() == b"step\n"
    process.kill()
    await process.wait()
    async with sealed(tmp_path, SERVICE, KINDS, keys) as store:
        purger = Purger(store, keys, SteppedClock(NOW + DAY))
        await replay(store)  # as every start does
        while await purger.purge():
            pass
        assert [one.purged[0].rows for one in purger.reports()] == [ROWS]
        assert [one.purged[1].rows for one in purger.reports()] == [ROWS // 4]
        assert not [one for one in await everything(store, FILES, {}) if one.owner == ANNA]
        assert not await everything(store, SLIPS, {})
        places = {one.erased.place for one in await _entries(store)}
        assert len(places) == ROWS + ROWS // 4


async def _entries(store: SealedStore) -> list[LedgerEntry]:
    found: list[LedgerEntry] = []
    while page := await store.ledger.entries(len(found)):
        found += page
    return found


async def test_a_ledger_that_fails_after_a_page_gets_the_page_before_the_next_one(purger: Purger) -> None:
    store = purger.env.store
    assert isinstance(store, SealedStore)
    await purger.keep(File(id="old", owner=ANNA, over=OLD))
    await purger.purge()
    purger.clock.advance(DAY)
    failing = FailingCommits(store.ledger.store)
    store.ledger.store = failing
    failing.refuse_next(StoreUnavailable("the ledger is away"))
    await purger.purge()  # begun
    await purger.purge()  # the page of files
    with pytest.raises(StoreUnavailable):
        await purger.purge()
    assert (await store.ledger.head()).number == 0
    while await purger.purge():
        pass
    assert (await store.ledger.head()).number == 1
    assert [one.purged[0].rows for one in purger.reports()] == [1]
