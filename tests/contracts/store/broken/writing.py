"""Stores that err when they write."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from libs.store.codec import write_key
from libs.store.port import (
    D,
    Delete,
    Kind,
    Loaded,
    Put,
    Store,
    StoreError,
    UndeclaredKind,
    UniqueViolation,
    VersionConflict,
    Write,
    get,
)
from libs.store.sqlite import SqliteStore
from tests.contracts.store.broken.kinds import Broken
from tests.contracts.store.documents import Item


class LosesLastWrite(Broken):
    """Writes all but the last of several."""

    caught_by = (
        "a_document_comes_back_as_it_went_in",
        "what_is_moved_between_documents_is_never_lost",
        "what_was_acknowledged_is_there_after_a_restart",
        "a_store_and_a_dictionary_never_differ",
        "twenty_writers_of_one_document_count_each_change_once",
    )

    async def commit(self, writes: Sequence[Write]) -> None:
        await self.inner.commit(writes[:-1] if len(writes) > 1 else writes)


class IgnoresVersions(Broken):
    """Replaces whatever version is there."""

    caught_by = (
        "a_stale_put_is_refused",
        "a_put_that_is_ahead_is_refused",
        "what_exists_is_not_created_again",
        "what_is_created_again_is_no_duplicate_of_itself",
        "a_stale_delete_is_refused",
        "twenty_writers_of_one_document_count_each_change_once",
        "one_of_twenty_creates_a_document",
    )

    async def commit(self, writes: Sequence[Write]) -> None:
        while True:
            try:
                return await self.inner.commit([await self._current(write) for write in writes])
            except VersionConflict:
                continue

    async def _current(self, write: Write) -> Write:
        kind, (_, id) = write.kind, write_key(write)
        loaded: Loaded[Any] | None = await get(self.inner, kind, id)
        if isinstance(write, Delete):
            return Delete(kind, id, loaded.value.version if loaded else 1)
        return Put(kind, replace(write.document, version=loaded.value.version + 1 if loaded else 1))


class ForgetsNewerFields(Broken):
    """Replaces a document by what the struct of this release has."""

    caught_by = (
        "an_update_keeps_what_a_newer_release_has_written",
        "elements_of_a_list_keep_what_belongs_to_them",
        "an_update_that_would_lose_something_is_refused",
    )

    async def commit(self, writes: Sequence[Write]) -> None:
        await self.inner.commit([replace(one, body=None) if isinstance(one, Put) else one for one in writes])


class NamesTheFirst(Broken):
    """Says of a conflict that it is about the first document, whichever it is about."""

    caught_by = ("a_conflict_names_the_document_that_has_another_version",)

    async def commit(self, writes: Sequence[Write]) -> None:
        try:
            await self.inner.commit(writes)
        except VersionConflict as err:
            raise VersionConflict(*write_key(writes[0])) from err


class CreatesWhatItShouldReplace(Broken):
    """Treats a replacement of what does not exist as a creation, and its deletion as done."""

    caught_by = ("what_does_not_exist_is_neither_replaced_nor_deleted", "a_store_and_a_dictionary_never_differ")

    async def commit(self, writes: Sequence[Write]) -> None:
        kept: list[Write] = []
        for write in writes:
            there = await get(self.inner, write.kind, write_key(write)[1]) is not None
            if there or (isinstance(write, Put) and write.document.version == 1):
                kept.append(write)
            elif isinstance(write, Put):
                kept.append(Put(write.kind, replace(write.document, version=1)))
        await self.inner.commit(kept)


class StartsVersionsAgain(Broken):
    """Gives every document version 1."""

    caught_by = (
        "versions_count_up_from_one",
        "a_put_replaces_the_whole_document",
        "a_document_read_among_many_is_written_back",
    )

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        found = await self.inner.get_many(kind, ids)
        return {id: Loaded(kind, replace(loaded.value, version=1)) for id, loaded in found.items()}

    async def commit(self, writes: Sequence[Write]) -> None:
        current = []
        for write in writes:
            loaded = await get(self.inner, write.kind, write_key(write)[1])
            if isinstance(write, Put) and loaded is not None:
                write = Put(write.kind, replace(write.document, version=loaded.value.version + 1))
            current.append(write)
        await self.inner.commit(current)


class WritesOneByOne(Broken):
    """Commits half a commit when the rest is refused."""

    caught_by = (
        "a_commit_is_written_as_a_whole_or_not_at_all",
        "a_refused_value_leaves_nothing_of_its_commit",
        "one_commit_cannot_use_a_value_twice",
        "one_of_twenty_gets_a_unique_value",
    )

    async def commit(self, writes: Sequence[Write]) -> None:
        for write in writes:
            await self.inner.commit([write])


class MergesPuts(Broken):
    """Keeps a field that a replacement leaves empty."""

    caught_by = ("a_put_replaces_the_whole_document",)

    async def commit(self, writes: Sequence[Write]) -> None:
        merged = []
        for write in writes:
            if isinstance(write, Put) and isinstance(write.document, Item):
                loaded = await get(self.inner, write.kind, write.document.id)
                if loaded is not None and not write.document.tags:
                    write = Put(write.kind, replace(write.document, tags=loaded.value.tags))
            merged.append(write)
        await self.inner.commit(merged)


class KeepsTheDeleted(Broken):
    """Deletes nothing."""

    caught_by = ("what_is_deleted_is_gone_and_may_come_again",)

    async def commit(self, writes: Sequence[Write]) -> None:
        await self.inner.commit([write for write in writes if isinstance(write, Put)])


class DeletesInEveryKind(Broken):
    """Takes ids for unique across kinds."""

    caught_by = ("kinds_know_nothing_of_each_other",)

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._kinds: dict[str, Kind[Any]] = {}

    async def ensure(self, kinds: Sequence[Kind[Any]]) -> None:
        self._kinds |= {kind.name: kind for kind in kinds}
        await self.inner.ensure(kinds)

    async def commit(self, writes: Sequence[Write]) -> None:
        more: list[Write] = []
        for write in writes:
            for kind in self._kinds.values() if isinstance(write, Delete) else ():
                other = await get(self.inner, kind, write_key(write)[1])
                if other is not None and kind.name != write.kind.name:
                    more.append(other.delete())
        await self.inner.commit([*writes, *more])


class RefusesAllForOne(Broken):
    """Commits those who come together as one, and gives everybody the error of one of them."""

    caught_by = (
        "a_refused_commit_costs_its_neighbours_nothing",
        "commits_land_when_the_store_closes_after_them",
    )

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._together: list[Write] = []
        self._answer: asyncio.Task[None] | None = None

    async def commit(self, writes: Sequence[Write]) -> None:
        self._together.extend(writes)
        if self._answer is None or self._answer.done():
            self._answer = asyncio.create_task(self._commit())
        await asyncio.shield(self._answer)

    async def _commit(self) -> None:
        await asyncio.sleep(0)
        writes, self._together = self._together, []
        await self.inner.commit(writes)


class DropsWhoComesTogether(Broken):
    """Acknowledges a commit that comes while another is under way, and forgets it."""

    caught_by = (
        "many_small_groups_after_each_other_are_all_there",
        "commits_go_on_while_indexes_are_made",
    )

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._under_way = 0

    async def commit(self, writes: Sequence[Write]) -> None:
        if self._under_way:
            return
        self._under_way += 1
        try:
            await self.inner.commit(writes)
        finally:
            self._under_way -= 1


class FailsAfterACallerHasGone(Broken):
    """Never recovers from a cancelled commit."""

    caught_by = ("a_caller_that_goes_away_disturbs_nobody",)

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._confused = False

    async def commit(self, writes: Sequence[Write]) -> None:
        if self._confused:
            raise StoreError("confused")
        try:
            await self.inner.commit(writes)
        except asyncio.CancelledError:
            self._confused = True
            raise


class Forgets(Broken):
    """Keeps nothing beyond the process: opens other files each time."""

    caught_by = (
        "what_was_acknowledged_is_there_after_a_restart",
        "a_killed_process_loses_nothing_it_acknowledged",
        "ensuring_again_changes_nothing",
        "commits_land_when_the_store_closes_after_them",
    )

    @classmethod
    async def over(cls, path: Path) -> Store:
        free = next(name for n in count() if not (name := path.with_suffix(f".{n}")).exists())
        return cls(await SqliteStore.open(free))


class AcknowledgesTooEarly(Broken):
    """Answers before it has written."""

    caught_by = (
        "what_was_acknowledged_is_seen_by_the_next_read",
        "what_exists_is_not_created_again",
        "a_killed_process_loses_nothing_it_acknowledged",
    )

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._tasks: list[asyncio.Task[None]] = []

    async def commit(self, writes: Sequence[Write]) -> None:
        self._tasks.append(asyncio.create_task(self._later(writes)))

    async def _later(self, writes: Sequence[Write]) -> None:
        for _ in range(200):
            await asyncio.sleep(0)
        await self.inner.commit(writes)

    async def close(self) -> None:
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.inner.close()


class WritesTheLastOfTwo(Broken):
    """Takes two writes of one document for one."""

    caught_by = ("a_commit_writes_a_document_once",)

    async def commit(self, writes: Sequence[Write]) -> None:
        await self.inner.commit(list({write_key(write): write for write in reversed(writes)}.values()))


class KnowsNoKinds(Broken):
    """Takes any kind, declared or not."""

    caught_by = ("a_kind_is_declared_before_it_is_used",)

    async def commit(self, writes: Sequence[Write]) -> None:
        try:
            await self.inner.commit(writes)
        except UndeclaredKind:
            return


class NamesNoIndex(Broken):
    """Says that something is taken, but not what."""

    caught_by = ("a_unique_value_is_taken_once", "a_nested_field_may_be_unique")

    async def commit(self, writes: Sequence[Write]) -> None:
        try:
            await self.inner.commit(writes)
        except UniqueViolation as err:
            raise UniqueViolation(err.kind, "") from err
