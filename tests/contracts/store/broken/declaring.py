"""Stores that misread what the kinds declare."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from libs.store.codec import attribute
from libs.store.port import D, Delete, Index, Kind, Page, Put, Query, Store, UniqueViolation, Write
from tests.contracts.store.broken.kinds import Broken, Misread


class IgnoresUnique(Misread):
    """Has indexes, but none that is unique."""

    caught_by = (
        "a_unique_value_is_taken_once",
        "one_of_twenty_gets_a_unique_value",
        "a_new_unique_index_counts_what_was_there_before",
        "a_unique_index_that_cannot_hold_is_refused",
        "a_changed_condition_holds_from_then_on",
        "a_partial_index_counts_only_where_its_condition_holds",
        "a_store_and_a_dictionary_never_differ",
    )

    def misread(self, kind: Kind[D]) -> Kind[D]:
        return replace(kind, indexes=tuple(replace(index, unique=False) for index in kind.indexes))


class IgnoresConditions(Misread):
    """Takes a partial index for a full one."""

    caught_by = (
        "a_partial_index_counts_only_where_its_condition_holds",
        "a_query_without_an_index_is_refused",
        "a_changed_condition_holds_from_then_on",
    )

    def misread(self, kind: Kind[D]) -> Kind[D]:
        return replace(kind, indexes=tuple(replace(index, where=()) for index in kind.indexes))


class FirstFieldIsEnough(Misread):
    """Takes the first field of a unique index for all of it."""

    caught_by = ("all_fields_of_an_index_must_agree", "a_nested_field_may_be_unique")

    def misread(self, kind: Kind[D]) -> Kind[D]:
        shorter = [replace(index, fields=index.fields[:1]) for index in kind.indexes if index.unique]
        return replace(kind, indexes=(*kind.indexes, *shorter))


class KeepsNothing(Misread):
    """Reads everything anew, and so lets everything be deleted."""

    caught_by = ("what_is_kept_is_decoded_once_until_it_changes", "what_is_kept_is_never_deleted")

    def misread(self, kind: Kind[D]) -> Kind[D]:
        return replace(kind, kept=False)


class CountsNone(Broken):
    """Takes None for a value that can be taken."""

    caught_by = ("none_is_never_taken",)

    async def commit(self, writes: Sequence[Write]) -> None:
        for write in writes:
            for index in write.kind.indexes if isinstance(write, Put) else ():
                if isinstance(write, Put) and index.unique and not index.where and len(index.fields) == 1:
                    await self._check(write, index)
        await self.inner.commit(writes)

    async def _check(self, write: Put[Any], index: Index) -> None:
        if attribute(index.fields[0])(write.document) is not None:
            return
        page = await self.inner.find(Query(kind=write.kind, equals={index.fields[0]: None}))
        if [loaded for loaded in page.rows if loaded.value.id != write.document.id]:
            raise UniqueViolation(write.kind.name, index.name)


class NeverLetsGo(Broken):
    """Keeps a unique value taken when its document has let go of it."""

    caught_by = ("a_unique_value_is_free_when_its_document_lets_go", "one_commit_may_hand_a_value_on")

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._owners: dict[tuple[str, str], str] = {}

    async def commit(self, writes: Sequence[Write]) -> None:
        for write in writes:
            email = getattr(write.document, "email", None) if isinstance(write, Put) else None
            if isinstance(write, Put) and email is not None:
                owner = self._owners.setdefault((write.kind.name, email), write.document.id)
                if owner != write.document.id:
                    raise UniqueViolation(write.kind.name, "email")
        await self.inner.commit(writes)


class DropsNothing(Misread):
    """Keeps indexes that are no longer declared."""

    caught_by = ("an_index_no_longer_declared_holds_no_longer", "a_changed_condition_holds_from_then_on")

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._ever: dict[str, tuple[Index, ...]] = {}

    def misread(self, kind: Kind[D]) -> Kind[D]:
        ever = self._ever.get(kind.name, ())
        self._ever[kind.name] = (*ever, *(index for index in kind.indexes if index not in ever))
        return replace(kind, indexes=self._ever[kind.name])


class EnsuresOnce(Misread):
    """Does not look at a kind again that it has seen."""

    caught_by = ("a_new_index_finds_what_was_there_before", "a_new_unique_index_counts_what_was_there_before")

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._seen: dict[str, Kind[Any]] = {}

    def misread(self, kind: Kind[D]) -> Kind[D]:
        return self._seen.setdefault(kind.name, kind)


class BeginsAgain(Broken):
    """Empties what it ensures."""

    caught_by = ("ensuring_again_changes_nothing", "commits_go_on_while_indexes_are_made")

    async def ensure(self, kinds: Sequence[Kind[Any]]) -> None:
        await self.inner.ensure(kinds)
        for kind in kinds:
            page: Page[Any] = await self.inner.find(Query(kind=kind, limit=100))
            await self.inner.commit([Delete(kind, loaded.value.id, loaded.value.version) for loaded in page.rows])
