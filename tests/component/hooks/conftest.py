"""A store of its own for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.privacy.keys import Keys
from libs.store.port import Store
from services.hooks.service import COMPOSITION
from tests.component.hooks.harness import Harness
from tests.component.replica import sealed


@pytest.fixture
async def store(tmp_path: Path, keys: Keys) -> AsyncIterator[Store]:
    async with sealed(tmp_path, COMPOSITION.name, COMPOSITION.kinds, keys) as found:
        yield found


@pytest.fixture
def harness(store: Store, keys: Keys) -> Harness:
    return Harness(store, keys)


@pytest.fixture
async def served(harness: Harness) -> Harness:
    """A replica that knows a partner in Germany."""
    await harness.know_partner()
    return harness
