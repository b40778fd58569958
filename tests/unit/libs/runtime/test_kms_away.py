"""A cell starts when its key management service answers, and goes on without it."""

import asyncio
from collections.abc import MutableMapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from libs.privacy.keys import create_keys
from libs.privacy.wrapping import wrap_with
from tests.transit import TOKEN, Transit, serving
from tests.unit.libs.runtime.notes import at_work, copies, take
from tests.waiting import until

SERVICES = ("notes", "copies")


async def test_it_waits_for_a_service_that_is_away_says_so_and_goes_on_when_it_is_away_later(tmp_path: Path) -> None:
    keys, transit = tmp_path / "keys", Transit()
    create_keys(keys, SERVICES)
    with serving(transit):
        for name in SERVICES:
            wrap_with(keys, name, transit.uri(name))
            (keys / name / "kms-credentials").write_text(TOKEN)
    entered = at_work(tmp_path / "data", keys_dir=keys)
    captured: AbstractContextManager[list[MutableMapping[str, Any]]] = capture_logs()
    with captured as logs:
        starting = asyncio.ensure_future(entered.__aenter__())
        await until(lambda: [one for one in logs if one["event"] == "kms_unavailable"])
        assert not starting.done()
        assert transit.asked == []
        with serving(transit):
            cell, client = await starting
    try:
        await take(client, 1)
        await cell.settled()
        assert await copies(cell) == ["note 1"]
    finally:
        await entered.__aexit__(None, None, None)
