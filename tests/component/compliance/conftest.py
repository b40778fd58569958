"""A store for each service of a test."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from libs.privacy.keys import Keys
from services.compliance.service import COMPOSITION
from tests.component.compliance import harness as harnesses
from tests.component.compliance.harness import Harness, Holder
from tests.component.replica import Shelf, opened
from tests.compositions import COMPOSITIONS


@pytest.fixture
async def harness(tmp_path: Path, keys: Keys) -> AsyncIterator[Harness]:
    async with AsyncExitStack() as stack:
        shelf = Shelf()
        holders = {}
        for name in COMPOSITIONS.keys() - {COMPOSITION.name}:
            (tmp_path / name).mkdir()
            store = await stack.enter_async_context(opened(tmp_path / name, harnesses.KINDS))
            holders[name] = Holder(name, store, keys, shelf)
        store = await stack.enter_async_context(opened(tmp_path, COMPOSITION.kinds))
        yield Harness(store, keys, holders, shelf)
