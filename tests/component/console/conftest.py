"""A cell of all services, and a console of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.applications import Starlette

from libs.config import Settings
from libs.runtime.cell import RunningCell, running
from services.__main__ import builders
from tests.component.console.browsing import Browser, browsing, console_of


@pytest.fixture
async def cell(tmp_path: Path) -> AsyncIterator[RunningCell]:
    settings = Settings(data_dir=tmp_path, listen="127.0.0.1:0", log_level="error")
    async with running(builders(), settings, sweep=False) as found:
        yield found


@pytest.fixture
async def app(cell: RunningCell, tmp_path: Path) -> AsyncIterator[Starlette]:
    found = console_of(tmp_path, cell.address)
    yield found
    await found.state.console.client.close()


@pytest.fixture
async def browser(app: Starlette) -> AsyncIterator[Browser]:
    async with browsing(app) as found:
        yield found
