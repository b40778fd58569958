"""Random commits and queries, against a store and against a dictionary: they never differ."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any, NamedTuple, TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.store.port import (
    Delete,
    Index,
    Kind,
    Put,
    Query,
    Store,
    StoreError,
    UniqueViolation,
    VersionConflict,
    Write,
    get,
)
from tests.contracts.store.documents import Address, Item
from tests.contracts.store.site import Site, opened

EXAMPLES = 80
INDEXES = (
    Index(("rank",)),
    Index(("open", "rank")),
    Index(("buyer.country", "name")),
    Index(("email",), unique=True),
    Index(("serial",), unique=True, where=(("open", True),)),
)

T = TypeVar("T")
Rows = dict[str, Item]


class Step(NamedTuple):
    """One write before it is known what it replaces: `off` is added to the right version."""

    id: str
    document: Item | None
    off: int


class Asked(NamedTuple):
    """A query; `bounds` only where `order` sorts numbers."""

    equals: dict[str, Any]
    order: str
    bounds: tuple[int | None, int | None]
    descending: bool
    limit: int


_texts = st.sampled_from([None, "", "a", "B", "é", "中"])
_items = st.builds(
    Item,
    id=st.just(""),
    name=st.sampled_from(["", "n", "N", "ñ"]),
    rank=st.sampled_from([None, -1, 0, 1, 2**40]),
    open=st.booleans(),
    buyer=st.sampled_from([None, Address("DE"), Address("FR")]),
    email=_texts,
    serial=_texts,
)
_steps = st.builds(
    Step, st.sampled_from("abcdefgh"), st.one_of(_items, _items, st.none()), st.sampled_from([0, 0, 0, 0, 0, 1, -1])
)
_commits = st.lists(st.lists(_steps, min_size=1, max_size=4, unique_by=lambda one: one.id), min_size=1, max_size=12)
_shapes = st.sampled_from(
    [({}, ""), ({}, "rank"), ({"open": True}, "rank"), ({"open": False}, ""), ({"rank": None}, ""), ({"rank": 1}, ""),
     ({"buyer.country": "DE"}, "name"), ({}, "buyer.country"), ({}, "email")]
)  # fmt: skip
_queries = st.builds(
    lambda shape, *rest: Asked(shape[0], shape[1], *rest),
    _shapes,
    st.tuples(st.sampled_from([None, None, -1, 0]), st.sampled_from([None, None, 1, 2**40])),
    st.booleans(),
    st.sampled_from([1, 2, 3, 100]),
)


async def a_store_and_a_dictionary_never_differ(site: Site) -> None:
    loop, kind = asyncio.get_running_loop(), Kind("model", Item, INDEXES)
    async with opened(site) as store:
        await store.ensure([kind])

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(_commits, st.lists(_queries, max_size=4))
        def agrees(commits: list[list[Step]], queries: list[Asked]) -> None:
            asyncio.run_coroutine_threadsafe(_play(store, kind, commits, queries), loop).result()

        await asyncio.to_thread(agrees)


async def _play(store: Store, kind: Kind[Item], commits: list[list[Step]], queries: list[Asked]) -> None:
    await store.commit([loaded.delete() for loaded in (await store.find(Query(kind=kind))).rows])  # of the one before
    rows: Rows = {}
    for steps in commits:
        writes = [_write(kind, rows, step) for step in steps]
        after, errors = _expected(rows, writes)
        answer = await _answer(store.commit(writes))
        assert (type(answer) in errors) if errors else answer is None, (writes, answer, errors)
        rows = rows if errors else after
        for step in steps:
            loaded = await get(store, kind, step.id)
            assert (loaded.value if loaded else None) == rows.get(step.id)
    for asked in queries:
        assert await _pages(store, kind, asked) == _sorted(rows, asked)


def _write(kind: Kind[Item], rows: Rows, step: Step) -> Write:
    version = rows[step.id].version if step.id in rows else 0
    if step.document is None:
        return Delete(kind, step.id, max(version + step.off, 1))
    return Put(kind, replace(step.document, id=step.id, version=max(version + 1 + step.off, 1)))


def _expected(rows: Rows, writes: Sequence[Write]) -> tuple[Rows, set[type[StoreError]]]:
    """The rows afterwards, and every reason there is to refuse; a stale write frees and takes nothing."""
    after, errors = dict(rows), set[type[StoreError]]()
    for write in writes:
        document = None if isinstance(write, Delete) else write.document
        id = write.id if isinstance(write, Delete) else write.document.id
        replaced = write.version if isinstance(write, Delete) else write.document.version - 1
        if (rows[id].version if id in rows else 0) != replaced:
            errors.add(VersionConflict)
            continue
        after.pop(id, None)
        if document is not None:
            if any(_collide(document, other) for other in after.values()):
                errors.add(UniqueViolation)
            after[id] = document
    return after, errors


def _collide(one: Item, other: Item) -> bool:
    if one.email is not None and one.email == other.email:
        return True
    return one.open and other.open and one.serial is not None and one.serial == other.serial


async def _answer(commit: Awaitable[None]) -> StoreError | None:
    try:
        await commit
    except StoreError as err:
        return err
    return None


def _query(kind: Kind[Item], asked: Asked, cursor: str = "") -> Query[Item]:
    at_least, below = asked.bounds if asked.order == "rank" else (None, None)
    return Query(
        kind=kind,
        equals=asked.equals,
        order=asked.order,
        at_least=at_least,
        below=below,
        descending=asked.descending,
        limit=asked.limit,
        cursor=cursor,
    )


async def _pages(store: Store, kind: Kind[Item], asked: Asked) -> list[str]:
    found: list[str] = []
    cursor = ""
    for _ in range(20):
        page = await store.find(_query(kind, asked, cursor))
        found += [loaded.value.id for loaded in page.rows]
        cursor = page.next_cursor
        if not cursor:
            break
    return found


def _sorted(rows: Rows, asked: Asked) -> list[str]:
    at_least, below = asked.bounds if asked.order == "rank" else (None, None)
    found: list[tuple[Any, ...]] = []
    for row in rows.values():
        value: Any = _reach(row, asked.order) if asked.order else None
        if any(_reach(row, field) != wanted for field, wanted in asked.equals.items()):
            continue
        if (at_least is not None or below is not None) and value is None:
            continue
        if (at_least is not None and value < at_least) or (below is not None and below <= value):
            continue
        found.append((0, row.id) if value is None else (1, value, row.id))
    return [key[-1] for key in sorted(found, reverse=asked.descending)]


def _reach(row: Item, field: str) -> Any:
    value: Any = row
    for part in field.split("."):
        value = None if value is None else getattr(value, part)
    return value
