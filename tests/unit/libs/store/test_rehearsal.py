"""A rehearsed commit is refused exactly when the commit itself is, and leaves nothing behind."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.store.port import (
    BYTES_PER_DOCUMENT,
    WRITES_PER_COMMIT,
    Delete,
    Document,
    Index,
    Kind,
    LimitExceeded,
    Put,
    Query,
    Store,
    StoreError,
    Write,
    create,
)
from libs.store.rehearsal import Rehearsal
from libs.store.sqlite import SqliteStore


class Deal(Document, frozen=True, kw_only=True):
    """Something with a name that is unique, and one that may be absent."""

    name: str = ""
    number: str | None = None


DEALS = Kind("deal", Deal, (Index(("name",), unique=True), Index(("number",), unique=True)))
IDS = st.sampled_from("abc")
DOCUMENTS = st.builds(
    Deal, id=IDS, version=st.integers(1, 3), name=st.sampled_from("xy"), number=st.sampled_from([None, "1"])
)
WRITES = st.one_of(
    st.builds(Put, st.just(DEALS), DOCUMENTS), st.builds(Delete, st.just(DEALS), IDS, version=st.integers(1, 3))
)
# Each document may be written once in a commit. A commit that moves a unique value must free it first; which order of
# writes does that is the contract of the store, so a commit here moves none.
COMMITS = st.lists(st.lists(WRITES, min_size=1, max_size=1), min_size=1, max_size=12)


async def _outcome(store: Store, writes: Sequence[Write]) -> str:
    try:
        await store.commit(writes)
    except StoreError as err:
        return f"{type(err).__name__} {err}"
    return "written"


async def _rows(store: Store) -> list[Any]:
    return [row.value for row in (await store.find(Query(kind=DEALS, limit=200))).rows]


async def _same(commits: list[list[Write]]) -> None:
    with TemporaryDirectory() as folder:
        store = await SqliteStore.open(Path(folder) / "store.db")
        await store.ensure([DEALS])
        for writes in commits:
            before = await _rows(store)
            rehearsed = await _outcome(Rehearsal(store), writes)
            assert await _rows(store) == before
            assert (await _outcome(store, writes)).split()[0] == rehearsed.split()[0]
        await store.close()


@settings(max_examples=40)
@given(COMMITS)
def test_a_commit_ends_as_it_was_rehearsed(commits: list[list[Write]]) -> None:
    asyncio.run(_same(commits))


@pytest.mark.parametrize(
    "writes",
    [
        [create(DEALS, Deal(id=f"d{n}", name=f"{n}")) for n in range(WRITES_PER_COMMIT + 1)],
        [create(DEALS, Deal(id="d", name="n" * BYTES_PER_DOCUMENT))],
        [create(DEALS, Deal(id="d", name="a")), create(DEALS, Deal(id="d", name="b"))],
    ],
)
async def test_what_no_store_takes_is_refused(tmp_path: Path, writes: list[Write]) -> None:
    store = await SqliteStore.open(tmp_path / "store.db")
    await store.ensure([DEALS])
    with pytest.raises(LimitExceeded):
        await Rehearsal(store).commit(writes)
    await store.close()
