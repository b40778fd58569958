"""Stores that break a rule of queries: order, bounds, pages, cursors."""

from msgspec.structs import replace

from libs.errors import InvalidInput
from libs.store.port import (
    D,
    LimitExceeded,
    Loaded,
    Page,
    Query,
    UndeclaredKind,
    UndeclaredQuery,
)
from tests.contracts.store.broken.kinds import Broken, sort_key


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
        return sorted(rows, key=lambda loaded: sort_key(query, loaded), reverse=query.descending)


class PutsNoneLast(Reordering):
    """Sorts as other databases do."""

    caught_by = ("an_order_puts_none_first_and_ties_by_id",)

    def sort(self, query: Query[D], rows: list[Loaded[D]]) -> list[Loaded[D]]:
        return sorted(rows, key=lambda loaded: not sort_key(query, loaded)[0])


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


class CountsAPage(Broken):
    """Takes the rows of the page for all there are."""

    caught_by = ("a_count_is_exact_up_to_where_it_stops", "every_page_counts_all_rows_and_only_if_asked")

    async def find(self, query: Query[D]) -> Page[D]:
        page = await self.inner.find(query)
        return page._replace(total=len(page.rows)) if query.count_up_to else page


class CountsWhatIsLeft(Broken):
    """Counts from the cursor on."""

    caught_by = ("every_page_counts_all_rows_and_only_if_asked",)

    async def find(self, query: Query[D]) -> Page[D]:
        page = await self.inner.find(query)
        if not query.cursor or not query.count_up_to:
            return page
        rest = await self.inner.find(replace(query, limit=1_000))
        return page._replace(total=len(rest.rows))


class HidesThatItStopped(Broken):
    """Says that a count is exact wherever it stopped."""

    caught_by = ("a_count_is_exact_up_to_where_it_stops",)

    async def find(self, query: Query[D]) -> Page[D]:
        return (await self.inner.find(query))._replace(total_is_lower_bound=False)
