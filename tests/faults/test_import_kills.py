"""Importer and cell killed at random points: the import repeated gives what an undisturbed one gives."""

import asyncio
import csv
from pathlib import Path
from random import Random

import pytest

from tests.faults.importing import (
    CONTACT_ROWS,
    MESSAGES,
    ORDER_ROWS,
    PARTNER_ROWS,
    ImportedCell,
    Kept,
    a_cell_to_import_to,
    write_files,
)
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("system")

MESSAGES_BETWEEN = (1, MESSAGES // 4)
SETTLE_SECONDS = 60.0


async def _undisturbed(cell: ImportedCell) -> Kept:
    await cell.start()
    assert await cell.finish_import() == 0
    found = await cell.kept()
    assert [len(rows) for rows in found.values()] == [PARTNER_ROWS, CONTACT_ROWS, ORDER_ROWS // 2, ORDER_ROWS // 2]
    return found


async def _disturb(cell: ImportedCell, chance: Random) -> None:
    """Kill the importer, the cell and both, in any order, each after a random number of messages."""
    rounds = [(True, False), (False, True), (True, True)]
    chance.shuffle(rounds)
    interrupted = 0
    for importer, killed in rounds:
        await cell.start_import()
        enough = await cell.count() + chance.randint(*MESSAGES_BETWEEN)

        async def reached(enough: int = enough) -> bool:
            return await cell.count() >= enough

        await until(reached, within_seconds=SETTLE_SECONDS)
        interrupted += cell.importing
        await cell.kill(importer=importer, cell=killed)
        if killed:
            await cell.start()
    assert interrupted >= 2, "the import was over before anything was killed"


async def _every_event(cell: ImportedCell) -> None:
    """Each partner and each order has the event of its import once."""

    async def all_there() -> bool:
        return len({id for id, event in await cell.events() if event.endswith("Imported")}) >= MESSAGES

    await until(all_there, within_seconds=SETTLE_SECONDS)
    found = await cell.events()
    assert set(found.values()) == {1}, [one for one, times in found.items() if times > 1]


def _totals(report: Path) -> list[str]:
    with report.open(newline="") as file:
        return [row["description"] for row in csv.DictReader(file) if row["outcome"] == "TOTAL"]


async def test_an_import_repeated_after_kills_gives_what_an_undisturbed_one_gives(tmp_path: Path) -> None:
    for name in ("data", "calm", "killed"):
        (tmp_path / name).mkdir()
    data = tmp_path / "data"
    write_files(data)
    async with a_cell_to_import_to(tmp_path / "killed", data) as cell:
        async with a_cell_to_import_to(tmp_path / "calm", data) as calm:
            wanted, _ = await asyncio.gather(_undisturbed(calm), cell.start())
        await _disturb(cell, Random(7))
        assert await cell.finish_import() == 0
        assert await cell.kept() == wanted
        await _every_event(cell)
    rest = "0 refused + 0 not yet + 0 left out + 0 of other mappings"
    rows = PARTNER_ROWS + CONTACT_ROWS
    assert _totals(cell.report) == [
        f"{rows} rows read = {rows} in messages + {rest}",
        f"{ORDER_ROWS} rows read = {ORDER_ROWS} in messages + {rest}",
    ]
