"""Who exports a great deal keeps nobody waiting: between two slices of it everything else has its turn."""

import asyncio
from pathlib import Path

from libs.lifetime import alongside
from libs.person import Person
from libs.privacy.keys import Keys
from libs.store.faults import Wrapper
from libs.store.port import D, Page, Query, Store
from services.compliance.documents import KINDS
from services.compliance.usecases.export import SLICE_ROWS
from tests.builders import an_id
from tests.component.compliance.desk import Card, Desk
from tests.component.compliance.trail import Trail
from tests.component.replica import opened

ENTRIES, EXPORTS = 600, 8


class Rounds:
    """Goes round with the event loop; counts what a store gives in each round."""

    def __init__(self) -> None:
        self.rows = self.most = self.count = 0

    async def run(self) -> None:
        while True:
            self.rows = 0
            await asyncio.sleep(0)
            self.count += 1
            self.most = max(self.most, self.rows)


class Counted(Wrapper):
    """A store that tells how many rows it gave."""

    def __init__(self, inner: Store, rounds: Rounds) -> None:
        super().__init__(inner)
        self._rounds = rounds

    async def find(self, query: Query[D]) -> Page[D]:
        page = await self.inner.find(query)
        self._rounds.rows += len(page.rows)
        return page


async def test_beside_eight_exports_of_the_trail_the_loop_goes_round_after_every_slice(
    tmp_path: Path, keys: Keys
) -> None:
    rounds = Rounds()
    async with opened(tmp_path, KINDS) as store:
        trail = Trail(Counted(store, rounds), keys)
        await trail.hear_some(ENTRIES)
        await trail.extend()
        rounds.most = 0
        async with alongside(rounds.run()):
            files = await asyncio.gather(*[trail.export() for _ in range(EXPORTS)])
    assert {len(file.splitlines()) for file in files} == {len(files[0].splitlines())}
    assert len(files[0].splitlines()) > ENTRIES
    assert rounds.most <= 2 * SLICE_ROWS  # entries, and the checkpoints that stand among them
    assert rounds.count >= EXPORTS * ENTRIES / SLICE_ROWS


async def test_while_a_package_is_made_the_loop_goes_round(desk: Desk) -> None:
    me = Person(person_id=an_id("psn", 1), name="Ngozi Okafor", email="ngozi@example.org")
    for number in range(20):
        await desk.holders["deals"].keep(Card(id=f"d{number}", owner=me))
    request = await desk.search(await desk.ask(("EMAIL", "ngozi@example.org")))
    rounds = Rounds()
    async with alongside(rounds.run()):
        packages = await asyncio.gather(*[desk.package(request) for _ in range(EXPORTS)])
    assert len({package.sha256 for package in packages}) == 1
    assert rounds.count >= EXPORTS * (len(request.services) + 1)
