"""Whoever was erased after a backup stays erased when it is restored, because the newest ledger goes with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pyrage
import pytest

from libs.clock import SystemClock
from libs.config import Settings, read
from libs.runtime.cell import RunningCell, running
from services.__main__ import builders
from services.demo.scenario import SERVICES, ScenarioClient
from tests.contracts.store.conftest import mongo_server as mongo_server
from tests.system.erasures import EMAIL, NAME, PHONE, asked, contact, is_certified, require_nobody
from tests.system.test_backup import Place, Places
from tests.system.test_backup import identity as identity
from tests.system.test_backup import places as places

pytestmark = pytest.mark.xdist_group("backup")


@asynccontextmanager
async def opened(place: Place) -> AsyncIterator[tuple[RunningCell, ScenarioClient]]:
    settings = read(Settings, environ=place.environ)
    async with running(builders(), settings) as cell, cell.client() as client:
        yield cell, ScenarioClient(dict.fromkeys(SERVICES, client), run=uuid4().hex, today=SystemClock().now().date())
        await cell.settled()


async def test_who_was_erased_after_a_backup_is_gone_after_its_restore(
    places: Places, tmp_path: Path, identity: pyrage.x25519.Identity
) -> None:
    first = places.make("first")
    take = ("backup", "take", str(tmp_path / "backups"), "--recipient", str(identity.to_public()))
    async with opened(first) as (_, scenario):
        contacts = [await contact(scenario, 1, name=NAME, email=EMAIL, phone=PHONE)]
    data, keys, _, key = [line.split("\t") for line in first.prm(*take)]
    async with opened(first) as (_, scenario):
        request = await asked(scenario, "ERASURE")
        await scenario.ask("compliance", "BeginErasure", case_id=request.id)
        await scenario.eventually("compliance", "GetErasure", is_certified, case_id=request.id)
    ledger = first.prm(*take)[2].split("\t")
    source = (data[0], keys[0], "--key", key[1], "--identity", str(tmp_path / "identity"))
    fresh = places.make("fresh")
    counts = fresh.prm("restore", *source)
    assert sum(int(line.split("\t")[2]) for line in counts) == sum(
        int(one[1].split()[0]) for one in (data, keys, ledger)
    )
    assert any(line.startswith("partners\tledger_entry\t") for line in counts)
    async with opened(fresh) as (_, scenario):
        await require_nobody(scenario, contacts)
