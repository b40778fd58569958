"""What broken stores derive from: a store with a fault, and one that misreads the kinds that it is given."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from msgspec.structs import replace

from libs.store.codec import attribute
from libs.store.port import D, Delete, Kind, Loaded, Page, Put, Query, Store, Write
from libs.store.sqlite import SqliteStore
from tests.store_faults import Wrapper


class Broken(Wrapper):
    """A store with one fault. `caught_by`: the cases that must fail on it, by name."""

    caught_by: ClassVar[tuple[str, ...]] = ()

    @classmethod
    async def over(cls, path: Path) -> Store:
        """Open the files at `path`."""
        return cls(await SqliteStore.open(path))


class Misread(Broken):
    """Asks the store behind it about `misread(kind)` wherever it is asked about `kind`."""

    def misread(self, kind: Kind[D]) -> Kind[D]:
        """The kind as this store understands it."""
        return kind

    async def ensure(self, kinds: Sequence[Kind[Any]]) -> None:
        await self.inner.ensure([self.misread(kind) for kind in kinds])

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        return await self.inner.get_many(self.misread(kind), ids)

    async def find(self, query: Query[D]) -> Page[D]:
        return await self.inner.find(replace(query, kind=self.misread(query.kind)))

    async def commit(self, writes: Sequence[Write]) -> None:
        await self.inner.commit([self._misread_write(write) for write in writes])

    def _misread_write(self, write: Write) -> Write:
        if isinstance(write, Delete):
            return Delete(self.misread(write.kind), write.id, write.version)
        return Put(self.misread(write.kind), write.document)


def sort_key(query: Query[D], loaded: Loaded[D]) -> tuple[bool, Any]:
    """Where the query sorts the row: rows without a value first."""
    value: Any = attribute(query.order)(loaded.value) if query.order else loaded.value.id
    return value is not None, getattr(value, "value", value)
