"""What a store numbers has no gap, whoever is refused meanwhile."""

import asyncio
from collections import defaultdict

from libs.store.port import Put, Query, Store, StoreError, VersionConflict, Write
from tests.contracts.store.documents import TOLD, Told, counter, item, refused, told
from tests.contracts.store.site import Site, opened

CALLERS = 60
LARGE = 150


async def _stored(store: Store) -> dict[str, Told]:
    return {row.value.id: row.value for row in (await store.find(Query(kind=TOLD, limit=200))).rows}


def _place(put: Put[Told]) -> tuple[str, int]:
    assert put.place is not None
    return put.place.lane, put.place.number


async def numbers_have_no_gap_whoever_is_refused(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([counter("taken"), item("taken", email="x")])
        puts = [told(f"t{number:02}") for number in range(CALLERS)]
        wrong: dict[int, Write] = {number: counter("taken") for number in (7, 21, 40)}
        wrong[20] = item("other", email="x")
        tried = [
            store.commit([put, wrong.get(number, counter(f"c{number}"))])
            if number % 2
            else store.commit([counter(f"c{number}"), put, *([wrong[number]] if number in wrong else [])])
            for number, put in enumerate(puts)
        ]
        answers = await asyncio.gather(*tried, return_exceptions=True)
        assert {number for number, one in enumerate(answers) if isinstance(one, StoreError)} == set(wrong)
        found = await _stored(store)
        assert {id: (one.lane, one.number) for id, one in found.items()} == {
            put.document.id: _place(put) for number, put in enumerate(puts) if number not in wrong
        }
        lanes = defaultdict(list)
        for one in found.values():
            lanes[one.lane].append(one.number)
        assert [sorted(numbers) for numbers in lanes.values()] == [list(range(1, CALLERS - len(wrong) + 1))]


async def several_of_one_commit_are_numbered_in_their_order(site: Site) -> None:
    async with opened(site) as store:
        first, second, third = told("b"), told("a"), told("c")
        await store.commit([first, second])
        await refused(VersionConflict, store, third, told("a"))
        await store.commit([third])
        assert [_place(put)[1] for put in (first, second, third)] == [1, 2, 3]
        assert "" not in {_place(put)[0] for put in (first, second, third)}


async def a_large_commit_that_is_refused_leaves_no_gap(site: Site) -> None:
    async with opened(site) as store:
        many = [counter(f"c{number}") for number in range(LARGE)]
        await store.commit([counter("taken")])
        await refused(VersionConflict, store, told("a"), *many, counter("taken"))
        large, small = told("b"), told("c")
        await store.commit([large, *many])
        await store.commit([small])
        assert [_place(put)[1] for put in (large, small)] == [1, 2]
        assert len({_place(put)[0] for put in (large, small)}) == 1


async def a_store_that_is_opened_again_begins_another_lane(site: Site) -> None:
    before, after = told("a"), told("b")
    async with opened(site) as store:
        await store.commit([before])
    async with opened(site) as store:
        await store.commit([after])
        assert _place(before)[0] != _place(after)[0]
        assert _place(after)[1] == 1
        assert {one.number for one in (await _stored(store)).values()} == {1}
