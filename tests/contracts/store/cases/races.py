"""Many callers at once: each answer is true, and nobody pays for his neighbour."""

import asyncio
from itertools import count

from libs.store.port import Delete, Query, Store, StoreError, UniqueViolation, VersionConflict, Write, get, get_all
from tests.contracts.store.documents import COUNTERS, ITEMS, Counter, counter, fill, item, read
from tests.contracts.store.site import Site, opened

WRITERS = 20
ATTEMPTS = 10 * WRITERS


async def twenty_writers_of_one_document_count_each_change_once(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([counter("a")])

        async def add(writer: int) -> None:
            for _ in range(ATTEMPTS):
                loaded = await get(store, COUNTERS, "a")
                assert loaded is not None
                step = loaded.put(Counter(id="a", value=loaded.value.value + 1))
                try:
                    await store.commit([step, counter(f"by {writer}")])
                    return
                except VersionConflict:
                    continue
            raise AssertionError(f"writer {writer} was refused {ATTEMPTS} times")

        await asyncio.gather(*(add(writer) for writer in range(WRITERS)))
        assert await read(store, COUNTERS, "a") == Counter(id="a", value=WRITERS, version=WRITERS + 1)
        assert len((await store.find(Query(kind=COUNTERS))).rows) == WRITERS + 1


async def one_of_twenty_gets_a_unique_value(site: Site) -> None:
    async with opened(site) as store:
        tried = [store.commit([counter(f"c{n}"), item(f"i{n}", email="x")]) for n in range(WRITERS)]
        answers = await asyncio.gather(*tried, return_exceptions=True)
        assert [type(one) for one in answers if one is not None] == [UniqueViolation] * (WRITERS - 1)
        winner = answers.index(None)
        assert [loaded.value.id for loaded in (await store.find(Query(kind=ITEMS))).rows] == [f"i{winner}"]
        assert [loaded.value.id for loaded in (await store.find(Query(kind=COUNTERS))).rows] == [f"c{winner}"]


async def one_of_twenty_creates_a_document(site: Site) -> None:
    async with opened(site) as store:
        tried = [store.commit([counter("a", n), item(f"i{n}")]) for n in range(WRITERS)]
        answers = await asyncio.gather(*tried, return_exceptions=True)
        assert [type(one) for one in answers if one is not None] == [VersionConflict] * (WRITERS - 1)
        winner = answers.index(None)
        assert await read(store, COUNTERS, "a") == counter("a", winner).document
        assert [loaded.value.id for loaded in (await store.find(Query(kind=ITEMS))).rows] == [f"i{winner}"]


async def a_refused_commit_costs_its_neighbours_nothing(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([item("taken", email="x"), counter("old"), counter("gone")])
        await store.commit([Delete(COUNTERS, "gone", 1)])
        wrong: dict[int, tuple[list[Write], type[StoreError]]] = {
            3: ([counter("w3"), item("w", email="x")], UniqueViolation),
            7: ([counter("old"), counter("w7")], VersionConflict),
            8: ([item("w8"), Delete(COUNTERS, "gone", 1)], VersionConflict),
            15: ([counter("w15"), item("twice", email="y"), item("again", email="y")], UniqueViolation),
        }
        good: list[list[Write]] = [[counter(f"n{n}", n), item(f"n{n}", email=f"n{n}")] for n in range(24)]
        tried = [store.commit(wrong[n][0] if n in wrong else good[n]) for n in range(24)]
        answers = await asyncio.gather(*tried, return_exceptions=True)
        assert {n: type(one) for n, one in enumerate(answers) if one is not None} == {
            n: error for n, (_, error) in wrong.items()
        }
        kept = sorted(f"n{n}" for n in range(24) if n not in wrong)
        assert [loaded.value.id for loaded in (await store.find(Query(kind=ITEMS))).rows] == [*kept, "taken"]
        assert [loaded.value.id for loaded in (await store.find(Query(kind=COUNTERS))).rows] == [*kept, "old"]


async def large_commits_and_small_ones_at_once_all_land_but_the_refused(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([counter("taken")])
        large: list[list[Write]] = [[counter(f"{n}-{write}") for write in range(1_000)] for n in range(4)]
        large[2].append(counter("taken"))
        small: list[list[Write]] = [[counter(f"s{n}"), item(f"s{n}")] for n in range(60)]
        mixed = [store.commit(one) for n in range(4) for one in (*small[15 * n : 15 * n + 15], large[n])]
        answers = await asyncio.gather(*mixed, return_exceptions=True)
        assert {n: type(one) for n, one in enumerate(answers) if one is not None} == {47: VersionConflict}
        landed = [len(await get_all(store, COUNTERS, (f"{n}-{write}" for write in range(1_000)))) for n in range(4)]
        assert landed == [1_000, 1_000, 0, 1_000]
        assert len(await get_all(store, ITEMS, (f"s{n}" for n in range(60)))) == 60


async def what_is_moved_between_documents_is_never_lost(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([counter("a", 50), counter("b", 50), counter("c", 50)])
        numbers = count()

        async def move(source: str, target: str) -> None:
            for _ in range(5):
                one, two = await get(store, COUNTERS, source), await get(store, COUNTERS, target)
                assert one is not None
                assert two is not None
                less = one.put(Counter(id=source, value=one.value.value - 1))
                more = two.put(Counter(id=target, value=two.value.value + 1))
                try:
                    await store.commit([less, more, item(f"{next(numbers)}")])
                except VersionConflict:
                    continue

        pairs = [("a", "b"), ("b", "c"), ("c", "a"), ("b", "a"), ("c", "b"), ("a", "c")]
        await asyncio.gather(*(move(*pair) for pair in pairs))
        rows = [loaded.value for loaded in (await store.find(Query(kind=COUNTERS))).rows]
        moved = len((await store.find(Query(kind=ITEMS))).rows)
        assert moved > 0
        assert (sum(row.value for row in rows), sum(row.version for row in rows)) == (150, 3 + 2 * moved)


async def a_caller_that_goes_away_disturbs_nobody(site: Site) -> None:
    async with opened(site) as store:
        tasks = [asyncio.create_task(store.commit([counter(f"{n}"), item(f"{n}")])) for n in range(20)]
        await asyncio.sleep(0)
        for task in tasks[::3]:
            task.cancel()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert not [one for one in answers if isinstance(one, StoreError)]
        await store.commit([counter("after"), item("after")])
        stored = await _twins(store)
        acknowledged = {f"{n}" for n, one in enumerate(answers) if one is None} | {"after"}
        assert len(acknowledged) >= 14
        assert acknowledged <= stored


async def commits_land_when_the_store_closes_after_them(site: Site) -> None:
    async with opened(site) as store:
        tasks = [asyncio.create_task(store.commit([counter(f"{n}"), item(f"{n}")])) for n in range(30)]
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    async with opened(site) as store:
        assert await _twins(store) == {f"{n}" for n in range(30)}


async def many_small_groups_after_each_other_are_all_there(site: Site) -> None:
    async with opened(site) as store:
        for turn in range(12):
            await asyncio.gather(*(store.commit([counter(f"{turn}-{n}"), item(f"{turn}-{n}")]) for n in range(turn)))
        await fill(store, counter("last"), item("last"))
        assert len(await _twins(store)) == sum(range(12)) + 1


async def _twins(store: Store) -> set[str]:
    """The ids of all items, which must be those of the counters."""
    items = {loaded.value.id for loaded in (await store.find(Query(kind=ITEMS, limit=200))).rows}
    assert items == {loaded.value.id for loaded in (await store.find(Query(kind=COUNTERS, limit=200))).rows}
    return items
