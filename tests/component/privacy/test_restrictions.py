"""Restrictions of a service with two processes over one database: which hold, and what of them is stored."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from libs.document import Document
from libs.person import Person
from libs.privacy.aliases import hashes
from libs.privacy.identity import Identity, name_hashes
from libs.privacy.keys import Keys
from libs.privacy.restriction import RESTRICTIONS, Restriction, Restrictions
from libs.privacy.sealing.store import SealedStore
from libs.store.codec import encode
from libs.store.port import D, Kind, Loaded, Page, Query, Store, Write, create
from tests.component.replica import sealed

CASE = "dsr_1"
ANNA = Person(person_id="psn_1", name="Anna Kern", email="anna@example.org")


class FormerRestriction(Document, frozen=True, kw_only=True):
    """A restriction as releases before 2026-11-30 wrote it: with the hashes in clear."""

    identity: Identity


FORMER = Kind("restriction", FormerRestriction)


class Meeting:
    """The store as one process has it, in which another process acts just before the next commit."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    async def ensure(self, kinds: Sequence[Kind[Any]]) -> None:
        """See Store."""
        await self._store.ensure(kinds)

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        """See Store."""
        return await self._store.get_many(kind, ids)

    async def find(self, query: Query[D]) -> Page[D]:
        """See Store."""
        return await self._store.find(query)

    async def commit(self, writes: Sequence[Write]) -> None:
        """See Store."""
        act, self.meanwhile = self.meanwhile, None
        if act is not None:
            await act()
        await self._store.commit(writes)

    async def close(self) -> None:
        """See Store."""


@pytest.fixture
async def store(tmp_path: Path, keys: Keys) -> AsyncIterator[SealedStore]:
    async with sealed(tmp_path, "deals", (), keys) as found:
        yield found


def a_process(store: Store, keys: Keys) -> Restrictions:
    """The restrictions as one process of the service knows them."""
    found = Restrictions(store, keys.of("deals"), "deals", sealed=True)
    found.kept_seconds = 0.0
    return found


def identity(keys: Keys, person: Person = ANNA) -> Identity:
    named = hashes(keys, Person(email=person.email))
    return Identity(found=hashes(keys, person), named=named, names=name_hashes(keys, [person.name]))


async def test_a_release_leaves_what_a_later_round_restricts_at_the_same_instant(
    store: SealedStore, keys: Keys
) -> None:
    meeting = Meeting(store)
    one, other = a_process(meeting, keys), a_process(store, keys)
    await one.begin(CASE, identity(keys), number=1)
    await one.add(CASE, ["psn_1", "psn_2"], number=1)

    async def restrict_again() -> None:
        await other.begin(CASE, identity(keys), number=3)
        await other.add(CASE, ["psn_1", "psn_3"], number=3)

    meeting.meanwhile = restrict_again
    await one.end(CASE, before=2)
    for process in (one, other):
        assert await process.among(["psn_1", "psn_2", "psn_3"]) == {"psn_1", "psn_3"}
        assert [found.id for found in await process.active()] == [f"{CASE}:3"]


async def test_an_id_that_another_process_restricts_while_it_is_released_stays_restricted(
    store: SealedStore, keys: Keys
) -> None:
    meeting = Meeting(store)
    one, other = a_process(meeting, keys), a_process(store, keys)
    await one.begin("dsr_2", identity(keys), number=1)  # while nobody is restricted, no id is looked up
    await one.add(CASE, ["psn_1"], number=1)

    async def restrict_again() -> None:
        await other.add(CASE, ["psn_1"], number=3)

    meeting.meanwhile = restrict_again
    await one.end(CASE, before=2)
    assert await one.among(["psn_1"]) == {"psn_1"}
    await one.end(CASE, before=4)
    assert await other.among(["psn_1"]) == frozenset()


async def test_no_hash_of_a_restricted_person_is_stored_in_clear(store: SealedStore, keys: Keys) -> None:
    await a_process(store, keys).begin(CASE, identity(keys), number=1)
    assert not _hashes_in(await _stored(store), keys)
    [known] = await a_process(store, keys).active()
    assert known.known == identity(keys)


async def test_a_restriction_of_an_earlier_release_holds_and_is_encrypted_when_it_is_read(
    store: SealedStore, keys: Keys
) -> None:
    await store.inner.commit([create(FORMER, FormerRestriction(id=CASE, identity=identity(keys)))])
    process = a_process(store, keys)
    [known] = await process.active()
    assert known.known == identity(keys)
    assert not _hashes_in(await _stored(store), keys)
    [known] = await process.active()
    assert known.known == identity(keys)
    await process.end(CASE, before=1)
    assert await process.active() == []


async def test_every_restriction_holds_however_many_there_are(store: SealedStore, keys: Keys) -> None:
    for start in range(0, 300, 100):
        fresh = [Restriction(id=f"dsr_{number}:1") for number in range(start, start + 100)]
        await store.inner.commit([create(RESTRICTIONS, one) for one in fresh])
    process = a_process(store, keys)
    process.at_most = 100
    assert len(await process.active()) == 300


def _hashes_in(text: bytes, keys: Keys) -> list[str]:
    known = identity(keys)
    return [one for one in known.found | known.named | known.names if one.encode() in text]


async def _stored(store: SealedStore) -> bytes:
    page = await store.inner.find(Query(kind=RESTRICTIONS))
    return b"".join(encode(one.value) for one in page.rows)
