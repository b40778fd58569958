"""A person is erased from a running cell, and copies of its stores from before become clean when they are put back."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from libs.clock import SystemClock
from libs.ids import Ids
from libs.privacy.keys import open_keys
from libs.privacy.ledger.ledger import Ledger, LedgerShort
from libs.privacy.sealing.store import SealedStore
from libs.privacy.vault.vault import KeyLost, Vault
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


async def _erased(folder: Path) -> tuple[list[str], Any]:
    """A cell with a person, copied and then erased; the contacts, and the certified erasure."""
    async with a_cell(folder) as (_, scenario):
        contacts = [
            await contact(scenario, 1, name=NAME, email=EMAIL, phone=PHONE),
            await contact(scenario, 2, name=NAME, email=OTHER, phone=PHONE),
        ]
    shutil.copytree(folder, folder.parent / "copy", ignore=shutil.ignore_patterns("*.lock"))
    async with a_cell(folder) as (_, scenario):
        request = await asked(scenario, "ERASURE")
        await scenario.ask("compliance", "BeginErasure", case_id=request.id)
        erasure = (await scenario.eventually("compliance", "GetErasure", is_certified, case_id=request.id)).erasure
        await require_nobody(scenario, contacts)
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
    store = SealedStore(await SqliteStore.open(data / "store.db"), vault, "partners", clock, ledger=book)
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
