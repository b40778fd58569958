"""A store of its own for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.privacy.keys import Keys
from libs.store.port import Store
from services.deals.service import COMPOSITION
from tests.component.deals.harness import RIVAL, Harness
from tests.component.replica import sealed


@pytest.fixture
async def store(tmp_path: Path, keys: Keys) -> AsyncIterator[Store]:
    async with sealed(tmp_path, COMPOSITION.name, COMPOSITION.kinds, keys) as found:
        yield found


@pytest.fixture
async def harness(store: Store, keys: Keys) -> Harness:
    """A replica that knows two partners in Germany."""
    made = Harness(store, keys)
    await made.partner()
    await made.partner(RIVAL)
    return made


@pytest.fixture
async def replica(harness: Harness, store: Store, keys: Keys) -> Harness:
    """Another process of the service on the same store and clock, with locks of its own."""
    return Harness(store, keys, clock=harness.clock)
