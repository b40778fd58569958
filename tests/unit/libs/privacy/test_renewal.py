"""Rows that an earlier release hashed by other rules are found after the walk, and nothing else changes."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from libs.person import Person
from libs.privacy.aliases import ALIASES, Alias, alias_rows, sought
from libs.privacy.keys import AliasField, Keys, create_keys, open_keys
from libs.privacy.renewal import ALIAS_WALKS, WALK_AGAIN_AFTER, are_renewed, renew_aliases
from libs.store.listing import everything
from libs.store.port import ROWS_PER_PAGE, Document, Kind, Persons, Query, Store, Write, create
from libs.store.sqlite import SqliteStore
from tests.builders import NOW

ANNA = "mailto:Anna@example.org."
LATER = NOW + WALK_AGAIN_AFTER


class Card(Document, frozen=True, kw_only=True):
    """Whoever is on it."""

    named: tuple[Person, ...]


CARDS = Kind("card", Card, persons=Persons(of=lambda card: card.named))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    folder = tmp_path_factory.mktemp("keys")
    create_keys(folder)
    return open_keys(folder)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    found = await SqliteStore.open(tmp_path / "store.db")
    await found.ensure([CARDS, ALIASES, ALIAS_WALKS])
    yield found
    await found.close()


def _as_formerly(keys: Keys, id: str, email: str) -> list[Write]:
    """A card and its alias row as the release before wrote them: the email in lower case, whatever stood around it."""
    one = keys.blind(AliasField.EMAIL, email.lower())
    alias = Alias(id=f"{one}:card:{id}", hash=one, kind="card", row=id)
    return [create(CARDS, Card(id=id, named=(Person(email=email),))), create(ALIASES, alias)]


async def _walked(store: Store, keys: Keys) -> int:
    """Walk to the end; how many pages it took."""
    pages = 0
    while await renew_aliases(store, keys, [CARDS], NOW):
        pages += 1
    return pages


async def _found(store: Store, keys: Keys, person: Person) -> set[str]:
    hashes = sought(keys, person, "")
    return {one.row for hash in hashes for one in await everything(store, ALIASES, {"hash": hash})}


async def _ids(store: Store) -> Sequence[str]:
    page = await store.find(Query(kind=ALIASES, limit=ROWS_PER_PAGE))
    return sorted(one.value.id for one in page.rows)


async def test_a_row_that_was_hashed_by_other_rules_is_found_after_the_walk(store: Store, keys: Keys) -> None:
    await store.commit(_as_formerly(keys, "c1", ANNA))
    anna = Person(email="anna@example.org")
    assert await _found(store, keys, anna) == set()
    assert not await are_renewed(store)
    await _walked(store, keys)
    assert await _found(store, keys, anna) == {"c1"}
    assert await are_renewed(store)
    assert await _ids(store) == sorted(alias_rows(keys, CARDS, "c1", (anna,)))


async def test_a_walk_ends_is_repeated_once_and_changes_nothing_that_is_right(store: Store, keys: Keys) -> None:
    for number in range(ROWS_PER_PAGE + 1):
        await store.commit(_as_formerly(keys, f"c{number}", f"p{number}@example.org"))
    before = await _ids(store)
    assert await _walked(store, keys) == 2
    assert await _ids(store) == before
    assert await renew_aliases(store, keys, [CARDS], LATER - timedelta(seconds=1)) == 0
    await store.commit(_as_formerly(keys, "late", ANNA))
    while await renew_aliases(store, keys, [CARDS], LATER):
        pass
    assert await _found(store, keys, Person(email="anna@example.org")) == {"late"}
    assert await renew_aliases(store, keys, [CARDS], LATER + WALK_AGAIN_AFTER) == 0


async def test_a_row_of_a_removed_document_goes_and_one_of_another_kind_stays(store: Store, keys: Keys) -> None:
    lost, other = Alias(id="1:card:c9", hash="1", kind="card", row="c9"), Alias(id="2:x:1", hash="2", kind="x", row="1")
    await store.commit([create(ALIASES, lost), create(ALIASES, other)])
    await _walked(store, keys)
    assert await _ids(store) == ["2:x:1"]


async def test_a_document_with_more_persons_than_a_commit_holds_is_renewed(store: Store, keys: Keys) -> None:
    named = tuple(Person(email=f"p{number}+a@example.org") for number in range(70))
    await store.commit([create(CARDS, Card(id="c1", named=named)), *_as_formerly(keys, "c2", ANNA)])
    stray = Alias(id="1:card:c1", hash="1", kind="card", row="c1")
    await store.commit([create(ALIASES, stray)])
    await _walked(store, keys)
    assert set(alias_rows(keys, CARDS, "c1", named)) < set(await _ids(store))
    assert stray.id not in await _ids(store)
