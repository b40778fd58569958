"""`MongoStore`: the storage port on a MongoDB replica set. This module uses only what both drivers have in common;
driver.py hides the differences."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

import bson
from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument
from msgspec.structs import replace
from pymongo import DeleteOne, InsertOne, ReplaceOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError, ConnectionFailure, NotPrimaryError, PyMongoError, ServerSelectionTimeoutError
from pymongo.read_concern import ReadConcern

from libs.errors import StoreRefused, StoreUnavailable
from libs.ids import jittered
from libs.logs import Secret
from libs.passwords import PasswordFile
from libs.store.batches import Batches, Contention, Unit, change_of
from libs.store.codec import by_id, check_ids, check_writes, from_plain, page, put_to_plain, serving_index, write_key
from libs.store.kept import Kept
from libs.store.lanes import Lane
from libs.store.mongo import indexes
from libs.store.mongo.driver import CONNECTIONS, Client, Target, Tree, open_client
from libs.store.mongo.failures import DUPLICATE_KEY, refused_as, violated_index
from libs.store.mongo.loading import load
from libs.store.mongo.patience import until_primary
from libs.store.opening import Driver
from libs.store.port import (
    D,
    Delete,
    Kind,
    LimitExceeded,
    Loaded,
    Page,
    Put,
    Query,
    StoreError,
    UndeclaredKind,
    UniqueViolation,
    VersionConflict,
    Write,
)
from libs.store.tree import Layout, conditions, sorting

CONNECT_WITHIN = timedelta(seconds=2)
ANSWER_WITHIN = timedelta(seconds=10)
ENSURE_WITHIN = timedelta(hours=1)
COMMIT_ATTEMPTS = 5
_PAUSE_SECONDS = 0.004


class Step(NamedTuple):
    """One write, ready to be sent. expected: the version that it replaces. uniques: its keys in unique indexes.
    numbered: the Put that asks for a number; each attempt makes the step anew with the number it gives."""

    kind: str
    id: str
    expected: int
    uniques: Mapping[str, str]
    operation: InsertOne[RawBSONDocument] | ReplaceOne[RawBSONDocument] | DeleteOne
    numbered: Put[Any] | None = None


class _Missed(Exception):
    """One of the steps did not find the version that it replaces."""

    def __init__(self, steps: Sequence[Step]) -> None:
        super().__init__()
        self.steps = steps


class MongoStore:
    """The store port over one database; made by `open`, belongs to the event loop that opened it."""

    def __init__(self, target: Target, ensure_within: timedelta) -> None:
        self._target = target
        self._client = open_client(target)
        self._call_within = target.connect_within + target.answer_within
        self._ensure_within = ensure_within
        self._layouts: dict[str, Layout] = {}
        self._kept = Kept()
        # The driver serves waiting threads in no order; a semaphore serves callers in the order of arrival.
        self._slots = asyncio.Semaphore(CONNECTIONS)
        self._lane = Lane()
        self._batches = Batches[Step](self._attempt, insist_within=self._call_within)

    @classmethod
    async def open(
        cls,
        url: str,
        database: str,
        *,
        driver: Driver = "motor",
        password: PasswordFile | None = None,
        connect_within: timedelta = CONNECT_WITHIN,
        answer_within: timedelta = ANSWER_WITHIN,
        ensure_within: timedelta = ENSURE_WITHIN,
    ) -> "MongoStore":
        """The store in `database` of the replica set at `url`. password: of the user in the URL. The store connects
        when it is used, and again when necessary. StoreRefused if the URL cannot be used. A later call raises
        StoreUnavailable if it finds no primary or gets no answer in time, StoreRefused if the server refuses the
        login."""
        target = Target(Secret(url), database, driver, password, connect_within, answer_within)
        return cls(target, ensure_within)

    async def ensure(self, kinds: Sequence[Kind[Any]]) -> None:
        """See Store. Only adds indexes; `unknown_indexes` lists those that no kind declares. Waits `ensure_within` at
        most, an hour by default."""
        patient = open_client(replace(self._target, answer_within=self._ensure_within), "pymongo")
        try:
            async with self._slot(self._ensure_within):
                for layout in map(Layout, kinds):
                    await indexes.ensure(self._client.database, patient.database, layout)
                    self._layouts[layout.kind.name] = layout
        finally:
            await patient.close()

    async def lay_out(self) -> None:
        """See LaysOut."""
        async with self._slot(self._ensure_within):
            for layout in tuple(self._layouts.values()):
                await indexes.refresh(self._client.database, layout)

    async def unknown_indexes(self, kinds: Sequence[Kind[Any]]) -> list[indexes.Unknown]:
        """The indexes in the collections of these kinds that none of them declares."""
        async with self._slot():
            return await indexes.unknown(self._client.database, [Layout(kind) for kind in kinds])

    async def drop_index(self, found: indexes.Unknown) -> None:
        """Drop an index that `unknown_indexes` found."""
        async with self._slot():
            await indexes.drop(self._client.database, found)

    async def drop(self) -> None:
        """Drop the whole database; for temporary stores."""
        async with self._slot():
            await self._client.inner.drop_database(self._target.database)

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        """See Store."""
        rows = self._rows(self._layout(kind).kind.name)
        check_ids(ids)
        if not ids:
            return {}
        wanted = {"_id": ids[0] if len(ids) == 1 else {"$in": list(ids)}}

        async def read() -> list[Tree]:
            if len(ids) == 1:
                one = await rows.find_one(wanted, {"d": 1})
                return [] if one is None else [one]
            return await rows.find(wanted, {"d": 1}, batch_size=len(ids)).to_list(len(ids))

        async with self._slot():
            found = await until_primary(read)
        return by_id(ids, (from_plain(kind, one["d"]) for one in found))

    async def find(self, query: Query[D]) -> Page[D]:
        """See Store."""
        self._layout(query.kind)
        serving_index(query)
        counted = await self._counted(query) if query.count_up_to else 0
        if query.kind.kept:
            heads = [(one["_id"], one["v"]) for one in await self._found(query, "v")]
            if (kept := self._kept.rows(query.kind, heads)) is not None:
                return page(query, kept, counted)
        rows = [from_plain(query.kind, one["d"]) for one in await self._found(query, "d")]
        if query.kind.kept:
            self._kept.keep(rows)
        return page(query, rows, counted)

    async def commit(self, writes: Sequence[Write]) -> None:
        """See Store."""
        check_writes(writes)
        if writes:
            steps = [self._step(write) for write in writes]
            await self._batches.commit(Unit(steps, {write_key(write): change_of(write) for write in writes}))

    async def is_new(self) -> bool:
        """See Restorable."""
        async with self._slot():
            return not await self._client.database.list_collection_names()

    async def load(self, kind: Kind[Any], documents: Sequence[bytes]) -> None:
        """See Restorable. The documents are not one transaction, so after an error some of them are stored."""
        layout = self._layout(kind)
        async with self._slot():
            await load(self._rows(kind.name), layout, documents)

    async def close(self) -> None:
        """See Store."""
        await self._batches.close()
        await self._client.close()

    def _layout(self, kind: Kind[Any]) -> Layout:
        layout = self._layouts.get(kind.name)
        if layout is None or (layout.kind is not kind and layout.kind.indexes != kind.indexes):
            raise UndeclaredKind(f"{kind.name} was not given to ensure, or with other indexes")
        return layout

    def _rows(self, kind: str) -> AsyncCollection[Tree]:
        """The collection of a kind; reads return only what a majority has, which is never rolled back."""
        name = indexes.collection_of(kind)
        return self._client.database.get_collection(name, read_concern=ReadConcern("majority"))

    async def _found(self, query: Query[Any], field: str) -> list[Tree]:
        """The ids and one field of the trees of a page's rows, and of one more row."""
        rows, found = self._rows(query.kind.name), list[Tree]()
        for condition in conditions(query):
            missing = query.limit + 1 - len(found)
            if missing:
                async with self._slot():
                    found += await until_primary(partial(_some, rows, query, condition, field, missing))
        return found

    async def _counted(self, query: Query[Any]) -> int:
        """How many rows the query has, up to one more than `count_up_to`. Does not use `count_documents`, which is an
        aggregation: some servers do not match None in one."""
        (condition,) = conditions(replace(query, cursor=""))
        command = {
            "count": indexes.collection_of(query.kind.name),
            "query": condition,
            "limit": query.count_up_to + 1,
            "readConcern": {"level": "majority"},
        }
        async with self._slot():
            return int((await until_primary(lambda: self._client.database.command(command)))["n"])

    @asynccontextmanager
    async def _slot(self, within: timedelta | None = None) -> AsyncIterator[None]:
        """Hold one of CONNECTIONS slots for a use of the driver; its errors become StoreUnavailable or StoreRefused.
        within: the most time to wait for the slot and to use it."""
        bound, client = within or self._call_within, self._client
        try:
            async with asyncio.timeout(bound.total_seconds()), self._slots:
                client = self._client
                yield
        except PyMongoError as err:
            told = refused_as(err, client.complaints())
            if isinstance(told, StoreRefused):
                await self._log_in_anew(client)
            raise told from err
        except TimeoutError as err:
            raise StoreUnavailable(f"MongoDB: no answer within {bound.total_seconds()} seconds") from err

    async def _log_in_anew(self, refused: Client) -> None:
        """Open another client if the password file contains another password by now."""
        password = self._target.password
        if password is not None and self._client is refused and password.current() != refused.password:
            self._client = open_client(self._target)
            await refused.close()

    def _step(self, write: Write) -> Step:
        layout = self._layout(write.kind)
        if isinstance(write, Delete):
            operation = DeleteOne({"_id": write.id, "v": write.version})
            return Step(write.kind.name, write.id, write.version, {}, operation)
        document = write.document
        assert document.version >= 1, f"{document.id}: a put needs the version it makes, see create and Loaded.put"
        tree, expected = layout.tree(document, put_to_plain(write)), document.version - 1
        try:
            raw = RawBSONDocument(bson.encode(tree))
        except (OverflowError, BSONError) as err:
            raise LimitExceeded(f"{document.id} holds what MongoDB cannot") from err
        numbered = write if write.place is not None else None
        if expected:
            replaced = {"_id": document.id, "v": expected}
            return Step(write.kind.name, document.id, expected, tree["uq"], ReplaceOne(replaced, raw))
        return Step(write.kind.name, document.id, expected, tree["uq"], InsertOne(raw), numbered)

    async def _attempt(self, units: Sequence[Unit[Step]]) -> None:
        """Write all the units in one transaction, or none of them. Only one transaction at a time gives numbers: if it
        failed after a later one had succeeded, its numbers would be missing."""
        steps = [step for unit in units for step in unit.steps]
        if all(step.numbered is None for step in steps):
            await self._write_all(steps)
            return
        async with self._lane.lock:
            last = self._lane.last
            try:
                await self._write_all([self._numbered(step) for step in steps])
            except (StoreError, Contention):
                self._lane.last = last
                raise
            except BaseException:
                self._lane.end()
                raise

    def _numbered(self, step: Step) -> Step:
        return step if step.numbered is None else self._step(self._lane.number(step.numbered))

    async def _write_all(self, steps: Sequence[Step]) -> None:
        async with self._slot():
            attempt = 0
            while True:
                attempt += 1
                try:
                    async with self._client.transaction() as session:
                        await self._transact(session, steps)
                    return
                except _Missed as err:
                    raise await self._conflict(err.steps) from err
                except ServerSelectionTimeoutError:
                    raise  # it has waited long enough
                except PyMongoError as err:
                    if not err.has_error_label("TransientTransactionError"):
                        raise
                    if not isinstance(err, ConnectionFailure):
                        raise Contention from err
                    if attempt >= COMMIT_ATTEMPTS and not isinstance(err, NotPrimaryError):
                        raise
                await asyncio.sleep(jittered(_PAUSE_SECONDS * 2 ** min(attempt, COMMIT_ATTEMPTS)))

    async def _transact(self, session: AsyncClientSession, all_steps: Sequence[Step]) -> None:
        by_kind: dict[str, list[Step]] = {}
        for step in all_steps:
            by_kind.setdefault(step.kind, []).append(step)
        for steps in by_kind.values():
            await self._write(session, steps)
        await self._commit(session)

    async def _write(self, session: AsyncClientSession, steps: Sequence[Step]) -> None:
        """Write the steps of one kind in bulk. UniqueViolation or VersionConflict for a duplicate key, _Missed if a
        version was not found."""
        operations: list[Any] = [step.operation for step in steps]
        try:
            result = await self._rows(steps[0].kind).bulk_write(operations, session=session)
        except BulkWriteError as err:
            refusal = await self._refusal(steps, err)
            if refusal is None:
                raise
            raise refusal from err
        replaced = sum(isinstance(one, ReplaceOne) for one in operations)
        deleted = sum(isinstance(one, DeleteOne) for one in operations)
        if (result.matched_count, result.deleted_count) != (replaced, deleted):
            raise _Missed([step for step in steps if step.expected])

    async def _commit(self, session: AsyncClientSession) -> None:
        """Commit the transaction; again while the outcome is unknown, because the server gives a repeated commit the
        same answer."""
        for attempt in range(1, COMMIT_ATTEMPTS + 1):
            try:
                await session.commit_transaction()
                return
            except PyMongoError as err:
                if attempt == COMMIT_ATTEMPTS or not err.has_error_label("UnknownTransactionCommitResult"):
                    raise

    async def _conflict(self, steps: Sequence[Step]) -> VersionConflict:
        """The conflict, with the document that does not have the expected version. Reads after the transaction, because
        inside it a document that it deleted looks like one that never existed."""
        ids = [step.id for step in steps]
        found = await self._rows(steps[0].kind).find({"_id": {"$in": ids}}, {"v": 1}).to_list(len(ids))
        versions = {one["_id"]: one["v"] for one in found}
        missed = (step for step in steps if versions.get(step.id) != step.expected)
        step = next(missed, steps[0])  # the first one if another process has changed the document since
        return VersionConflict(step.kind, step.id)

    async def _refusal(self, steps: Sequence[Step], err: BulkWriteError) -> StoreError | None:
        """The StoreError for a bulk write that failed because of its rows; None if it failed for another reason."""
        errors = (err.details or {}).get("writeErrors") or ()
        if err.has_error_label("TransientTransactionError") or not errors or errors[0]["code"] != DUPLICATE_KEY:
            return None
        step, names = steps[errors[0]["index"]], self._layouts[steps[0].kind].unique_names
        violated = violated_index(errors[0])
        if violated != "_id" and not await self._stands_in_its_own_way(step):
            if violated not in names:
                violated = await self._taken(step, steps)
            if violated:
                return UniqueViolation(step.kind, names[violated])
        return VersionConflict(step.kind, step.id)

    async def _stands_in_its_own_way(self, step: Step) -> bool:
        """Whether the document that the step creates exists already; a server may check its unique values before its
        id, so it conflicts with itself."""
        if step.expected:
            return False
        return await self._rows(step.kind).find_one({"_id": step.id}, {"_id": 1}) is not None

    async def _taken(self, step: Step, steps: Sequence[Step]) -> str:
        """The unique index in which another document has the step's value, for a server that does not name it; empty if
        there is none."""
        for name, key in step.uniques.items():
            if any(one.uniques.get(name) == key for one in steps if one is not step):
                return name
            if await self._rows(step.kind).find_one({f"uq.{name}": key, "_id": {"$ne": step.id}}, {"_id": 1}):
                return name
        return ""


async def _some(rows: AsyncCollection[Tree], query: Query[Any], condition: Tree, field: str, count: int) -> list[Tree]:
    cursor = rows.find(condition, {field: 1}, sort=sorting(query), limit=count, batch_size=count)
    return await cursor.to_list(count)
