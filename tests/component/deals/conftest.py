"""A store of its own for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.privacy.keys import Keys
from libs.store.port import Store
from services.deals.service import COMPOSITION
from tests.component.deals.desk import RIVAL, Desk
from tests.component.replica import opened


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(tmp_path, COMPOSITION.kinds) as found:
        yield found


@pytest.fixture
async def desk(store: Store, keys: Keys) -> Desk:
    """A replica that knows two partners in Germany."""
    made = Desk(store, keys)
    await made.partner()
    await made.partner(RIVAL)
    return made


@pytest.fixture
async def replica(desk: Desk, store: Store, keys: Keys) -> Desk:
    """Another process of the service on the same store and clock, with locks of its own."""
    return Desk(store, keys, clock=desk.clock)
