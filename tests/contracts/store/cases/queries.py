"""Queries: what they find, in which order, and what they refuse."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from msgspec.structs import replace

from libs.store.port import LimitExceeded, Query, Store, UndeclaredQuery
from tests.contracts.store.cases.documents import SCRIPTS
from tests.contracts.store.documents import ITEMS, NOON, Address, State, change, fill, item
from tests.contracts.store.site import Site, opened


async def equalities_find_what_agrees(site: Site) -> None:
    async with opened(site) as store:
        await fill(
            store,
            item("a", state=State.ACTIVE, open=True, name="x", rank=1),
            item("b", state=State.ACTIVE, open=False, name="x"),
            item("c", state=State.ENDED, open=True, name="X", rank=1),
            item("d", state=State.ENDED, open=True, name="x"),
        )
        assert await _ids(store, equals={"state": State.ACTIVE}) == ["a", "b"]
        assert await _ids(store, equals={"state": State.WAITING}) == []
        assert await _ids(store, equals={"open": True, "name": "x"}) == ["a", "d"]
        assert await _ids(store, equals={"name": "x", "open": True}) == ["a", "d"]
        assert await _ids(store, equals={"rank": 1}) == ["a", "c"]
        assert await _ids(store, equals={"rank": None}) == ["b", "d"]


async def a_change_moves_a_document_in_its_indexes(site: Site) -> None:
    async with opened(site) as store:
        await fill(store, item("a", rank=1), item("b", rank=2))
        await change(store, ITEMS, "a", rank=3)
        assert await _ids(store, equals={"rank": 1}) == []
        assert await _ids(store, equals={"rank": 3}) == ["a"]
        assert await _ids(store, order="rank") == ["b", "a"]


async def an_order_puts_none_first_and_ties_by_id(site: Site) -> None:
    async with opened(site) as store:
        ranks = {"e": None, "d": 2, "c": -7, "b": 2, "a": None, "f": 10, "g": 0, "h": 2**40}
        await fill(store, *(item(id, rank=rank) for id, rank in ranks.items()))
        assert await _ids(store, order="rank") == ["a", "e", "c", "g", "b", "d", "f", "h"]


async def descending_turns_all_of_it_round(site: Site) -> None:
    async with opened(site) as store:
        ranks = {"e": None, "d": 2, "c": -7, "b": 2, "a": None}
        await fill(store, *(item(id, rank=rank) for id, rank in ranks.items()))
        assert await _ids(store, order="rank", descending=True) == ["d", "b", "c", "e", "a"]
        assert await _ids(store, descending=True) == ["e", "d", "c", "b", "a"]
        assert await _ids(store, equals={"rank": 2}, descending=True) == ["d", "b"]


async def without_an_order_rows_come_by_id(site: Site) -> None:
    ids = sorted(["b", "a", "B", "a1", "a10", "a2", "_", "é", "z", "\U0001f680", "\uffee"])
    async with opened(site) as store:
        await fill(store, *(item(id, name="n") for id in reversed(ids)))
        assert await _ids(store) == ids
        assert await _ids(store, equals={"name": "n"}) == ids


async def text_sorts_by_code_point(site: Site) -> None:
    async with opened(site) as store:
        await fill(store, *(item(f"{number}", name=text) for number, text in enumerate(SCRIPTS)))
        found = await store.find(Query(kind=ITEMS, order="name"))
        assert [loaded.value.name for loaded in found.rows] == sorted(SCRIPTS)


async def instants_dates_and_states_sort_by_their_value(site: Site) -> None:
    east, west = timezone(timedelta(hours=14)), timezone(timedelta(hours=-11, minutes=-30))
    instants = [
        datetime(1, 1, 2, tzinfo=east),
        NOON - timedelta(microseconds=1),
        NOON.astimezone(west),
        (NOON + timedelta(microseconds=1)).astimezone(east),
        datetime(9999, 12, 30, tzinfo=west),
    ]
    days = [date(1, 1, 1), date(1970, 1, 1), date(2026, 2, 28), date(2026, 3, 1), date(9999, 12, 31)]
    async with opened(site) as store:
        await fill(store, *(item(f"{4 - n}", due_at=instants[n], day=days[n], open=n > 2) for n in range(5)))
        assert await _ids(store, equals={"state": State.WAITING}, order="due_at") == list("43210")
        assert await _ids(store, order="day") == list("43210")
        assert await _ids(store, equals={"open": False}) == list("234")
        assert await _ids(store, equals={"day": date(2026, 3, 1)}) == ["1"]
        await change(store, ITEMS, "0", state=State.ACTIVE)
        await change(store, ITEMS, "1", state=State.ENDED)
        assert await _ids(store, order="state") == list("01234")


async def bounds_take_the_first_and_leave_the_last(site: Site) -> None:
    async with opened(site) as store:
        await fill(store, item("none"), *(item(f"r{rank}", rank=rank) for rank in range(6)))
        assert await _ids(store, order="rank", at_least=2, below=5) == ["r2", "r3", "r4"]
        assert await _ids(store, order="rank", at_least=4) == ["r4", "r5"]
        assert await _ids(store, order="rank", below=0) == []
        assert await _ids(store, order="rank", at_least=4, below=4) == []
        assert await _ids(store, order="rank", at_least=1, below=3, descending=True) == ["r2", "r1"]


async def bounds_leave_out_what_has_no_value(site: Site) -> None:
    async with opened(site) as store:
        await fill(store, item("a"), item("b", due_at=NOON), item("c", due_at=NOON + timedelta(microseconds=1)))
        due = {"equals": {"state": State.WAITING}, "order": "due_at"}
        assert await _ids(store, **due, below=NOON) == []
        assert await _ids(store, **due, below=NOON + timedelta(microseconds=1)) == ["b"]
        assert await _ids(store, **due, below=NOON + timedelta(days=1), descending=True) == ["c", "b"]
        assert await _ids(store, **due) == ["a", "b", "c"]


async def a_nested_field_is_found_and_sorted_within(site: Site) -> None:
    async with opened(site) as store:
        await fill(
            store,
            item("a", buyer=Address("DE", "1"), rank=3),
            item("b", buyer=Address("DE", "2"), rank=1),
            item("c", buyer=Address("FR", "3"), rank=2),
            item("d"),
        )
        assert await _ids(store, equals={"buyer.country": "DE"}, order="rank") == ["b", "a"]
        assert await _ids(store, order="buyer.country") == ["d", "a", "b", "c"]
        assert await _ids(store, equals={"buyer.country": None}) == ["d"]


async def a_unique_index_serves_queries_too(site: Site) -> None:
    async with opened(site) as store:
        writes = [item(f"{n}", partner="p" if n % 2 else "q", number=n * 7 % 10) for n in range(10)]
        await fill(store, *writes)
        assert await _ids(store, equals={"partner": "p"}, order="number") == list("39517")
        assert await _ids(store, equals={"partner": "p", "number": 1}) == ["3"]
        assert await _ids(store, order="email") == list("0123456789")


async def a_query_without_an_index_is_refused(site: Site) -> None:
    async with opened(site) as store:
        await store.commit([item("a", serial="s")])
        await _refused(UndeclaredQuery, store, equals={"tags": "x"})
        await _refused(UndeclaredQuery, store, order="number")
        await _refused(UndeclaredQuery, store, equals={"state": State.ACTIVE}, order="rank")
        await _refused(UndeclaredQuery, store, equals={"due_at": NOON})
        await _refused(UndeclaredQuery, store, equals={"serial": "s"})
        await _refused(UndeclaredQuery, store, at_least=1)


async def a_page_has_a_thousand_rows_at_most(site: Site) -> None:
    async with opened(site) as store:
        await fill(store, *(item(f"{n:04}") for n in range(1_001)))
        assert await _ids(store, limit=1_000) == [f"{n:04}" for n in range(1_000)]
        for limit in (0, -1, 1_001):
            await _refused(LimitExceeded, store, limit=limit)


async def a_count_is_exact_up_to_where_it_stops(site: Site) -> None:
    async with opened(site) as store:
        await fill(store, item("none"), *(item(f"r{rank}", rank=rank, state=State.ENDED) for rank in range(6)))
        assert await _total(store, count_up_to=7) == (7, False)
        assert await _total(store, count_up_to=6) == (6, True)
        assert await _total(store, equals={"state": State.ENDED}, count_up_to=100) == (6, False)
        assert await _total(store, equals={"state": State.ACTIVE}, count_up_to=100) == (0, False)
        assert await _total(store, order="rank", count_up_to=100) == (7, False)
        assert await _total(store, order="rank", at_least=2, below=5, count_up_to=3) == (3, False)
        assert await _total(store, order="rank", below=5, descending=True, count_up_to=4) == (4, True)
        assert await _total(store, equals={"rank": None}, count_up_to=1) == (1, False)


async def every_page_counts_all_rows_and_only_if_asked(site: Site) -> None:
    async with opened(site) as store:
        await fill(store, *(item(f"{n}", rank=None if n < 3 else n) for n in range(9)))
        for order in ("", "rank"):
            query = Query(kind=ITEMS, order=order, limit=4, count_up_to=10_000)
            counts = list[tuple[int, bool]]()
            while not counts or query.cursor:
                page = await store.find(query)
                counts.append((page.total, page.total_is_lower_bound))
                query = replace(query, cursor=page.next_cursor)
            assert counts == [(9, False)] * 3
        assert await _total(store, order="rank") == (0, False)
        for number in (-1, 10_001):
            await _refused(LimitExceeded, store, count_up_to=number)


async def _total(store: Store, **query: Any) -> tuple[int, bool]:
    page = await store.find(Query(kind=ITEMS, limit=2, **query))
    return page.total, page.total_is_lower_bound


async def _ids(store: Store, **query: Any) -> Sequence[str]:
    page = await store.find(Query(kind=ITEMS, **query))
    return [loaded.value.id for loaded in page.rows]


async def _refused(error: type[Exception], store: Store, **query: Any) -> None:
    with pytest.raises(error):
        await store.find(Query(kind=ITEMS, **query))
