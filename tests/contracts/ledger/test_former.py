"""An erasure reaches rows that were deleted, and persons who were removed from a row, before it."""

import pytest
from msgspec.structs import replace

from libs.person import Person, PersonalText
from libs.privacy.aliases import alias_writes, hashes
from libs.privacy.ledger.former import erase_former
from libs.privacy.sealing.store import ENDED_KEYS_KEPT, SealedStore
from libs.privacy.vault.documents import FORMER
from libs.privacy.vault.sweep import sweep_keys
from libs.privacy.vault.vault import KeyLost
from libs.store import requests
from libs.store.port import Query, create, get
from tests.builders import NOW, a_call
from tests.contracts.ledger.acts import CASE
from tests.contracts.vault.places import LETTERS, Letter, Places, a_person

ANNA, BERT = a_person("anna", 1), a_person("bert", 2)
LETTER = Letter(id="one", sender=ANNA, readers=(BERT,), text=PersonalText(text="of nobody"), weight=7)
AGAIN = a_call("again").request


async def _written(store: SealedStore) -> Letter:
    """A letter with a recorded answer; as the engine has it."""
    put = create(LETTERS, LETTER)
    found = await alias_writes(store, store.ledger.keys, LETTERS, "one", after=(ANNA, BERT))
    await store.commit([put, requests.record(AGAIN, put.document, NOW), *found])
    stored = await get(store.inner, LETTERS, "one")
    assert stored is not None
    return stored.value


async def _changed(store: SealedStore, letter: Letter | None) -> None:
    """The letter is another, or deleted, with its alias rows, as services do."""
    loaded = await get(store, LETTERS, "one")
    assert loaded is not None
    after = LETTERS.persons.of(letter) if letter and LETTERS.persons else ()
    found = await alias_writes(store, store.ledger.keys, LETTERS, "one", before=(ANNA, BERT), after=after)
    await store.commit([loaded.put(letter) if letter else loaded.delete(), *found])


async def _erase(store: SealedStore, who: Person) -> None:
    await erase_former(store, hashes(store.ledger.keys, who), CASE)


async def _copy(store: SealedStore, copy: Letter) -> Letter:
    """An earlier copy, opened with the keys that there are, by somebody who knows of no erasure."""
    seal = store.seals["letter"]
    opened: Letter = seal.open(copy, (await store.vault.sheets({key.sheet for _, key in seal.keys_in(copy)})).get)
    return opened


async def _answer(store: SealedStore) -> Letter:
    loaded = await get(store, requests.RECORDS, AGAIN.key)
    assert loaded is not None
    answer: Letter = loaded.value.answer
    return answer


async def test_of_a_deleted_row_nothing_of_the_person_can_be_read_at_once(places: Places) -> None:
    async with places.opened() as store:
        copy = await _written(store)
        await _changed(store, None)
        assert await _copy(store, copy) == replace(LETTER, version=1)
        await _erase(store, ANNA)
        for part in (replace(copy, readers=(), text=None), replace(copy, sender=None, readers=())):
            with pytest.raises(KeyLost):
                await _copy(store, part)
        assert (await _copy(store, replace(copy, sender=None, text=None))).readers == (BERT,)
        answer = await _answer(store)
        assert (answer.sender, answer.text, answer.readers) == (Person(), PersonalText(), (BERT,))
        raw = await get(store.inner, requests.RECORDS, AGAIN.key)
        assert raw is not None
        assert "psn_1" not in repr(raw.value)


async def test_who_was_removed_from_a_row_goes_and_the_row_stays(places: Places) -> None:
    async with places.opened() as store:
        copy = await _written(store)
        await _changed(store, replace(LETTER, readers=()))
        await _erase(store, BERT)
        with pytest.raises(KeyLost):
            await _copy(store, replace(copy, sender=None, text=None))
        assert (await _answer(store)).readers == (Person(),)
        loaded = await get(store, LETTERS, "one")
        assert loaded is not None
        assert (loaded.value.sender, loaded.value.text) == (ANNA, LETTER.text)


async def test_somebody_else_is_not_touched_and_what_finds_them_goes_with_the_keys(places: Places) -> None:
    async with places.opened() as store:
        copy = await _written(store)
        await _changed(store, None)
        await _erase(store, a_person("cara", 3))
        assert await _copy(store, copy) == replace(LETTER, version=1)
        assert len((await store.inner.find(Query(kind=FORMER))).rows) == 4  # the email and the id of each
        assert await sweep_keys(store.vault, store.inner, places.clock.now() + ENDED_KEYS_KEPT + ENDED_KEYS_KEPT)
        assert (await store.inner.find(Query(kind=FORMER))).rows == []


async def test_a_new_row_leaves_nothing_to_find_somebody_by(places: Places) -> None:
    async with places.opened() as store:
        await _written(store)
        await _changed(store, replace(LETTER, weight=8, sender=replace(ANNA, name="Anna")))
        assert (await store.inner.find(Query(kind=FORMER))).rows == []
