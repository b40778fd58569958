"""A purger on a store of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.privacy.keys import Keys
from tests.component.purging.files import KINDS, SERVICE, Purger
from tests.component.replica import sealed


@pytest.fixture
async def purger(tmp_path: Path, keys: Keys) -> AsyncIterator[Purger]:
    async with sealed(tmp_path, SERVICE, KINDS, keys) as store:
        yield Purger(store, keys)
