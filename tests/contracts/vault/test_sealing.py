"""Documents are in clear to whoever reads them, and in the engine under keys of their own."""

from base64 import b64decode
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.document import Document, changed_fields
from libs.errors import InvalidInput
from libs.messaging.outbox import KINDS as OUTBOX_KINDS
from libs.person import Person, PersonalText, PostalAddress
from libs.privacy.objects import ForgedObject
from libs.privacy.sealing.documents import SEAL_WALKS
from libs.privacy.sealing.migration import SETTLED, seal_documents
from libs.privacy.sealing.seal import PlaintextRefused
from libs.privacy.sealing.store import SealedStore
from libs.privacy.vault.tokens import is_token
from libs.store import requests
from libs.store.port import WRITES_PER_COMMIT, Kind, LimitExceeded, Loaded, Query, VersionConflict, create, get
from tests.builders import NOW, a_call
from tests.contracts.vault.places import LETTERS, Letter, Places, a_person, claims, put

MARK = "qzjxmark"
ANNA = Person(
    person_id="psn_1",
    name=f"Anna {MARK}",
    email=f"{MARK}@example.org",
    phone="+4930901820",
    address=PostalAddress(country="DE", city=f"{MARK} city", lines=(f"{MARK} street",)),
    job_title=MARK,
    locale="de",
)
WHOLE = Letter(
    id="whole",
    sender=ANNA,
    readers=(ANNA, Person(person_id="psn_2", name=f"Bert {MARK}"), Person(name=f"nobody {MARK}")),
    text=PersonalText(person_id="psn_1", text=f"about anna {MARK}"),
    notes=(PersonalText(text=f"about all {MARK}"), PersonalText(person_id="psn_9", text=f"about a third {MARK}")),
    extras={"one": f"{MARK}", "two": {"deep": [MARK, 1, None]}, "none": None, "zero": 0, "empty": ""},
    weight=7,
)

_texts = (st.text(max_size=12) | st.sampled_from(["~1:", "~1:" + "0" * 26 + ".00:AAAA", "**", ""])).filter(
    lambda text: "***" not in text
)
_ids = st.sampled_from(["", "psn_1", "psn_2", "psn_3", "psn_4", "psn_5"])
_persons = st.builds(Person, person_id=_ids, name=_texts, email=_texts, phone=_texts)
_letters = st.builds(
    Letter,
    id=st.just("one"),
    sender=st.none() | _persons,
    readers=st.lists(_persons, max_size=6).map(tuple),
    text=st.none() | st.builds(PersonalText, person_id=_ids, text=_texts),
    notes=st.lists(st.builds(PersonalText, person_id=_ids, text=_texts), max_size=4).map(tuple),
    extras=st.dictionaries(st.sampled_from("abc"), _texts | st.integers(-5, 5) | st.none(), max_size=3),
    weight=st.integers(0, 3),
)


async def test_the_engine_has_nothing_in_clear_and_readers_everything(places: Places) -> None:
    async with places.opened() as store:
        await put(store, WHOLE)
        stored = await _stored(store, "whole")
        assert MARK.encode() not in msgspec.json.encode(stored)
        assert stored.weight == 7
        assert (await _loaded(store, "whole")).value == replace(WHOLE, version=1)


async def test_a_token_of_another_document_or_place_or_person_is_refused(places: Places) -> None:
    async with places.opened() as store:
        await put(store, Letter(id="one", sender=a_person("anna", 1), readers=(a_person("bert", 2),)))
        await put(store, Letter(id="two", sender=a_person("cara", 1)))
        one, two = await _stored(store, "one"), await _stored(store, "two")
        assert one.sender is not None
        assert two.sender is not None
        for moved in (
            replace(two, sender=one.sender),
            replace(two, readers=(one.sender,), sender=None),
            replace(two, sender=replace(one.sender, person_id="psn_2")),
            replace(two, sender=replace(two.sender, name=two.sender.name[:-4] + "AAAA")),
        ):
            await store.inner.commit([Loaded(LETTERS, await _stored(store, "two")).put(moved)])
            with pytest.raises(ForgedObject):
                await get(store, LETTERS, "two")


async def test_what_does_not_change_keeps_its_ciphertext_wherever_it_stands(places: Places) -> None:
    async with places.opened() as store:
        await put(store, WHOLE)
        before = await _stored(store, "whole")
        loaded = await _loaded(store, "whole")
        moved = replace(loaded.value, readers=loaded.value.readers[1:], weight=8)
        await store.commit([loaded.put(moved)])
        after = await _stored(store, "whole")
        assert after.readers == before.readers[1:]
        assert changed_fields(before, after) == ("readers", "weight")
        assert (await _loaded(store, "whole")).value == replace(moved, version=2)


async def test_a_recorded_answer_has_the_ciphertexts_of_its_document(places: Places) -> None:
    async with places.opened() as store:
        call = a_call("again")
        answer = create(LETTERS, WHOLE)
        await store.commit([answer, requests.record(call.request, answer.document, NOW)])
        stored = await get(store.inner, requests.RECORDS, call.request.key)
        assert stored is not None
        assert msgspec.convert(stored.value.answer, Letter) == await _stored(store, "whole")
        first = await requests.run(store, call, Letter, _refuses)
        assert first == replace(WHOLE, version=1)
        unchanged = a_call("unchanged")
        await store.commit([requests.record(unchanged.request, first, NOW)])
        kept = await get(store.inner, requests.RECORDS, unchanged.request.key)
        assert kept is not None
        assert msgspec.convert(kept.value.answer, Letter) == await _stored(store, "whole")


async def test_a_mask_is_not_written_over_what_it_stands_for(places: Places) -> None:
    async with places.opened() as store:
        await put(store, WHOLE)
        loaded = await _loaded(store, "whole")
        for masked in (
            replace(loaded.value, sender=replace(ANNA, name="***")),
            replace(loaded.value, readers=(replace(ANNA, email="m***@e***"),)),
            replace(loaded.value, text=PersonalText(person_id="psn_1", text="***")),
        ):
            with pytest.raises(InvalidInput, match="leave the field out"):
                await store.commit([loaded.put(masked)])
        assert (await _loaded(store, "whole")).value == loaded.value


async def test_the_largest_document_that_fits_is_stored_and_a_larger_one_refused(places: Places) -> None:
    async with places.opened() as store:
        many = tuple(a_person(f"p{number}", number) for number in range(1_500))
        await put(store, Letter(id="large", readers=many))
        assert (await _loaded(store, "large")).value.readers == many
        assert len(await claims(store)) == 500  # three persons for each claim
        beyond = tuple(a_person(f"p{number}", number) for number in range(3 * WRITES_PER_COMMIT))
        with pytest.raises(LimitExceeded):
            await put(store, Letter(id="beyond", readers=beyond))
        assert await get(store, LETTERS, "beyond") is None
        await put(store, Letter(id="after", sender=ANNA))


async def test_an_earlier_release_is_read_then_encrypted_and_then_refused(places: Places) -> None:
    legacy = a_call("legacy").request
    inner = await places.data.open()
    await inner.ensure([LETTERS, *OUTBOX_KINDS])
    for number in range(450):
        await inner.commit([create(LETTERS, replace(WHOLE, id=f"old-{number:03}"))])
    answer = msgspec.json.encode(replace(WHOLE, version=1))
    record = create(requests.RECORDS, requests.RequestRecord(id=legacy.key, fingerprint="same", answer=answer, at=NOW))
    await inner.commit([record])
    await inner.close()
    async with places.opened() as store:
        assert (await _loaded(store, "old-007")).value == replace(WHOLE, id="old-007", version=1)
        await put(store, replace(WHOLE, id="new"))
        await seal_documents(store, places.clock.now(), ordered=True)
    async with places.opened(sealing=False) as store:  # another process, which has not seen the order, continues
        await put(store, replace(WHOLE, id="newer"))
        assert MARK.encode() not in msgspec.json.encode(await _stored(store, "newer"))
        assert not await _walk(store, places)
        places.clock.advance(SETTLED)
        assert await _walk(store, places)
        for number in range(450):
            assert MARK.encode() not in msgspec.json.encode(await _stored(store, f"old-{number:03}"))
        kept = await get(store.inner, requests.RECORDS, legacy.key)
        assert kept is not None
        assert is_token(kept.value.answer)
        assert await requests.run(store, a_call("legacy"), Letter, _refuses) == replace(WHOLE, version=1)
        assert (await _loaded(store, "old-007")).value == replace(WHOLE, id="old-007", version=2)
        await store.inner.commit([create(LETTERS, replace(WHOLE, id="late"))])
        with pytest.raises(PlaintextRefused):
            await get(store, LETTERS, "late")
    async with places.opened() as store:
        with pytest.raises(PlaintextRefused):
            await get(store, LETTERS, "late")


class _FormerLetter(Document, frozen=True, kw_only=True):
    """A letter of a release that encrypted fewer of its fields."""

    sender: Person | None = None
    extras: dict[str, str] = msgspec.field(default_factory=dict)


@pytest.mark.parametrize("named", [True, False], ids=["other rules", "rules without a version"])
async def test_what_former_rules_left_in_clear_is_read_then_encrypted_and_then_refused(
    places: Places, *, named: bool
) -> None:
    former = Kind("letter", _FormerLetter)
    letter = _FormerLetter(id="one", sender=ANNA, extras={"one": MARK})
    async with places.opened(letters=former) as store:
        answer = create(former, letter)
        await store.commit([answer, requests.record(a_call("again").request, answer.document, NOW)])
        assert not await _walk(store, places)
        places.clock.advance(SETTLED)
        assert await _walk(store, places)
        if not named:
            [walk] = (await store.inner.find(Query(kind=SEAL_WALKS))).rows
            await store.inner.commit([walk.put(replace(walk.value, rules=""))])
    async with places.opened(sealing=False) as store:
        whole = Letter(id="one", sender=ANNA, extras={"one": MARK}, version=1)
        assert (await _loaded(store, "one")).value == whole
        assert await requests.run(store, a_call("again"), Letter, _refuses) == whole
        assert not await _walk(store, places)
        places.clock.advance(SETTLED)
        assert await _walk(store, places)
        for kind in (LETTERS, requests.RECORDS):
            assert MARK.encode() not in msgspec.json.encode([one.value for one in (await _rows(store, kind))])
        assert (await _loaded(store, "one")).value == replace(whole, version=2)
        assert await requests.run(store, a_call("again"), Letter, _refuses) == whole
        await store.inner.commit([create(LETTERS, Letter(id="late", extras={"one": MARK}))])
        with pytest.raises(PlaintextRefused):
            await get(store, LETTERS, "late")
    async with places.opened() as store:
        assert store.strict


@given(st.lists(_letters, min_size=1, max_size=4))
def test_whatever_is_written_is_read(runner: Any, sealed: SealedStore, letters: list[Letter]) -> None:
    async def rewrite() -> None:
        loaded = await get(sealed, LETTERS, "one")
        for letter in letters:
            await sealed.commit([loaded.put(letter) if loaded else create(LETTERS, letter)])
            loaded = await _loaded(sealed, "one")
            assert loaded.value == replace(letter, version=loaded.value.version)
            seal = sealed.seals[LETTERS.name]
            assert loaded.stored is not None
            assert list(seal.in_clear(loaded.stored)) == []
            keys = list(seal.keys_in(loaded.stored))
            assert len(dict(keys)) == len({key for _, key in keys})  # a key for each person, and a person for each key

    runner.run(rewrite())


async def test_nothing_is_encrypted_before_it_was_ordered_and_the_release_before_reads_it(places: Places) -> None:
    async with places.opened(sealing=False) as store:
        assert await seal_documents(store, places.clock.now(), ordered=False) == 0
        call = a_call("again")
        answer = create(LETTERS, WHOLE)
        await store.commit([answer, requests.record(call.request, answer.document, NOW)])
        assert await _stored(store, "whole") == replace(WHOLE, version=1)
        kept = await get(store.inner, requests.RECORDS, call.request.key)
        assert kept is not None
        assert msgspec.json.decode(b64decode(kept.value.answer), type=Letter) == replace(WHOLE, version=1)
        assert await requests.run(store, call, Letter, _refuses) == replace(WHOLE, version=1)
        loaded = await _loaded(store, "whole")
        await seal_documents(store, places.clock.now(), ordered=True)
        await put(store, replace(WHOLE, id="next"))
        assert MARK.encode() not in msgspec.json.encode(await _stored(store, "next"))
        with pytest.raises(VersionConflict):  # the walk has written it meanwhile
            await store.commit([loaded.put(loaded.value)])


async def _walk(store: SealedStore, places: Places) -> bool:
    """Encrypt what can be encrypted now; whether plaintext is refused from now on."""
    while await seal_documents(store, places.clock.now(), ordered=True):
        pass
    return store.strict


async def _refuses() -> Letter:
    raise VersionConflict("letter", "one")


async def _rows(store: SealedStore, kind: Kind[Any]) -> Sequence[Loaded[Any]]:
    """The rows as the engine has them."""
    return (await store.inner.find(Query(kind=kind))).rows


async def _loaded(store: SealedStore, id: str) -> Loaded[Letter]:
    found = await get(store, LETTERS, id)
    assert found is not None
    return found


async def _stored(store: SealedStore, id: str) -> Letter:
    found = await get(store.inner, LETTERS, id)
    assert found is not None
    return found.value
