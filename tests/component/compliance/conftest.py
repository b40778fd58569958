"""A store for each service of a test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.privacy.keys import Keys
from tests.component.compliance.harness import Harness, harnessed


@pytest.fixture
async def harness(tmp_path: Path, keys: Keys) -> AsyncIterator[Harness]:
    async with harnessed(tmp_path, keys) as made:
        yield made
