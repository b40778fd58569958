"""A store that answers a commit as another store would, and writes nothing: for calls that are only validated."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from libs.store.codec import attribute, check_writes, encode_put
from libs.store.port import (
    D,
    Index,
    Kind,
    Loaded,
    Page,
    Put,
    Query,
    Scalar,
    Store,
    UniqueViolation,
    VersionConflict,
    Write,
    get_all,
)

_A_FEW = 10  # rows that may have the same values because this commit moves them


class Rehearsal:
    """Reads are those of `store`. A commit is refused as `store` would refuse it now, and has no effect otherwise; so
    what is read after it is what was read before. Unique indexes with a condition are not checked, because no query can
    use them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def ensure(self, kinds: Sequence[Kind[Any]]) -> None:
        """Does nothing: the store is ready already."""

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        """As the store."""
        return await self._store.get_many(kind, ids)

    async def find(self, query: Query[D]) -> Page[D]:
        """As the store."""
        return await self._store.find(query)

    async def commit(self, writes: Sequence[Write]) -> None:
        """Writes nothing. VersionConflict, UniqueViolation, LimitExceeded as the store."""
        check_writes(writes)
        for _, group in groupby(sorted(writes, key=_kind_name), key=_kind_name):
            await self._check_versions(list(group))
        written = {_id(write) for write in writes}
        for write in writes:
            if isinstance(write, Put):
                encode_put(write)
                await self._check_unique(write, written)

    async def close(self) -> None:
        """Does nothing: the store is not its own."""

    async def _check_versions(self, writes: Sequence[Write]) -> None:
        kind = writes[0].kind
        found = await get_all(self._store, kind, map(_id, writes))
        for write in writes:
            present = found[_id(write)].value.version if _id(write) in found else 0
            if present != (write.document.version - 1 if isinstance(write, Put) else write.version):
                raise VersionConflict(kind.name, _id(write))

    async def _check_unique(self, write: Put[Any], written: set[str]) -> None:
        for index, values in _unique_values(write):
            page = await self._store.find(Query(kind=write.kind, equals=values, limit=_A_FEW))
            if any(row.value.id not in written for row in page.rows):
                raise UniqueViolation(write.kind.name, index.name)


def _kind_name(write: Write) -> str:
    return write.kind.name


def _id(write: Write) -> str:
    return write.document.id if isinstance(write, Put) else write.id


def _unique_values(write: Put[Any]) -> Iterator[tuple[Index, dict[str, Scalar]]]:
    """The unique indexes of a document, and its values in them."""
    for index in write.kind.indexes:
        values: dict[str, Any] = {field: attribute(field)(write.document) for field in index.fields}
        if index.unique and not index.where and None not in values.values():
            yield index, values
