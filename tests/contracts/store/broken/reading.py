"""Stores that err when they read."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from libs.errors import InvalidInput
from libs.store.codec import attribute, encode
from libs.store.port import (
    D,
    Kind,
    LimitExceeded,
    Loaded,
    Page,
    Query,
    Store,
    UndeclaredKind,
    UndeclaredQuery,
    Write,
    get,
)
from tests.contracts.store.broken.kinds import Broken
from tests.contracts.store.documents import Item


class ReadsWhatItReadBefore(Broken):
    """Has a cache that nothing clears."""

    caught_by = (
        "what_was_acknowledged_is_seen_by_the_next_read",
        "what_is_deleted_is_gone_and_may_come_again",
        "after_closing_nothing_is_answered",
    )

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._cache: dict[tuple[str, str], Loaded[Any]] = {}

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        cached = {id: self._cache[kind.name, id] for id in ids if (kind.name, id) in self._cache}
        if len(cached) < len(ids):
            cached |= await self.inner.get_many(kind, ids)
            self._cache |= {(kind.name, id): loaded for id, loaded in cached.items()}
        return cached


class FindsOldRows(Broken):
    """Finds documents as they were when they were created."""

    caught_by = ("what_was_acknowledged_is_seen_by_the_next_read",)

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._first: dict[tuple[str, str], Any] = {}

    async def commit(self, writes: Sequence[Write]) -> None:
        await self.inner.commit(writes)
        for write in writes:
            document = getattr(write, "document", None)
            if document is not None:
                self._first.setdefault((write.kind.name, document.id), document)

    async def find(self, query: Query[D]) -> Page[D]:
        page = await self.inner.find(query)
        rows = [
            Loaded(query.kind, self._first.get((query.kind.name, loaded.value.id), loaded.value))
            for loaded in page.rows
        ]
        return Page(rows, page.next_cursor)


class IndexesOnce(FindsOldRows):
    """Has indexes of what documents were when they were created."""

    caught_by = ("a_change_moves_a_document_in_its_indexes",)

    async def find(self, query: Query[D]) -> Page[D]:
        page = await super().find(replace(query, equals={}, order=""))
        wanted = query.equals.items()
        rows = [
            loaded for loaded in page.rows if all(attribute(field)(loaded.value) == value for field, value in wanted)
        ]
        return Page(sorted(rows, key=lambda loaded: _key(query, loaded)), page.next_cursor)


class KeepsPages(Broken):
    """Keeps what it found of the kinds that ask for it, and does not look whether it has changed."""

    caught_by = ("what_is_kept_is_as_another_store_left_it",)

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._pages: dict[str, Page[Any]] = {}

    async def find(self, query: Query[D]) -> Page[D]:
        if not query.kind.kept:
            return await self.inner.find(query)
        key = repr((query.kind.name, query.equals, query.order, query.cursor, query.descending))
        if key not in self._pages:
            self._pages[key] = await self.inner.find(query)
        return self._pages[key]


class KeepsWithoutOrder(Broken):
    """Returns by id what it keeps, whatever order was asked for."""

    caught_by = ("what_is_kept_comes_in_pages_and_in_order",)

    async def find(self, query: Query[D]) -> Page[D]:
        page = await self.inner.find(query)
        by_id = sorted(page.rows, key=lambda loaded: loaded.value.id)
        return Page(by_id if query.kind.kept else page.rows, page.next_cursor)


class KnowsAsciiOnly(Broken):
    """Loses what is not ASCII."""

    caught_by = ("text_in_any_script_comes_back_as_it_went_in", "text_sorts_by_code_point")

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        found = await self.inner.get_many(kind, ids)
        return {id: Loaded(kind, _ascii(loaded.value)) for id, loaded in found.items()}

    async def find(self, query: Query[D]) -> Page[D]:
        page = await self.inner.find(query)
        return Page([Loaded(query.kind, _ascii(loaded.value)) for loaded in page.rows], page.next_cursor)


class CountsCharacters(Broken):
    """Takes the size of a document for the number of its characters."""

    caught_by = ("a_row_is_told_with_its_size_as_json_or_without_one",)

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        found = await self.inner.get_many(kind, ids)
        return {id: Loaded(kind, one.value, len(encode(one.value).decode())) for id, one in found.items()}


class ComparesIdsLoosely(Broken):
    """Takes ids for the same that differ in case or in spaces at the end."""

    caught_by = ("what_was_never_written_is_not_there",)

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        loose = {id: id.strip().lower() for id in ids}
        found = await self.inner.get_many(kind, list(loose.values()))
        return {id: found[loose[id]] for id in ids if loose[id] in found}


class AnswersInAnyOrder(Broken):
    """Gives documents in the order of their ids, whatever order was asked for."""

    caught_by = ("many_documents_come_in_the_order_of_their_ids",)

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        return dict(sorted((await self.inner.get_many(kind, ids)).items()))


class RefusesWhatIsNotThere(Broken):
    """Answers for all of the ids or none."""

    caught_by = ("of_many_ids_those_without_a_document_are_left_out",)

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        found = await self.inner.get_many(kind, ids)
        return found if len(found) == len(set(ids)) else {}


class RefusesAnIdTwice(Broken):
    """Takes an id that is given twice for a mistake."""

    caught_by = ("an_id_may_be_given_twice",)

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        if len(set(ids)) < len(ids):
            raise LimitExceeded("an id twice")
        return await self.inner.get_many(kind, ids)


class ReadsAPageAtMost(Broken):
    """Reads the first two hundred ids."""

    caught_by = ("a_read_has_a_thousand_ids_at_most",)

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        return await self.inner.get_many(kind, ids[:200])


class ReadsAnyNumber(Broken):
    """Reads as many ids as it is given."""

    caught_by = ("a_read_has_a_thousand_ids_at_most",)

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        return {id: loaded for id in ids if (loaded := await get(self.inner, kind, id))}


class AnswersAMessage(Broken):
    """Answers what fits into one message of 16 MiB."""

    caught_by = ("many_large_documents_are_read_at_once",)

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        found = await self.inner.get_many(kind, ids)
        room_bytes, kept = 16 * 1024 * 1024, dict[str, Loaded[D]]()
        for id, loaded in found.items():
            room_bytes -= len(encode(loaded.value))
            if room_bytes >= 0:
                kept[id] = loaded
        return kept


class ReadsManyAsTheyWere(Broken):
    """Keeps a cache for reads of several ids, and none for reads of one."""

    caught_by = ("what_was_acknowledged_is_seen_by_the_next_read",)

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._cache: dict[tuple[str, ...], Mapping[str, Loaded[Any]]] = {}

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        if len(ids) == 1:
            return await self.inner.get_many(kind, ids)
        key = (kind.name, *ids)
        if key not in self._cache:
            self._cache[key] = await self.inner.get_many(kind, ids)
        return self._cache[key]


class Reordering(Broken):
    """Sorts the rows of a page in its own way; pages are made large enough to hold everything."""

    def sort(self, query: Query[D], rows: list[Loaded[D]]) -> list[Loaded[D]]:
        """The rows in another order."""
        raise NotImplementedError

    async def find(self, query: Query[D]) -> Page[D]:
        page = await self.inner.find(query)
        return Page(self.sort(query, list(page.rows)), page.next_cursor)


class IgnoresOrder(Reordering):
    """Sorts by id whatever is asked for."""

    caught_by = (
        "an_order_puts_none_first_and_ties_by_id",
        "instants_dates_and_states_sort_by_their_value",
        "a_nested_field_is_found_and_sorted_within",
        "a_unique_index_serves_queries_too",
        "a_new_index_finds_what_was_there_before",
    )

    def sort(self, query: Query[D], rows: list[Loaded[D]]) -> list[Loaded[D]]:
        return sorted(rows, key=lambda loaded: loaded.value.id)


class ForgetsTies(Reordering):
    """Leaves rows of the same value in any order."""

    caught_by = ("an_order_puts_none_first_and_ties_by_id",)

    def sort(self, query: Query[D], rows: list[Loaded[D]]) -> list[Loaded[D]]:
        rows.reverse()
        return sorted(rows, key=lambda loaded: _key(query, loaded), reverse=query.descending)


class PutsNoneLast(Reordering):
    """Sorts as other databases do."""

    caught_by = ("an_order_puts_none_first_and_ties_by_id",)

    def sort(self, query: Query[D], rows: list[Loaded[D]]) -> list[Loaded[D]]:
        return sorted(rows, key=lambda loaded: not _key(query, loaded)[0])


class SortsIdsLikePeople(Reordering):
    """Sorts ids without regard to case."""

    caught_by = ("without_an_order_rows_come_by_id",)

    def sort(self, query: Query[D], rows: list[Loaded[D]]) -> list[Loaded[D]]:
        return rows if query.order else sorted(rows, key=lambda loaded: loaded.value.id.lower())


class IgnoresDirection(Broken):
    """Always ascends."""

    caught_by = ("descending_turns_all_of_it_round",)

    async def find(self, query: Query[D]) -> Page[D]:
        return await self.inner.find(replace(query, descending=False))


class IgnoresEqualities(Broken):
    """Finds more than was asked for."""

    caught_by = ("equalities_find_what_agrees",)

    async def find(self, query: Query[D]) -> Page[D]:
        return await self.inner.find(query if query.order else replace(query, equals={}))


class IncludesTheEnd(Broken):
    """Takes `below` for `up to`."""

    caught_by = ("bounds_take_the_first_and_leave_the_last",)

    async def find(self, query: Query[D]) -> Page[D]:
        if isinstance(query.below, int) and not isinstance(query.below, bool):
            query = replace(query, below=query.below + 1)
        return await self.inner.find(query)


class BoundsWithNone(Broken):
    """Takes what has no value for less than any."""

    caught_by = ("bounds_leave_out_what_has_no_value",)

    async def find(self, query: Query[D]) -> Page[D]:
        page = await self.inner.find(query)
        if query.below is None or query.at_least is not None:
            return page
        none = await self.inner.find(replace(query, below=None, equals={**query.equals, query.order: None}, order=""))
        return Page([*none.rows, *page.rows], page.next_cursor)


class SkipsARow(Broken):
    """Goes on one row too far."""

    caught_by = (
        "pages_hold_every_row_once",
        "a_page_may_be_of_another_size_than_the_one_before",
        "a_deleted_row_is_no_obstacle_to_its_own_cursor",
        "rows_that_stay_are_seen_once_while_others_come_and_go",
    )

    async def find(self, query: Query[D]) -> Page[D]:
        page = await self.inner.find(query)
        return Page(page.rows[1:], page.next_cursor) if query.cursor else page


class PagesByNumber(Broken):
    """Has cursors that count rows, so that a row that comes or goes moves all others."""

    caught_by = (
        "rows_that_stay_are_seen_once_while_others_come_and_go",
        "a_deleted_row_is_no_obstacle_to_its_own_cursor",
        "a_cursor_of_another_query_is_refused",
    )

    async def find(self, query: Query[D]) -> Page[D]:
        start = int(query.cursor) if query.cursor.isascii() and query.cursor.isdigit() else 0
        page = await self.inner.find(replace(query, cursor="", limit=1_000))
        more = len(page.rows) > start + query.limit
        return Page(page.rows[start : start + query.limit], str(start + query.limit) if more else "")


class HalfPages(Broken):
    """Returns fewer rows than there are, and then says that there are more."""

    caught_by = ("a_page_holds_as_many_rows_as_were_asked_for",)

    async def find(self, query: Query[D]) -> Page[D]:
        return await self.inner.find(replace(query, limit=max(query.limit // 2, 1)))


class NeverEnds(Broken):
    """Offers another page after the last one."""

    caught_by = ("the_last_page_says_so",)

    async def find(self, query: Query[D]) -> Page[D]:
        page = await self.inner.find(query)
        return Page(page.rows, page.next_cursor or query.cursor or "more")


class TakesAnyCursor(Broken):
    """Begins again where it does not understand a cursor."""

    caught_by = ("a_cursor_of_another_query_is_refused",)

    async def find(self, query: Query[D]) -> Page[D]:
        try:
            return await self.inner.find(query)
        except InvalidInput:
            return await self.inner.find(replace(query, cursor=""))


class AnswersAnyQuery(Broken):
    """Finds nothing where it should refuse to look."""

    caught_by = (
        "a_query_without_an_index_is_refused",
        "an_index_no_longer_declared_holds_no_longer",
        "a_kind_is_declared_before_it_is_used",
    )

    async def find(self, query: Query[D]) -> Page[D]:
        try:
            return await self.inner.find(query)
        except (UndeclaredQuery, UndeclaredKind):
            return Page([], "")


class AdjustsLimits(Broken):
    """Takes any limit for a thousand."""

    caught_by = ("a_page_has_a_thousand_rows_at_most",)

    async def find(self, query: Query[D]) -> Page[D]:
        try:
            return await self.inner.find(query)
        except LimitExceeded:
            return await self.inner.find(replace(query, limit=1_000))


def _key(query: Query[D], loaded: Loaded[D]) -> tuple[bool, Any]:
    value: Any = attribute(query.order)(loaded.value) if query.order else loaded.value.id
    return value is not None, getattr(value, "value", value)


def _ascii(document: D) -> D:
    if isinstance(document, Item):
        return replace(document, name=document.name.encode("ascii", "ignore").decode())
    return document
