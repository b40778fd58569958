"""Moving what is due: many rows at once, but not all; one that cannot move keeps nobody else from it."""

import asyncio

import pytest
from msgspec.structs import replace

from libs.call import SYSTEM, Call
from libs.document import Document
from libs.errors import Contended, StoreUnavailable
from libs.runtime.sweep import ROWS_AT_ONCE, sweep
from libs.store.port import Kind, Loaded

THINGS = Kind("thing", Document)
DUE = [Loaded(THINGS, Document(id=str(number), version=1)) for number in range(100)]


async def test_the_rows_are_moved_by_the_system_in_the_name_of_the_job() -> None:
    seen: list[tuple[Call, str]] = []

    async def act(call: Call, row: str) -> Document:
        seen.append((call, row))
        return Document(id=row, version=2)

    assert await sweep("things__move", DUE, act) == 100
    assert seen == [(Call(caller=SYSTEM, method="things__move"), loaded.value.id) for loaded in DUE]


async def test_so_many_rows_are_on_their_way_at_once_and_no_more() -> None:
    here, most = 0, 0

    async def act(call: Call, row: str) -> Document:
        nonlocal here, most
        here += 1
        most = max(most, here)
        for _ in range(3):
            await asyncio.sleep(0)
        here -= 1
        return Document(id=row, version=2)

    await sweep("things__move", DUE, act)
    assert most == ROWS_AT_ONCE


async def test_rows_that_others_moved_or_that_may_not_move_are_left_and_not_counted() -> None:
    async def act(call: Call, row: str) -> Document:
        if row.endswith("3"):
            raise Contended("others keep changing the same rows")
        return replace(DUE[int(row)].value, version=1 if row.endswith("7") else 2)

    assert await sweep("things__move", DUE, act) == 80


@pytest.mark.parametrize("cause", [StoreUnavailable("the disk is full"), ValueError("a bug")])
async def test_a_store_that_is_away_and_a_bug_end_the_sweep_when_what_is_on_its_way_is_through(
    cause: Exception,
) -> None:
    moved: list[str] = []

    async def act(call: Call, row: str) -> Document:
        await asyncio.sleep(0)
        if row == "40":
            raise cause
        moved.append(row)
        return Document(id=row, version=2)

    with pytest.raises(type(cause)):
        await sweep("things__move", DUE, act)
    assert moved == [str(number) for number in range(2 * ROWS_AT_ONCE) if number != 40]


async def test_nothing_due_is_nothing_moved() -> None:
    async def act(call: Call, row: str) -> Document:
        raise AssertionError("nobody asked for it")

    assert await sweep("things__move", [], act) == 0
