"""A store for each service of a test."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from libs.privacy.keys import Keys
from services.compliance.service import COMPOSITION
from tests.component.compliance import desk as desks
from tests.component.compliance.desk import Desk, Holder
from tests.component.replica import Shelf, opened
from tests.compositions import COMPOSITIONS


@pytest.fixture
async def desk(tmp_path: Path, keys: Keys) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as stack:
        shelf = Shelf()
        holders = {}
        for name in COMPOSITIONS.keys() - {COMPOSITION.name}:
            (tmp_path / name).mkdir()
            store = await stack.enter_async_context(opened(tmp_path / name, desks.KINDS))
            holders[name] = Holder(name, store, keys, shelf)
        store = await stack.enter_async_context(opened(tmp_path, COMPOSITION.kinds))
        yield Desk(store, keys, holders, shelf)
