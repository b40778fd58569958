"""A person is erased from a running cell, and copies of its stores from before become clean when they are put back."""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from libs.clock import SystemClock
from libs.config import Settings
from libs.ids import Ids
from libs.messaging.embedded import embedded_nats
from libs.messaging.jetstream import open_jetstream
from libs.messaging.stated import last_stated
from libs.messaging.streams import EVENTS, event_subject
from libs.privacy.keys import open_keys
from libs.privacy.ledger.ledger import Ledger, LedgerShort
from libs.privacy.sealing.store import SealedStore
from libs.privacy.vault.vault import KeyLost, Vault
from libs.runtime.broker import broker_folder, running_broker
from libs.runtime.platform import directory_of
from libs.runtime.process import EXIT_REFUSED
from libs.store.port import get
from libs.store.sqlite import SqliteStore
from services.partners.contacts.documents import CONTACTS
from tests.compositions import COMPOSITIONS
from tests.system.erasures import (
    EMAIL,
    NAME,
    OTHER,
    PHONE,
    a_cell,
    asked,
    contact,
    erased_keys,
    is_certified,
    require_nobody,
)
from tests.system.processes import free_ports, prm
from tests.waiting import until


async def _erased(
    folder: Path, *, until_signed: bool = False, environ: Mapping[str, str] | None = None
) -> tuple[list[str], Any]:
    """A cell with a person, copied and then erased; the contacts, and the certified erasure. until_signed: the
    cell runs until a checkpoint names the ledger of partners."""
    async with a_cell(folder) as (_, scenario):
        contacts = [
            await contact(scenario, 1, name=NAME, email=EMAIL, phone=PHONE),
            await contact(scenario, 2, name=NAME, email=OTHER, phone=PHONE),
        ]
    shutil.copytree(folder, folder.parent / "copy", ignore=shutil.ignore_patterns("*.lock"))
    async with a_cell(folder, environ=environ) as (_, scenario):
        request = await asked(scenario, "ERASURE")
        await scenario.ask("compliance", "BeginErasure", case_id=request.id)
        erasure = (await scenario.eventually("compliance", "GetErasure", is_certified, case_id=request.id)).erasure
        await require_nobody(scenario, contacts)
        if until_signed:
            await _until_signed(Settings(data_dir=folder))
    return contacts, erasure


def _stores(folder: Path) -> Iterator[Path]:
    return (one for one in (folder / "local").iterdir() if one.name in COMPOSITIONS)


def _put_back(folder: Path, part: str) -> None:
    """Replace the data stores, or the key store of partners, by those of the copy. The others have keys of what was
    written since, which a copy lacks."""
    places = list(_stores(folder)) if part == "data" else [folder / "local" / "keys" / "partners"]
    for one in places:
        shutil.rmtree(one)
        shutil.copytree(folder.parent / "copy" / one.relative_to(folder), one)


async def _reads(data: Path, keys: Path, ledger: Path, cell: Path, contact: str) -> str:
    """The name in a contact, as a script reads it with these stores."""
    found = open_keys(cell).of("partners")
    key_store = await SqliteStore.open(keys / "store.db")
    clock = SystemClock()
    vault = await Vault.open(key_store, found.open_wrapping, service="partners", ids=Ids("local", clock), clock=clock)
    book = await Ledger.open(await SqliteStore.open(ledger / "store.db"), found, "partners")
    store = SealedStore(
        await SqliteStore.open(data / "store.db"), vault, "partners", clock, ledger=book, time_zone="UTC"
    )
    try:
        await store.ensure(COMPOSITIONS["partners"].kinds)
        loaded = await get(store, CONTACTS, contact)
        assert loaded is not None
        return loaded.value.person.name
    finally:
        await store.close()


@pytest.mark.parametrize("part", ["data", "keys"])
async def test_a_copy_from_before_an_erasure_becomes_clean(tmp_path: Path, part: str) -> None:
    folder = tmp_path / "cell"
    contacts, erasure = await _erased(folder)
    proof = erasure.certificate
    Ed25519PublicKey.from_public_bytes(proof.public_key).verify(proof.signature, proof.content)
    counts = {one.service: sum(row.rows for row in one.counts) for one in erasure.statements}
    assert counts == {"compliance": 1, "deals": 0, "orders": 0, "partners": 2, "tickets": 0}
    _put_back(folder, part)
    async with a_cell(folder) as (_, scenario):
        await require_nobody(scenario, contacts)
    stored = b"".join(one.read_bytes() for one in (folder / "local" / "partners").iterdir())
    for key in await erased_keys(folder):
        assert f"{key}:".encode() not in stored


async def test_earlier_copies_and_the_present_keys_decrypt_nothing(tmp_path: Path) -> None:
    folder, copy = tmp_path / "cell", tmp_path / "copy"
    contacts, _ = await _erased(folder)
    cell, data = folder / "local" / "keys", copy / "local" / "partners"
    before, after = copy / "local" / "keys" / "partners", folder / "local" / "keys" / "partners"
    assert await _reads(data, before, tmp_path / "none", cell, contacts[0]) == NAME
    with pytest.raises(KeyLost):
        await _reads(data, after, tmp_path / "none", cell, contacts[0])


async def test_a_ledger_from_before_an_erasure_stops_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "cell"
    await _erased(folder)
    ledger = folder / "local" / "ledger" / "partners"
    shutil.rmtree(ledger)
    shutil.copytree(tmp_path / "copy" / "local" / "ledger" / "partners", ledger)
    with pytest.raises(LedgerShort, match="put back its newest copy"):
        async with a_cell(folder):
            pass


async def test_all_stores_of_a_service_from_before_an_erasure_stop_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "cell"
    await _erased(folder)
    for place in ("partners", "keys/partners", "ledger/partners"):
        shutil.rmtree(folder / "local" / place)
        shutil.copytree(tmp_path / "copy" / "local" / place, folder / "local" / place)
    with pytest.raises(LedgerShort, match=r"of partners ends at entry 0 and lacks entry \d+, which it has stated"):
        async with a_cell(folder):
            pass


async def test_a_process_whose_ledger_is_shorter_than_a_signed_checkpoint_says_so_and_never_serves(
    tmp_path: Path,
) -> None:
    """The broker has lost the statement of the service itself, and has the checkpoint that names its ledger."""
    folder = tmp_path / "cell"
    quick = os.environ | {"PRM_COMPLIANCE_CHECKPOINT_INTERVAL": "PT1S"}
    await _erased(folder, until_signed=True, environ=quick)
    await _lose_statement(Settings(data_dir=folder))
    for place in ("partners", "keys/partners", "ledger/partners"):
        shutil.rmtree(folder / "local" / place)
        shutil.copytree(tmp_path / "copy" / "local" / place, folder / "local" / place)
    [port] = free_ports(1)
    told = {"PRM_DATA_DIR": str(folder), "PRM_LISTEN": f"127.0.0.1:{port}"}
    ended = prm("run", "all", **told)
    said = ended.stdout + ended.stderr
    assert ended.returncode == EXIT_REFUSED
    assert "prm: the erasure ledger of partners ends at entry 0 and lacks entry" in ended.stderr
    assert '"event":"ledger_short"' in said
    assert '"event":"serving"' not in said
    assert prm("health", **told).returncode != 0


async def _until_signed(settings: Settings) -> None:
    """Wait until a checkpoint names the ledger of partners."""
    broker = running_broker(settings, directory_of(settings))
    assert broker is not None
    async with broker.connect("partners") as jetstream:
        session = await jetstream.session()

        async def signed() -> bool:
            event = await last_stated(session, "compliance.checkpoint.signed")
            return event is not None and b"partners" in event.body

        await until(signed, within_seconds=60)


async def _lose_statement(settings: Settings) -> None:
    """The broker loses the event in which partners stated its ledger."""
    directory = directory_of(settings)
    async with (
        embedded_nats(broker_folder(settings, directory)) as broker,
        open_jetstream(broker.url, directory.here.code) as jetstream,
    ):
        session = await jetstream.session()
        gone = event_subject(session.cell, "partners.subject_data.erased")
        await session.streams.purge_stream(EVENTS, subject=gone)
