"""A piece that another cell sold: it is asked by a keyed hash, which reveals nothing without the key."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from libs.border_keys import BorderKey
from libs.cross_checks.domain import CheckState
from libs.cross_checks.hashes import hashed
from libs.cross_checks.subjects import CheckPolicy, Form
from libs.logs import Secret
from libs.privacy.keys import Keys
from services.orders.diversion.domain.sighting import SightingOutcome
from services.orders.service import COMPOSITION
from services.orders.tracing import usecases as tracing
from tests.component.border import Post, neighbours, shared_keys
from tests.component.orders.diversion.acts import all_cases, seen, sold
from tests.component.orders.harness import PARTNER, Harness
from tests.component.replica import sealed

GUESSES = [f"SN-{number:04}" for number in range(10_000)]


@pytest.fixture
async def cells(tmp_path: Path, keys: Keys) -> AsyncIterator[dict[str, Harness]]:
    shared, made = shared_keys(tmp_path), dict[str, Harness]()
    async with AsyncExitStack() as stack:
        for code, directory in neighbours("local", "cn").items():
            (tmp_path / code).mkdir()
            store = await stack.enter_async_context(sealed(tmp_path / code, COMPOSITION.name, COMPOSITION.kinds, keys))
            made[code] = Harness(store, keys, directory=directory, checks=CheckPolicy(keys=shared))
            await made[code].partner()
        yield made


async def test_another_cell_answers_that_it_sold_the_piece_and_opens_nothing(cells: dict[str, Harness]) -> None:
    here, cn, post = cells["local"], cells["cn"], Post(COMPOSITION, cells)
    shipment = await sold(cn, "SN-0042")
    await post.settle()
    found = await seen(here, "SN-0042", "DE")
    assert found.outcome is SightingOutcome.NOT_SOLD_HERE
    await post.settle()
    trace = await here.look(tracing.get_trace, tracing.GetTrace, id=found.trace_id)
    assert [one.state for one in trace.cells] == [CheckState.HIT]
    assert [*await all_cases(here), *await all_cases(cn)] == []
    crossed = repr([(one.about, one.headers(), one.body) for one in post.crossed])
    assert not [one for one in ("SN-0042", "RTR-1", PARTNER, shipment, found.id, found.trace_id) if one in crossed]
    with_another_key = BorderKey("k1", Secret(bytes(32)))
    forms = [Form("SERIAL", f"RTR-1:{guess}") for guess in GUESSES]
    assert not [one for one in hashed(with_another_key, "orders", forms) if one.partition(":")[2] in crossed]
    [shared] = here.env.settings.checks.keys.current()
    told = [one for one in hashed(shared, "orders", forms) if one.partition(":")[2] in crossed]
    assert told == [*hashed(shared, "orders", [Form("SERIAL", "RTR-1:SN-0042")])]
