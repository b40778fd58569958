"""Long work on one stream lets the calls of others pass."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from libs.errors import InvalidInput, Violation
from libs.imports import Imported
from libs.lifetime import Lane, alongside
from libs.pb.prm.tickets import v1 as pb
from libs.rpc.decode import Incoming
from libs.rpc.imports import take_batches
from libs.store.listing import everything
from libs.store.port import ROWS_PER_PAGE, Document, Index, Kind, create
from tests.component.replica import opened

ROWS = 100


class Anywhere:
    """An environment of which nothing is asked."""

    def rehearsal(self) -> "Anywhere":
        """See Rehearsable."""
        return self


class Rounds:
    """Goes round with the event loop; counts what is done in each round."""

    def __init__(self) -> None:
        self.done = self.most = self.count = 0

    async def run(self) -> None:
        while True:
            self.done = 0
            await asyncio.sleep(0)
            self.count += 1
            self.most = max(self.most, self.done)


async def test_of_a_batch_of_refused_rows_the_loop_goes_round_after_each() -> None:
    rounds = Rounds()

    def check(row: Any) -> None:
        rounds.done += 1
        raise InvalidInput([Violation("title", "is wrong")])

    async def take(env: Anywhere, request: Any, row: Any) -> Imported:
        raise AssertionError("no row is taken that is refused")

    async def batches() -> AsyncIterator[Incoming[Any]]:
        yield Incoming(
            pb.ImportTicketsRequest(rows=[pb.ImportTicketRow(external_id=str(i)) for i in range(ROWS)]), None
        )

    async with alongside(rounds.run()):
        [results] = [results async for results in take_batches(batches(), check, Anywhere(), take)]
    assert [result.external_id for result in results] == [str(i) for i in range(ROWS)]
    assert rounds.most == 1


async def test_slices_of_a_lane_come_one_a_round_and_in_the_order_they_were_asked_for() -> None:
    lane, rounds, order = Lane(), Rounds(), []

    async def work(name: str) -> None:
        for number in range(3):
            async with lane.slice():
                rounds.done += 1
                order.append((number, name))

    async with alongside(rounds.run()):
        await asyncio.gather(*[work(name) for name in "abcd"])
    assert rounds.most == 1
    assert order == [(number, name) for number in range(3) for name in "abcd"]


class Row(Document, frozen=True, kw_only=True):
    colour: str


ROW = Kind("row", Row, (Index(("colour",)),))


async def test_whoever_reads_everything_goes_round_after_each_page(tmp_path: Path) -> None:
    rounds = Rounds()
    async with opened(tmp_path, [ROW]) as store:
        for start in range(0, 5 * ROWS_PER_PAGE, 50):
            await store.commit([create(ROW, Row(id=str(i), colour="red")) for i in range(start, start + 50)])
        async with alongside(rounds.run()):
            assert len(await everything(store, ROW, {"colour": "red"})) == 5 * ROWS_PER_PAGE
    assert rounds.count >= 3
