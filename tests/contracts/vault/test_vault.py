"""Keys are there whenever a document needs them, and only as long: after a kill, a sweep, a rotation, a removal."""

import asyncio
import shutil
import sys
from asyncio.subprocess import PIPE
from base64 import b64encode
from datetime import timedelta
from pathlib import Path

import pytest

from libs.person import Person, PersonalText
from libs.privacy.keys import create_keys
from libs.privacy.sealing.store import SealedStore
from libs.privacy.vault.documents import CLAIMS, SERVICE_KEYS, SHEETS, KeyClaim
from libs.privacy.vault.sheet import Sheet
from libs.privacy.vault.sweep import BURNT_KEPT, SWEPT_AFTER, sweep_keys
from libs.privacy.vault.tokens import KEYS_PER_SHEET, KeyId
from libs.privacy.vault.vault import KeyLost
from libs.privacy.wrapping import rotate_wrapping
from libs.store.port import VersionConflict, create, get
from tests.contracts.store.site import SqliteSite
from tests.contracts.vault.places import LETTERS, SERVICE, Letter, Places, a_person, claims, put, sheets
from tests.unit.libs.privacy.old_folder import make_old_folder

ROOT = Path(__file__).parents[3]
LETTERS_BEFORE_THE_KILL = 300
LONG = timedelta(days=60)


async def test_a_kill_leaves_no_document_without_its_keys_and_a_sweep_no_key_without_its_document(
    places: Places,
) -> None:
    said = await _written_until_killed(places)
    async with places.opened() as store:
        for one in said:
            loaded = await get(store, LETTERS, one)
            assert loaded is not None
            assert loaded.value.sender == a_person(one)
        left = await sheets(store)
        places.clock.advance(SWEPT_AFTER + timedelta(hours=1))
        await _sweep(store, places)
        claimed = {one for one, claim in (await claims(store)).items() if claim.burnt is None}
        assert len(await sheets(store)) <= len(left)
        for sheet in await sheets(store):
            opened = (await store.vault.sheets([sheet]))[sheet]
            for number in range(KEYS_PER_SHEET):
                assert opened.has(number) == (KeyId(sheet, number).claim in claimed)
        for one in said:
            assert await get(store, LETTERS, one) is not None


async def test_the_sweep_and_a_commit_never_both_get_a_key(places: Places) -> None:
    async with places.opened() as store:
        await put(store, Letter(id="first", sender=a_person("anna")))
        quick, slow = store.vault.take(), store.vault.take()
        assert quick is not None
        assert slow is not None
        await store.inner.commit([create(CLAIMS, KeyClaim(id=quick.id, kind="letter", row="quick"))])
        places.clock.advance(SWEPT_AFTER + timedelta(hours=1))
        await _sweep(store, places)
        with pytest.raises(VersionConflict):
            await store.inner.commit([create(CLAIMS, KeyClaim(id=slow.id, kind="letter", row="slow"))])
        assert [await _exists(store, key) for key in (*quick.keys(), *slow.keys())] == [True] * 4 + [False] * 4
        assert (await get(store, LETTERS, "first")) is not None


async def test_a_clock_that_jumps_over_both_waits_leaves_no_key_that_was_swept_in_stock(places: Places) -> None:
    async with places.opened() as store:
        for number, jump in enumerate((SWEPT_AFTER, BURNT_KEPT, LONG, LONG)):
            name = f"letter {number}"
            await put(store, Letter(id=name, sender=a_person("anna")))
            assert await get(store, LETTERS, name) is not None
            places.clock.advance(jump + timedelta(hours=1))
            await _sweep(store, places)
        for number in range(4):
            assert await get(store, LETTERS, f"letter {number}") is not None


async def test_burnt_claims_go_after_a_month_and_claims_of_documents_stay(places: Places) -> None:
    async with places.opened() as store:
        await put(store, Letter(id="one", sender=a_person("anna")))
    async with places.opened() as store:
        places.clock.advance(SWEPT_AFTER + timedelta(hours=1))
        await _sweep(store, places)
        assert len(await claims(store)) > 1
        places.clock.advance(BURNT_KEPT + timedelta(hours=1))
        await _sweep(store, places)
        [claim] = (await claims(store)).values()
        assert claim.row == "one"
        assert len(await sheets(store)) == 1


async def test_a_removed_document_takes_its_keys_with_it_once_recorded_answers_have_gone(places: Places) -> None:
    async with places.opened() as store:
        await put(store, Letter(id="one", sender=a_person("anna"), text=PersonalText(text="hello")))
        loaded = await get(store, LETTERS, "one")
        assert loaded is not None
        [key] = {key for holder, key in _keys(store, loaded.stored) if holder}
        await store.commit([loaded.delete()])
        await _sweep(store, places)
        assert await _exists(store, key)
        places.clock.advance(timedelta(days=9))
        await _sweep(store, places)
        assert not await _exists(store, key)
        places.clock.advance(BURNT_KEPT + timedelta(hours=1))
        await _sweep(store, places)
        assert await claims(store) == {}
        assert await sheets(store) == {}


async def test_no_file_has_a_key_that_was_deleted(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("data", "keys", "ledger")]
    for one in folders:
        one.mkdir()
    places = Places([SqliteSite(one) for one in folders], tmp_path / "cell")
    async with places.opened() as store:
        await put(store, Letter(id="one", sender=a_person("anna")))
        loaded = await get(store, LETTERS, "one")
        assert loaded is not None
        [key] = {key for holder, key in _keys(store, loaded.stored) if holder}
        wrapped = b64encode((await sheets(store))[key.sheet].wrapped)
        assert _files_with(wrapped, tmp_path / "keys")
        await store.commit([loaded.delete()])
        places.clock.advance(timedelta(days=9))
        await _sweep(store, places)
        assert not await _exists(store, key)
        assert _files_with(wrapped, tmp_path / "keys") == []


def _files_with(data: bytes, folder: Path) -> list[str]:
    """The files that have a part of the data, of which a page of the database may have any."""
    parts = [data[start : start + 64] for start in range(0, len(data) - 64, 64)]
    return [one.name for one in folder.rglob("*") if one.is_file() for part in parts if part in one.read_bytes()]


async def test_a_person_who_is_replaced_loses_the_key_and_the_others_do_not(places: Places) -> None:
    async with places.opened() as store:
        await put(store, Letter(id="one", sender=a_person("anna", 1), readers=(a_person("bert", 2),)))
        loaded = await get(store, LETTERS, "one")
        assert loaded is not None
        before = dict(_keys(store, loaded.stored))
        await store.commit([loaded.put(Letter(id="one", sender=a_person("cara", 3), readers=(a_person("bert", 2),)))])
        places.clock.advance(timedelta(days=9))
        await _sweep(store, places)
        assert not await _exists(store, before["psn_1"])
        assert await _exists(store, before["psn_2"])
        again = await get(store, LETTERS, "one")
        assert again is not None
        assert (again.value.sender, again.value.readers) == (a_person("cara", 3), (a_person("bert", 2),))


async def test_the_wrapping_key_is_rotated_while_the_service_runs(places: Places) -> None:
    async with places.opened() as store:
        await put(store, Letter(id="one", sender=a_person("anna")))
        before = await get(store.vault.key_store, SERVICE_KEYS, "service")
        assert not await store.vault.rewrap()
        rotate_wrapping(places.folder, SERVICE)
        assert await store.vault.rewrap()
        assert not await store.vault.rewrap()
        await put(store, Letter(id="two", sender=a_person("bert")))
        after = await get(store.vault.key_store, SERVICE_KEYS, "service")
        assert before is not None
        assert after is not None
        assert after.value.under != before.value.under
    for _ in range(3):  # the key that wrapped it first is in the file no more
        rotate_wrapping(places.folder, SERVICE)
        async with places.opened() as store:
            for name in ("one", "two"):
                assert await get(store, LETTERS, name) is not None


async def test_the_key_store_of_an_old_folder_is_wrapped_anew_while_the_service_runs(places: Places) -> None:
    shutil.rmtree(places.folder)
    make_old_folder(places.folder, [SERVICE])
    async with places.opened() as store:
        await put(store, Letter(id="one", sender=a_person("anna")))
        assert not await store.vault.rewrap()
        create_keys(places.folder, [SERVICE])
        assert await store.vault.rewrap()
        assert not await store.vault.rewrap()
    (places.folder / "wrapping.json").unlink()
    async with places.opened() as store:
        assert await get(store, LETTERS, "one") is not None


async def test_a_key_store_of_another_cell_is_refused_with_what_to_do(places: Places) -> None:
    async with places.opened() as store:
        await put(store, Letter(id="one", sender=a_person("anna")))
    shutil.rmtree(places.folder)
    create_keys(places.folder, [SERVICE])
    with pytest.raises(Exception, match="put back the folder of keys"):
        async with places.opened():
            pass


async def test_a_missing_key_is_lost_and_not_erased(places: Places) -> None:
    async with places.opened() as store:
        await put(store, Letter(id="one", sender=a_person("anna")))
        await put(store, Letter(id="two", sender=Person(person_id="psn_2")))
        for sheet in await sheets(store):
            loaded = await get(store.vault.key_store, SHEETS, sheet)
            assert loaded is not None
            await store.vault.key_store.commit([loaded.delete()])
    async with places.opened() as store:
        with pytest.raises(KeyLost) as lost:
            await get(store, LETTERS, "one")
        assert lost.value.metadata == {"kind": "letter", "id": "one"}
        assert await get(store, LETTERS, "two") is not None


async def test_a_shredded_key_opens_nothing_and_leaves_the_others(places: Places) -> None:
    async with places.opened() as store:
        await put(store, Letter(id="one", sender=a_person("anna", 1), readers=(a_person("bert", 2),)))
        await put(store, Letter(id="two", sender=a_person("anna", 1)))
        loaded = await get(store, LETTERS, "one")
        assert loaded is not None
        keys = dict(_keys(store, loaded.stored))
        await store.vault.shred([keys["psn_1"], KeyId(Sheet.made("0" * 26).id, 3)])
        with pytest.raises(KeyLost):
            await get(store, LETTERS, "one")
        assert await get(store, LETTERS, "two") is not None
        assert await _exists(store, keys["psn_2"])


def _keys(store: SealedStore, stored: Letter | None) -> list[tuple[str, KeyId]]:
    return list(store.seals[LETTERS.name].keys_in(stored))


async def _exists(store: SealedStore, key: KeyId) -> bool:
    return (await store.vault.sheets([key.sheet]))[key.sheet].has(key.number)


async def _sweep(store: SealedStore, places: Places) -> None:
    for _ in range(1_000):
        if not await sweep_keys(store.vault, store, places.clock.now()):
            return
    raise AssertionError("the sweep does not end")


async def _written_until_killed(places: Places) -> list[str]:
    """The letters whose commits were acknowledged."""
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.contracts.vault.writer", *places.arguments, stdout=PIPE, cwd=ROOT
    )
    assert writer.stdout is not None
    said = []
    while line := await writer.stdout.readline():
        if line.endswith(b"\n"):
            said.append(line.decode().strip())
        if len(said) == LETTERS_BEFORE_THE_KILL:
            writer.kill()  # and read what it had said until then
    await writer.wait()
    await places.recover()
    assert len(said) >= LETTERS_BEFORE_THE_KILL
    return said
