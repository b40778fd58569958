"""A piece is traced to the cell that shipped it, by a keyed hash of its serial number."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from libs.cross_checks.domain import CheckState, Finding
from libs.cross_checks.subjects import CheckPolicy
from libs.errors import NotFound
from libs.privacy.keys import Keys
from services.orders.service import COMPOSITION
from services.orders.tracing import usecases
from services.orders.tracing.domain import Trace
from tests.builders import an_id
from tests.component.border import NEXT_KEY, Post, neighbours, shared_keys, write_keys
from tests.component.orders.harness import PARTNER, Harness
from tests.component.replica import sealed

CODES = ("local", "cn")
HIT, CLEAR, PENDING, UNCHECKED = CheckState.HIT, CheckState.CLEAR, CheckState.PENDING, CheckState.UNCHECKED


class World:
    """Two cells, and the post between them."""

    def __init__(self, folder: Path, cells: dict[str, Harness]) -> None:
        self.folder = folder
        self.here, self.cn = (cells[code] for code in CODES)
        self.post = Post(COMPOSITION, cells)

    async def trace(self, serial: str) -> Trace:
        """A trace that this cell starts."""
        return await self.here.run(usecases.trace_serial, usecases.TraceSerial, sku="RTR-1", serial=serial)

    async def seen(self, trace: Trace) -> tuple[str, CheckState, tuple[Finding, ...]]:
        """The shipment of this cell, and what the other answered."""
        found = await self.here.look(usecases.get_trace, usecases.GetTrace, id=trace.id)
        [cell] = found.cells
        return found.shipment_id, cell.state, cell.findings


@pytest.fixture
async def world(tmp_path: Path, keys: Keys) -> AsyncIterator[World]:
    shared, cells = shared_keys(tmp_path), dict[str, Harness]()
    async with AsyncExitStack() as stack:
        for code, directory in neighbours(*CODES).items():
            (tmp_path / code).mkdir()
            store = await stack.enter_async_context(sealed(tmp_path / code, COMPOSITION.name, COMPOSITION.kinds, keys))
            cells[code] = Harness(store, keys, directory=directory, checks=CheckPolicy(keys=shared))
            await cells[code].partner()
        yield World(tmp_path, cells)


async def test_another_cell_tells_month_and_product_line_and_not_to_whom(world: World) -> None:
    order = await world.cn.confirmed()
    shipment = await world.cn.ship(order, 2, "SN-0001", "SN-0002")
    await world.post.settle()
    trace = await world.trace("SN-0001")
    assert await world.seen(trace) == ("", UNCHECKED, ())
    await world.post.settle()
    month = shipment.ship_date.strftime("%Y-%m")
    assert await world.seen(trace) == ("", HIT, (Finding(product_line=order.lines[0].product_line, month=month),))
    text = repr([(one.about, one.headers(), one.body) for one in world.post.crossed])
    assert world.post.crossed
    assert not [one for one in ("SN-0001", PARTNER, order.id, shipment.id, trace.id) if one in text]


async def test_a_piece_that_nobody_shipped_is_clear(world: World) -> None:
    await world.cn.ship(await world.cn.confirmed(), 1, "SN-0001")
    await world.post.settle()
    trace = await world.trace("SN-0003")
    await world.post.settle()
    assert await world.seen(trace) == ("", CLEAR, ())


async def test_a_piece_of_this_cell_is_shown_with_its_shipment(world: World) -> None:
    shipment = await world.here.ship(await world.here.confirmed(), 1, "SN-0001")
    trace = await world.trace("SN-0001")
    await world.post.settle()
    assert await world.seen(trace) == (shipment.id, CLEAR, ())


async def test_a_piece_that_was_taken_back_is_not_known_any_more(world: World) -> None:
    order = await world.cn.confirmed()
    await world.cn.deliver(await world.cn.ship(order, 1, "SN-0001"))
    rma = await world.cn.authorize(order, 1, "SN-0001")
    await world.cn.inspect(await world.cn.receive(rma, 1, "SN-0001"), 1, "SN-0001")
    await world.post.settle()
    trace = await world.trace("SN-0001")
    await world.post.settle()
    assert await world.seen(trace) == ("", CLEAR, ())


async def test_the_answer_of_a_cell_that_was_away_comes_later(world: World) -> None:
    await world.cn.ship(await world.cn.confirmed(), 1, "SN-0001")
    await world.post.settle()
    world.post.away = {"cn"}
    trace = await world.trace("SN-0001")
    await world.post.settle()
    assert (await world.seen(trace))[1] is PENDING
    world.post.away = set()
    await world.post.settle()
    assert (await world.seen(trace))[1] is HIT


async def test_what_was_shipped_before_a_key_is_found_by_it(world: World) -> None:
    await world.cn.ship(await world.cn.confirmed(), 1, "SN-0001")
    await world.post.settle()
    write_keys(world.folder, NEXT_KEY)
    await world.post.run_jobs()
    trace = await world.trace("SN-0001")
    await world.post.settle()
    assert (await world.seen(trace))[1] is HIT


async def test_an_unknown_trace_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        await world.here.look(usecases.get_trace, usecases.GetTrace, id=an_id("trc"))
