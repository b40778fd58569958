"""The contract of publishing and consuming, held by the real thing."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.contracts.messaging.cases import burying, consuming, publishing, together
from tests.contracts.messaging.world import World, a_world

Case = Callable[[World], Awaitable[None]]


@pytest.mark.parametrize("case", publishing.CASES, ids=lambda case: case.__name__)
async def test_publishing(case: Case, tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        await case(world)


@pytest.mark.parametrize("case", consuming.CASES, ids=lambda case: case.__name__)
async def test_consuming(case: Case, tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        await case(world)


@pytest.mark.parametrize("case", burying.CASES, ids=lambda case: case.__name__)
async def test_burying(case: Case, tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        await case(world)


@pytest.mark.parametrize("case", together.CASES, ids=lambda case: case.__name__)
async def test_consuming_together(case: Case, tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        await case(world)
