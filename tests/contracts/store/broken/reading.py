"""Stores that err when they read."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from libs.errors import OlderRelease
from libs.store.codec import attribute, encode
from libs.store.port import (
    D,
    Kind,
    LimitExceeded,
    Loaded,
    Page,
    Query,
    Store,
    Write,
    get,
)
from tests.contracts.store.broken.kinds import Broken, sort_key
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
        return Page(sorted(rows, key=lambda loaded: sort_key(query, loaded)), page.next_cursor)


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


class SkipsWhatItCannotRead(Broken):
    """Shows no document that a newer release has written."""

    caught_by = ("what_a_release_cannot_read_is_refused_as_newer",)

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        try:
            return await self.inner.get_many(kind, ids)
        except OlderRelease:
            return {}


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


def _ascii(document: D) -> D:
    if isinstance(document, Item):
        return replace(document, name=document.name.encode("ascii", "ignore").decode())
    return document
