"""A store of its own for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.privacy.keys import Keys
from libs.store.port import Store
from services.orders.service import COMPOSITION
from tests.component.orders.desk import Desk
from tests.component.replica import opened


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(tmp_path, COMPOSITION.kinds) as found:
        yield found


@pytest.fixture
async def desk(store: Store, keys: Keys) -> Desk:
    made = Desk(store, keys)
    await made.partner()
    return made
