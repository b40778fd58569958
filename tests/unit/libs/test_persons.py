"""Whoever a document names is found by it: the commit of the document writes what that takes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from libs.clock import SteppedClock
from libs.document import Document
from libs.env import Env
from libs.messaging.outbox import KINDS, no_relay
from libs.person import Person
from libs.privacy.aliases import ALIASES, alias_rows, hashes
from libs.privacy.keys import Keys, create_keys, open_keys
from libs.store.listing import everything
from libs.store.port import Kind, Persons, Store, create, get
from libs.store.sqlite import SqliteStore
from tests.builders import NO_OBJECTS, NOW, a_call
from tests.contracts.messaging.things import HERE, encode

ANNA = Person(email="anna@example.org", phone="+4930901820")
BORIS = Person(email="boris@example.org")


class Card(Document, frozen=True, kw_only=True):
    """Whoever is on it."""

    named: tuple[Person, ...]
    remark: str = ""


CARDS = Kind("card", Card, persons=Persons(of=lambda card: card.named))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    folder = tmp_path_factory.mktemp("keys")
    create_keys(folder)
    return open_keys(folder)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    found = await SqliteStore.open(tmp_path / "store.db")
    await found.ensure([*KINDS, CARDS, ALIASES])
    yield found
    await found.close()


@pytest.fixture
def env(store: Store, keys: Keys) -> Env[None]:
    return Env(
        "things",
        store=store,
        directory=HERE,
        clock=SteppedClock(NOW),
        encode=encode,
        handover=no_relay,
        keys=keys,
        objects=NO_OBJECTS,
        settings=None,
    )


async def found(store: Store, keys: Keys, person: Person) -> set[str]:
    """The rows in which the person is found, by everything that is known of them."""
    by = [{one.row for one in await everything(store, ALIASES, {"hash": hash})} for hash in hashes(keys, person)]
    assert all(one == by[0] for one in by), "by one alias as by the other"
    return by[0]


async def test_who_is_named_is_found_and_who_left_is_not(env: Env[None], store: Store, keys: Keys) -> None:
    await env.commit(create(CARDS, Card(id="c1", named=(ANNA,))), call=a_call())
    await env.commit(create(CARDS, Card(id="c2", named=(ANNA, BORIS))), call=a_call())
    assert await found(store, keys, ANNA) == {"c1", "c2"}
    loaded = await env.load(CARDS, "c1", call=a_call())
    await env.commit(loaded.put(replace(loaded.value, named=(BORIS,))), call=a_call())
    assert (await found(store, keys, ANNA), await found(store, keys, BORIS)) == ({"c2"}, {"c1", "c2"})


async def test_a_change_that_names_the_same_writes_nothing_more(env: Env[None], store: Store, keys: Keys) -> None:
    await env.commit(create(CARDS, Card(id="c1", named=(ANNA,))), call=a_call())
    loaded = await env.load(CARDS, "c1", call=a_call())
    await env.commit(loaded.put(replace(loaded.value, remark="called")), call=a_call())
    assert await found(store, keys, ANNA) == {"c1"}


async def test_nobody_is_found_in_a_removed_document(env: Env[None], store: Store, keys: Keys) -> None:
    await env.commit(create(CARDS, Card(id="c1", named=(ANNA,))), call=a_call())
    await env.commit(create(CARDS, Card(id="c2", named=(BORIS,))), call=a_call())
    loaded = await env.load(CARDS, "c1", call=a_call())
    other = await env.load(CARDS, "c2", call=a_call())
    await env.commit(other.put(replace(other.value, remark="alone")), loaded.delete(), call=a_call())
    assert (await found(store, keys, ANNA), await found(store, keys, BORIS)) == (set(), {"c2"})


async def test_a_document_that_a_job_removes_takes_those_rows_along(env: Env[None], store: Store, keys: Keys) -> None:
    await env.commit(create(CARDS, Card(id="c1", named=(ANNA,))), call=a_call())
    removed = await env.remove(await env.load(CARDS, "c1", call=a_call()), call=a_call())
    assert (removed.id, removed.version) == ("c1", 2)
    assert await get(store, CARDS, "c1") is None
    assert await found(store, keys, ANNA) == set()


async def test_a_document_is_not_removed_into_the_answer_of_a_repeated_request(env: Env[None], store: Store) -> None:
    await env.commit(create(CARDS, Card(id="c1", named=(ANNA,))), call=a_call())
    held = await env.load(CARDS, "c1", call=a_call())
    with pytest.raises(AssertionError, match="card would be kept"):
        await env.remove(held, call=a_call("r1"))
    assert await get(store, CARDS, "c1") is not None


async def test_a_change_that_adds_one_who_is_there_already_and_removes_one_who_is_not_is_none_too_many(
    env: Env[None], store: Store, keys: Keys
) -> None:
    """Rows that an earlier release wrote have other ids, and a crash may leave one: neither stops a change."""
    await env.commit(create(CARDS, Card(id="c1", named=(ANNA,))), call=a_call())
    theirs, ours = alias_rows(keys, CARDS, "c1", (ANNA,)), alias_rows(keys, CARDS, "c1", (BORIS,))
    held = await store.get_many(ALIASES, sorted(theirs))
    await store.commit([*(one.delete() for one in held.values()), *(create(ALIASES, one) for one in ours.values())])
    loaded = await env.load(CARDS, "c1", call=a_call())
    await env.commit(loaded.put(replace(loaded.value, named=(BORIS,))), call=a_call())
    assert (await found(store, keys, ANNA), await found(store, keys, BORIS)) == (set(), {"c1"})
