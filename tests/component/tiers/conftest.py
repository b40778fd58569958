"""A world for each test."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from libs.privacy.keys import Keys
from tests.component.handover.world import World, opened


@pytest.fixture
async def world(tmp_path: Path, keys: Keys) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        yield await opened(stack, tmp_path, keys)
