"""Documents go in and come out as they are, all of a commit or nothing."""

from datetime import date, datetime, timedelta, timezone

import pytest
from msgspec.structs import replace

from libs.store.codec import encode
from libs.store.port import (
    BYTES_PER_DOCUMENT,
    Delete,
    Document,
    Kind,
    LimitExceeded,
    Put,
    Query,
    UndeclaredKind,
    UniqueViolation,
    VersionConflict,
    create,
    get,
    get_all,
)
from tests.contracts.store.documents import (
    COUNTERS,
    ITEMS,
    Address,
    Counter,
    Item,
    State,
    change,
    counter,
    item,
    read,
    refused,
)
from tests.contracts.store.site import Site, opened

SCRIPTS = (
    "Müller & Söhne", "Щёлково", "東京都港区", "서울특별시", "مصنع الأجهزة", "חברה", "ประเทศไทย", "हिन्दी",
    "ქართული", "አማርኛ", "e\u0301 is not \u00e9", "\U0001f469\u200d\U0001f680", "\U00020bb7\u91ce\u5bb6",
    "' OR 1=1; --", '"$set"', "a.b", "tab\tline\n", "\u202eright to left", "ﬁ", "ẞ",
)  # fmt: skip


async def a_document_comes_back_as_it_went_in(site: Site) -> None:
    full = Item(
        id="full",
        name="x",
        rank=-(2**63),
        state=State.ACTIVE,
        due_at=datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=timezone(timedelta(hours=-11))),
        day=date(1, 1, 1),
        open=True,
        buyer=Address("DE", "Köln"),
        email="a@example.org",
        serial="",
        number=2**63 - 1,
        tags=("b", "", "a"),
        amounts={"EUR": -1, "a.b": 2, "$c": 3, "": 4},
        blob=bytes(range(256)),
    )
    async with opened(site) as store:
        await store.commit([create(ITEMS, full), item("bare")])
        assert await read(store, ITEMS, "full") == replace(full, version=1)
        assert await read(store, ITEMS, "bare") == item("bare").document


async def a_row_is_told_with_its_size_as_json_or_without_one(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([item("a", name="Щёлково" * 100), item("b")])
        loaded = await get(store, ITEMS, "a")
        rows = (await store.find(Query(kind=ITEMS))).rows
        assert loaded is not None
        for one in (loaded, *rows):
            assert one.size_bytes in (None, len(encode(one.value)))


async def text_in_any_script_comes_back_as_it_went_in(site: Site) -> None:
    writes = [item(f"id {text}", name=text, email=text, tags=(text,)) for text in SCRIPTS]
    async with opened(site) as store:
        await store.commit(writes)
        assert [await read(store, ITEMS, one.document.id) for one in writes] == [one.document for one in writes]
        for text in SCRIPTS:
            page = await store.find(Query(kind=ITEMS, equals={"email": text}))
            assert [loaded.value.name for loaded in page.rows] == [text]


async def what_was_never_written_is_not_there(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([item("a")])
        assert [await read(store, ITEMS, id) for id in ("b", "A", "a ", "")] == [None] * 4


async def a_put_replaces_the_whole_document(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([item("a", name="before", tags=("t",), email="x")])
        loaded = await get(store, ITEMS, "a")
        assert loaded is not None
        await store.commit([loaded.put(Item(id="a", name="after"))])
        assert await read(store, ITEMS, "a") == Item(id="a", name="after", version=2)


async def what_is_deleted_is_gone_and_may_come_again(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([item("a", name="first")])
        await change(store, ITEMS, "a", name="second")
        loaded = await get(store, ITEMS, "a")
        assert loaded is not None
        await store.commit([loaded.delete()])
        assert await read(store, ITEMS, "a") is None
        assert (await store.find(Query(kind=ITEMS))).rows == []
        await store.commit([item("a", name="third")])
        assert await read(store, ITEMS, "a") == item("a", name="third").document


async def kinds_know_nothing_of_each_other(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([item("a")])
        assert await read(store, COUNTERS, "a") is None
        await store.commit([counter("a", 7)])
        loaded = await get(store, ITEMS, "a")
        assert loaded is not None
        await store.commit([loaded.delete()])
        assert await read(store, COUNTERS, "a") == counter("a", 7).document


async def a_commit_is_written_as_a_whole_or_not_at_all(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([counter("taken"), counter("kept", 1)])
        kept = await get(store, COUNTERS, "kept")
        assert kept is not None
        await refused(VersionConflict, store, item("a"), kept.delete(), item("b"), counter("taken"), item("c"))
        assert [await read(store, ITEMS, id) for id in "abc"] == [None] * 3
        assert await read(store, COUNTERS, "kept") == kept.value


async def what_was_acknowledged_is_seen_by_the_next_read(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([counter("a"), item("i", rank=0)])
        for value in range(1, 20):
            assert await change(store, COUNTERS, "a", value=value) == await read(store, COUNTERS, "a")
            await change(store, ITEMS, "i", rank=value)
            for limit in (1, 1_000):
                page = await store.find(Query(kind=ITEMS, order="rank", limit=limit))
                assert [loaded.value.rank for loaded in page.rows] == [value]


async def a_document_may_be_large_and_not_larger(site: Site) -> None:
    room = BYTES_PER_DOCUMENT - 1_000
    async with opened(site) as store:
        await store.commit([item("large", name="ü" * (room // 2))])
        assert await read(store, ITEMS, "large") == item("large", name="ü" * (room // 2)).document
        await refused(LimitExceeded, store, item("small"), item("larger", tags=("x" * BYTES_PER_DOCUMENT,)))
        assert [await read(store, ITEMS, id) for id in ("small", "larger")] == [None, None]


async def a_commit_has_1200_writes_at_most(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([])
        await store.commit([counter(f"a{n}") for n in range(1_200)])
        assert len(await get_all(store, COUNTERS, (f"a{n}" for n in range(1_200)))) == 1_200
        error = await refused(LimitExceeded, store, *(counter(f"b{n}") for n in range(1_201)))
        assert str(error) == "1201 writes, 1200 are allowed in one commit"
        assert await get_all(store, COUNTERS, (f"b{n}" for n in range(1_201))) == {}


async def a_commit_of_1200_writes_is_written_as_a_whole_or_not_at_all(site: Site) -> None:
    """Whichever of its writes is refused, the last one too; and the same commit lands once the reason is gone."""
    async with opened(site) as store:
        await store.commit([counter("taken"), item("mine", email="a@example.org")])
        conflict = [*(counter(f"c{n}") for n in range(1_199)), counter("taken")]
        error = await refused(VersionConflict, store, *conflict)
        assert (error.kind, error.id) == ("counter", "taken")
        unique = [*(item(f"u{n}", email="a@example.org" if n == 700 else None) for n in range(1_200))]
        error = await refused(UniqueViolation, store, *unique)
        assert (error.kind, error.index) == ("item", "email")
        assert await get_all(store, COUNTERS, (f"c{n}" for n in range(1_199))) == {}
        assert await get_all(store, ITEMS, (f"u{n}" for n in range(1_200))) == {}
        await change(store, ITEMS, "mine", email=None)
        await store.commit(unique)
        loaded = (await get_all(store, ITEMS, (f"u{n}" for n in range(1_200)))).values()
        assert len(loaded) == 1_200
        puts = [one.put(replace(one.value, rank=7)) for one in loaded]
        await store.commit(puts)
        await store.commit([Delete(ITEMS, put.document.id, put.document.version) for put in puts])
        assert [loaded.value.id for loaded in (await store.find(Query(kind=ITEMS))).rows] == ["mine"]


async def a_commit_may_be_larger_than_a_message(site: Site) -> None:
    """20 MiB, where a server takes documents of 16."""
    room = "x" * (BYTES_PER_DOCUMENT - 1_000)
    async with opened(site) as store:
        await store.commit([item(f"{n}", name=room) for n in range(20)])
        found = await get_all(store, ITEMS, (f"{n}" for n in range(20)))
        assert [one.value.name == room for one in found.values()] == [True] * 20


async def a_commit_writes_a_document_once(site: Site) -> None:
    async with opened(site) as store:
        await refused(LimitExceeded, store, counter("a"), Put(COUNTERS, Counter(id="a", version=2)))
        assert await read(store, COUNTERS, "a") is None


async def a_kind_is_declared_before_it_is_used(site: Site) -> None:
    strange = Kind("strange", Document)
    async with opened(site) as store:
        await refused(UndeclaredKind, store, Put(strange, Document(id="a", version=1)))
        for ids in ((), ("a",), ("a", "b")):
            with pytest.raises(UndeclaredKind):
                await store.get_many(strange, ids)
        with pytest.raises(UndeclaredKind):
            await store.find(Query(kind=strange))
