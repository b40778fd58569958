"""Three services of their own for each test."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from libs.privacy.keys import Keys
from tests.component.rights.channel import Channel, opened


@pytest.fixture
async def channel(tmp_path: Path, keys: Keys) -> AsyncIterator[Channel]:
    async with AsyncExitStack() as stack:
        yield await opened(stack, tmp_path, keys)
