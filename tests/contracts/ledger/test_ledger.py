"""A person who was erased stays erased: after a kill between any two steps, and over stores restored from copies."""

import shutil
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from libs.messaging.outbox import KINDS as OUTBOX_KINDS
from libs.person import Person, PersonalText
from libs.privacy.aliases import ALIASES, alias_rows, hashes
from libs.privacy.ledger.documents import ENTRIES, HEADS, entry_id
from libs.privacy.ledger.ledger import LedgerShort
from libs.privacy.ledger.replay import replay
from libs.privacy.sealing.store import SealedStore
from libs.privacy.vault.vault import KeyLost
from libs.store.port import Put, Store, VersionConflict, Write, create, get
from tests.contracts.ledger.acts import CASE, found, letter, look, planned, write
from tests.contracts.vault.places import LETTERS, SERVICE, Letter, Places, a_person, sheets
from tests.store_faults import Wrapper

ANNA, BERT = a_person("anna", 1), a_person("bert", 2)
TO_BERT = Letter(id="to_bert", sender=ANNA, readers=(BERT,), text=PersonalText(text="of nobody"), weight=7)
TO_ANNA = Letter(
    id="to_anna",
    sender=BERT,
    readers=(ANNA,),
    text=PersonalText(text="of nobody"),
    notes=(PersonalText(person_id="psn_1", text="of anna"), PersonalText(person_id="psn_2", text="of bert")),
)


async def _written(store: SealedStore) -> None:
    for one in (TO_BERT, TO_ANNA):
        await write(store, one)


async def _erase(store: SealedStore, places: Places, name: str, number: int = 1) -> int:
    entries, hints = await planned(store, places, name, number)
    await store.ledger.append(entries)
    return await replay(store, hints)


async def _require_erased(store: SealedStore) -> None:
    """Anna is gone; Bert and the facts are there."""
    assert await found(store, "anna") == []
    assert await found(store, "bert", 2) == ["to_anna", "to_bert"]
    first, second = await letter(store, "to_bert"), await letter(store, "to_anna")
    assert (first.sender, first.readers, first.text, first.weight) == (Person(), (BERT,), PersonalText(), 7)
    assert (second.sender, second.readers, second.text) == (BERT, (Person(),), TO_ANNA.text)
    assert second.notes == (PersonalText(), TO_ANNA.notes[1])
    for one in ("to_bert", "to_anna"):
        stored = await get(store.inner, LETTERS, one)
        assert stored is not None
        assert "psn_1" not in repr(stored.value)


async def test_one_person_goes_and_the_others_in_the_same_rows_stay(places: Places) -> None:
    async with places.opened() as store:
        await _written(store)
        assert await _erase(store, places, "anna") == 2
        await _require_erased(store)
        assert await replay(store) == 0
    async with places.opened() as store:
        await _require_erased(store)


async def _after_the_ledger(store: SealedStore) -> None:
    return None


async def _after_the_keys(store: SealedStore) -> None:
    entries = await store.ledger.entries(0)
    await store.vault.shred({key for one in entries for key in one.erased.key_ids})
    await store.ledger.mark(store.vault.key_store, entries[-1])


async def _without_the_mark_of_the_keys(store: SealedStore) -> None:
    await store.vault.shred({key for one in await store.ledger.entries(0) for key in one.erased.key_ids})


async def _after_the_first_row(store: SealedStore) -> None:
    await _after_the_keys(store)
    entries = await store.ledger.entries(0)
    loaded = await get(store.inner, LETTERS, entries[0].erased.row)
    assert loaded is not None
    left = store.seals["letter"].without(loaded.value, entries[0].erased.covers)
    await store.inner.commit([loaded.put(left)])


@pytest.mark.parametrize(
    "killed", [_after_the_ledger, _without_the_mark_of_the_keys, _after_the_keys, _after_the_first_row]
)
async def test_whoever_comes_next_ends_what_a_kill_left(
    places: Places, killed: Callable[[SealedStore], Awaitable[None]]
) -> None:
    async with places.opened() as store:
        await _written(store)
        entries, _ = await planned(store, places, "anna")
        await store.ledger.append(entries)
        await killed(store)
    async with places.opened() as store:
        assert await replay(store) == 2
        await _require_erased(store)


class _Watched(Wrapper):
    """A store that notes how many letters each commit changes. contended: a commit of several meets another process."""

    def __init__(self, inner: Store, *, contended: bool) -> None:
        super().__init__(inner)
        self._contended = contended
        self.changed: list[int] = []

    async def commit(self, writes: Sequence[Write]) -> None:
        letters = sum(isinstance(one, Put) and one.kind is LETTERS for one in writes)
        if self._contended and letters > 1:
            raise VersionConflict("letter", "to_anna")
        await self.inner.commit(writes)
        self.changed += [letters] if letters else []


@pytest.mark.parametrize(("contended", "changed"), [(False, [2]), (True, [1, 1])])
async def test_rows_are_emptied_in_one_commit_and_one_by_one_if_others_change_them(
    places: Places, *, contended: bool, changed: list[int]
) -> None:
    async with places.opened() as store:
        await _written(store)
        entries, hints = await planned(store, places, "anna")
        await store.ledger.append(entries)
        watched = _Watched(store.inner, contended=contended)
        again = SealedStore(watched, store.vault, SERVICE, places.clock, ledger=store.ledger, time_zone="UTC")
        await again.ensure([LETTERS, ALIASES, *OUTBOX_KINDS])
        assert await replay(again, hints) == 2
        assert watched.changed == changed
        await _require_erased(store)


async def test_between_the_key_and_the_scrub_a_read_is_empty_and_not_lost(places: Places) -> None:
    async with places.opened() as store:
        await _written(store)
        entries, _ = await planned(store, places, "anna")
        await store.ledger.append(entries)
        await _after_the_keys(store)
        assert (await letter(store, "to_bert")).sender == Person()
        assert (await letter(store, "to_anna")).readers == (Person(),)
        stored = await get(store.inner, LETTERS, "to_anna")
        assert stored is not None
        await store.vault.shred(key for _, key in store.seals["letter"].keys_in(stored.value))
        with pytest.raises(KeyLost):
            await letter(store, "to_anna")


async def test_a_row_is_written_between_the_key_and_the_scrub_and_goes_too(places: Places) -> None:
    async with places.opened() as store:
        await write(store, replace(TO_BERT, imported_as="anna's row", extras={"of": "anna"}))
        await write(store, TO_ANNA)
        entries, hints = await planned(store, places, "anna")
        await store.ledger.append(entries)
        await _after_the_keys(store)
        loaded = await get(store, LETTERS, "to_bert")
        assert loaded is not None
        assert (loaded.value.imported_as, loaded.value.extras) == ("", {"of": ""})
        await store.commit([loaded.put(replace(loaded.value, weight=8, extras={"of": "", "new": "fact"}))])
        written = await letter(store, "to_bert")
        assert (written.sender, written.readers, written.imported_as) == (Person(), (BERT,), "")
        assert (written.weight, written.extras) == (8, {"of": "", "new": "fact"})
        await replay(store, hints)
        assert (await letter(store, "to_bert")).weight == 8
        stored = await get(store.inner, LETTERS, "to_bert")
        assert stored is not None
        assert {entry.erased.row for entry in await store.ledger.entries(0)} == {"to_bert", "to_anna"}
        gone = {key for entry in await store.ledger.entries(0) for key in entry.erased.key_ids}
        assert not gone & {key for _, key in store.seals["letter"].keys_in(stored.value)}


async def test_what_a_commit_sealed_meanwhile_under_another_key_goes_too(places: Places) -> None:
    async with places.opened() as store:
        await _written(store)
        entries, hints = await planned(store, places, "anna")
        await store.ledger.append(entries)
        await _after_the_keys(store)
        loaded = await get(store, LETTERS, "to_bert")
        assert loaded is not None
        moved = replace(loaded.value, sender=a_person("moved", 1))
        row = alias_rows(store.ledger.keys, LETTERS, "to_bert", [a_person("moved", 1)])
        held = await store.get_many(ALIASES, list(row))
        await store.commit([loaded.put(moved), *(create(ALIASES, row[one]) for one in row.keys() - held.keys())])
        assert await replay(store, hints) == 3
        assert await found(store, "moved") == []
        await _require_erased(store)


async def test_a_ledger_that_lacks_its_end_is_refused(places: Places) -> None:
    async with places.opened() as store:
        await _written(store)
        await _erase(store, places, "anna")
        last = await get(store.ledger.store, ENTRIES, entry_id(2))
        head = await get(store.ledger.store, HEADS, "head")
        assert last is not None
        assert head is not None
        await store.ledger.store.commit([last.delete()])
    with pytest.raises(LedgerShort, match="does not end where its signed head says"):
        async with places.opened():
            pass


async def test_an_empty_or_an_older_ledger_is_refused(places: Places, tmp_path: Path) -> None:
    async with places.opened() as store:
        await _written(store)
        await _erase(store, places, "anna")
        for id in (entry_id(1), entry_id(2)):
            loaded = await get(store.ledger.store, ENTRIES, id)
            assert loaded is not None
            await store.ledger.store.commit([loaded.delete()])
        head = await get(store.ledger.store, HEADS, "head")
        assert head is not None
        await store.ledger.store.commit([head.delete()])
    async with places.opened() as store:
        with pytest.raises(LedgerShort, match="lacks entry 2, which its stores have carried out"):
            await replay(store)


@pytest.mark.parametrize("restored", [("data",), ("keys",), ("data", "keys")])
async def test_a_restored_copy_becomes_clean(places: Places, tmp_path: Path, restored: tuple[str, ...]) -> None:
    if places.arguments[1] != "sqlite":
        pytest.skip("copies folders")
    async with places.opened() as store:
        await _written(store)
        opened = await sheets(store)
        assert opened
    for name in ("data", "keys"):
        shutil.copytree(tmp_path / name, tmp_path / f"copy_{name}")
    async with places.opened() as store:
        await _erase(store, places, "anna")
        await write(store, Letter(id="later", sender=BERT))
    for name in restored:
        shutil.rmtree(tmp_path / name)
        shutil.copytree(tmp_path / f"copy_{name}", tmp_path / name)
    async with places.opened() as store:
        if restored == ("keys",):  # a copy lacks the keys of what was written since, which is a loss and no erasure
            with pytest.raises(KeyLost):
                await letter(store, "later")
        assert await replay(store) == 2
        if "data" in restored:
            await _require_erased(store)
        for entry in await store.ledger.entries(0):
            for key in entry.erased.key_ids:
                assert not (await store.vault.sheets([key.sheet]))[key.sheet].has(key.number)


@pytest.mark.parametrize("restored", ["data", "keys"])
@pytest.mark.parametrize("killed", [_after_the_ledger, _after_the_keys, _after_the_first_row])
async def test_a_copy_that_is_put_back_in_the_middle_of_an_erasure_becomes_clean(
    places: Places, tmp_path: Path, killed: Callable[[SealedStore], Awaitable[None]], restored: str
) -> None:
    if places.arguments[1] != "sqlite":
        pytest.skip("copies folders")
    async with places.opened() as store:
        await _written(store)
    shutil.copytree(tmp_path / restored, tmp_path / "copy")
    async with places.opened() as store:
        entries, _ = await planned(store, places, "anna")
        await store.ledger.append(entries)
        await killed(store)
    shutil.rmtree(tmp_path / restored)
    shutil.copytree(tmp_path / "copy", tmp_path / restored)
    async with places.opened() as store:
        assert await replay(store) == 2
        await _require_erased(store)


@pytest.mark.parametrize("restored", [("data",), ("data", "keys")])
@pytest.mark.parametrize("swept", [False, True])
async def test_a_row_that_was_deleted_before_the_erasure_becomes_clean_in_a_restored_copy(
    places: Places, tmp_path: Path, restored: tuple[str, ...], swept: bool
) -> None:
    if places.arguments[1] != "sqlite":
        pytest.skip("copies folders")
    async with places.opened() as store:
        await _written(store)
        await write(store, Letter(id="deleted", sender=ANNA, readers=(BERT,), text=PersonalText(text="hers"), weight=3))
    for name in ("data", "keys"):
        shutil.copytree(tmp_path / name, tmp_path / f"copy_{name}")
    async with places.opened() as store:
        loaded = await get(store, LETTERS, "deleted")
        assert loaded is not None
        rows = await store.get_many(ALIASES, list(alias_rows(store.ledger.keys, LETTERS, "deleted", [ANNA, BERT])))
        await store.commit([loaded.delete(), *(one.delete() for one in rows.values())])
        if swept:
            assert loaded.stored is not None
            await store.vault.shred(key for _, key in store.seals["letter"].keys_in(loaded.stored))
        await _erase(store, places, "anna")
        await store.ledger.end(CASE, hashes(store.ledger.keys, ANNA))
        assert await replay(store) == 1
    for name in restored:
        shutil.rmtree(tmp_path / name)
        shutil.copytree(tmp_path / f"copy_{name}", tmp_path / name)
    async with places.opened() as store:
        await replay(store)
        left = await letter(store, "deleted")
        readers = (BERT,) if not swept or "keys" in restored else (Person(),)
        assert (left.sender, left.readers, left.weight) == (Person(), readers, 3)
        assert left.text in (None, PersonalText())
        assert await found(store, "anna") == []
        assert "deleted" in await found(store, "bert", 2) or readers == (Person(),)
        assert await replay(store) == 0
        stored = await get(store.inner, LETTERS, "deleted")
        assert stored is not None
        assert "psn_1" not in repr(stored.value) or swept


async def test_who_came_back_after_the_erasure_stays(places: Places) -> None:
    async with places.opened() as store:
        await _written(store)
        await _erase(store, places, "anna")
        await store.ledger.end(CASE, hashes(store.ledger.keys, ANNA))
        await replay(store)
        await write(store, Letter(id="back", sender=ANNA))
    async with places.opened() as store:
        assert await replay(store) == 0
        assert (await letter(store, "back")).sender == ANNA


async def test_a_row_of_somebody_else_is_not_the_persons(places: Places) -> None:
    async with places.opened() as store:
        await _written(store)
        assert await look(store, places, "to_bert", "cara", 3) is None
