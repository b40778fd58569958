"""A store of its own for each test; keys are made once, they cost more than a test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.messaging.outbox import KINDS as OUTBOX_KINDS
from libs.privacy.keys import Keys, create_keys, open_keys
from libs.store.port import Store
from libs.store.sqlite import SqliteStore
from services.orders.documents import KINDS
from tests.component.orders.desk import Desk


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    folder = tmp_path_factory.mktemp("keys")
    create_keys(folder)
    return open_keys(folder)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await SqliteStore.open(tmp_path / "store.db")
    await opened.ensure([*KINDS, *OUTBOX_KINDS])
    yield opened
    await opened.close()


@pytest.fixture
async def desk(store: Store, keys: Keys) -> Desk:
    made = Desk(store, keys)
    await made.partner()
    return made
