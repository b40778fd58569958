"""`MongoStore`: the storage port on a MongoDB replica set. The only module that imports motor and pymongo.

Motor is past its end of life; PyMongo's asyncio client has the same methods, so the move is a change of this file.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, NamedTuple

import bson
from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorClientSession, AsyncIOMotorCollection
from pymongo import DeleteOne, InsertOne, ReplaceOne
from pymongo.errors import (
    BulkWriteError,
    CollectionInvalid,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)
from pymongo.read_concern import ReadConcern

from libs.errors import StoreUnavailable
from libs.store.batches import Batches, Change, Unit
from libs.store.codec import check_writes, from_plain, page, serving_index, write_key
from libs.store.port import (
    D,
    Delete,
    Held,
    Kind,
    LimitExceeded,
    Page,
    Query,
    StoreError,
    UndeclaredKind,
    UniqueViolation,
    VersionConflict,
    Write,
)
from libs.store.tree import IndexSpec, Layout, conditions, sorting

CONNECTIONS = 32
CONNECT_WITHIN = timedelta(seconds=2)
ANSWER_WITHIN = timedelta(seconds=10)
ENSURE_WITHIN = timedelta(hours=1)
COMMIT_ATTEMPTS = 5
_ROWS_PER_BATCH = 500
_DUPLICATE_KEY = 11_000
_NAMED_INDEX = re.compile(r"index '\w*?uq_(\w+)'")
"""How a server that does not send `keyPattern` names the index that was violated."""


class Step(NamedTuple):
    """One write, ready to be sent."""

    kind: str
    id: str
    operation: InsertOne[RawBSONDocument] | ReplaceOne[RawBSONDocument] | DeleteOne


class MongoStore:
    """The store port over one database; made by `open`, belongs to the event loop that opened it."""

    def __init__(self, client: AsyncIOMotorClient[dict[str, Any]], database: str, call_within: timedelta) -> None:
        self._client = client
        self._database = client[database]
        self._call_within = call_within
        self._layouts: dict[str, Layout] = {}
        # The driver serves waiting threads in no order; a semaphore serves its callers in the order they came.
        self._slots = asyncio.Semaphore(CONNECTIONS)
        self._batches = Batches[Step](self._attempt)

    @classmethod
    async def open(
        cls,
        url: str,
        database: str,
        *,
        connect_within: timedelta = CONNECT_WITHIN,
        answer_within: timedelta = ANSWER_WITHIN,
    ) -> "MongoStore":
        """The store in `database` of the replica set at `url`. Connects when it is used, and again whenever it has to;
        StoreUnavailable from a call that found no primary or got no answer in time."""
        client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
            url,
            appname="prm",
            w="majority",
            journal=True,
            maxPoolSize=CONNECTIONS,
            connectTimeoutMS=_milliseconds(connect_within),
            serverSelectionTimeoutMS=_milliseconds(connect_within),
            socketTimeoutMS=_milliseconds(answer_within),
        )
        return cls(client, database, connect_within + answer_within)

    async def ensure(self, kinds: Sequence[Kind[Any]]) -> None:
        """See Store. Documents that another release wrote under other indexes are brought up to date first."""
        for kind in kinds:
            layout = Layout(kind)
            async with self._slot(ENSURE_WITHIN):
                await self._ensure(layout)
            self._layouts[kind.name] = layout

    async def get(self, kind: Kind[D], id: str) -> Held[D] | None:
        """See Store."""
        rows = self._rows(self._layout(kind))
        async with self._slot():
            found = await rows.find_one({"_id": id}, {"d": 1})
        return None if found is None else Held(kind, from_plain(kind, found["d"]))

    async def find(self, query: Query[D]) -> Page[D]:
        """See Store."""
        rows = self._rows(self._layout(query.kind))
        serving_index(query)
        found: list[dict[str, Any]] = []
        for condition in conditions(query):
            missing = query.limit + 1 - len(found)
            if missing:
                async with self._slot():
                    cursor = rows.find(condition, {"d": 1}, sort=sorting(query), limit=missing, batch_size=missing)
                    found += await cursor.to_list(missing)
        return page(query, [from_plain(query.kind, one["d"]) for one in found])

    async def commit(self, writes: Sequence[Write]) -> None:
        """See Store."""
        check_writes(writes)
        if writes:
            steps = [self._step(write) for write in writes]
            await self._batches.commit(Unit(steps, {write_key(write): _change(write) for write in writes}))

    async def close(self) -> None:
        """See Store."""
        await self._batches.close()
        await asyncio.to_thread(self._client.close)  # it says goodbye to the server, and waits for that

    def _layout(self, kind: Kind[Any]) -> Layout:
        layout = self._layouts.get(kind.name)
        if layout is None or (layout.kind is not kind and layout.kind.indexes != kind.indexes):
            raise UndeclaredKind(f"{kind.name} was not given to ensure, or with other indexes")
        return layout

    def _rows(self, layout: Layout) -> AsyncIOMotorCollection[dict[str, Any]]:
        """Reads see what a majority has, which nothing takes back."""
        return self._database.get_collection(_collection(layout.kind.name), read_concern=ReadConcern("majority"))

    @asynccontextmanager
    async def _slot(self, within: timedelta | None = None) -> AsyncIterator[None]:
        """A place in front of the driver; what goes wrong there becomes StoreUnavailable."""
        bound = within or self._call_within
        try:
            async with asyncio.timeout(bound.total_seconds()), self._slots:
                yield
        except PyMongoError as err:  # its text may hold values of a document
            raise StoreUnavailable(f"MongoDB: {type(err).__name__}") from err
        except TimeoutError as err:
            raise StoreUnavailable(f"MongoDB: no answer within {bound.total_seconds()} seconds") from err

    def _step(self, write: Write) -> Step:
        layout = self._layout(write.kind)
        if isinstance(write, Delete):
            return Step(write.kind.name, write.id, DeleteOne({"_id": write.id, "v": write.version}))
        document = write.document
        assert document.version >= 1, f"{document.id}: a put needs the version it makes, see create and Held.put"
        try:
            raw = RawBSONDocument(bson.encode(layout.tree(document)))
        except (OverflowError, BSONError) as err:
            raise LimitExceeded(f"{document.id} holds what MongoDB cannot") from err
        if document.version == 1:
            return Step(write.kind.name, document.id, InsertOne(raw))
        replaced = {"_id": document.id, "v": document.version - 1}
        return Step(write.kind.name, document.id, ReplaceOne(replaced, raw))

    async def _attempt(self, units: Sequence[Unit[Step]]) -> None:
        """Write all the units in one transaction, or none of them."""
        async with self._slot():
            for attempt in range(1, COMMIT_ATTEMPTS + 1):
                try:
                    async with await self._client.start_session() as session:
                        await self._transact(session, units)
                    return
                except ServerSelectionTimeoutError:
                    raise  # has waited long enough
                except PyMongoError as err:
                    if attempt == COMMIT_ATTEMPTS or not err.has_error_label("TransientTransactionError"):
                        raise
                await asyncio.sleep(0.002 * 2**attempt)  # another process writes to the same documents

    async def _transact(self, session: AsyncIOMotorClientSession, units: Sequence[Unit[Step]]) -> None:
        by_kind: dict[str, list[Step]] = {}
        for unit in units:
            for step in unit.steps:
                by_kind.setdefault(step.kind, []).append(step)
        async with session.start_transaction():
            for steps in by_kind.values():
                await self._write(session, steps)
            await self._commit(session)

    async def _write(self, session: AsyncIOMotorClientSession, steps: Sequence[Step]) -> None:
        """One bulk write of one kind; a duplicate key or a missed version is the refusal of some unit."""
        operations: list[Any] = [step.operation for step in steps]
        try:
            result = await self._database[_collection(steps[0].kind)].bulk_write(operations, session=session)
        except BulkWriteError as err:
            refusal = await self._refusal(steps, err)
            if refusal is None:
                raise
            raise refusal from err
        replaced = sum(isinstance(one, ReplaceOne) for one in operations)
        deleted = sum(isinstance(one, DeleteOne) for one in operations)
        if (result.matched_count, result.deleted_count) != (replaced, deleted):
            raise VersionConflict(steps[0].kind, steps[0].id)

    async def _commit(self, session: AsyncIOMotorClientSession) -> None:
        """Repeated while nobody knows whether it landed; the server answers a repeated commit as it did the first."""
        for attempt in range(1, COMMIT_ATTEMPTS + 1):
            try:
                await session.commit_transaction()
                return
            except PyMongoError as err:
                if attempt == COMMIT_ATTEMPTS or not err.has_error_label("UnknownTransactionCommitResult"):
                    raise

    async def _refusal(self, steps: Sequence[Step], err: BulkWriteError) -> StoreError | None:
        """What a failed bulk write says about the rows; None if it is about the server."""
        errors = (err.details or {}).get("writeErrors") or ()
        if err.has_error_label("TransientTransactionError") or not errors or errors[0]["code"] != _DUPLICATE_KEY:
            return None
        first, names = errors[0], self._layouts[steps[0].kind].unique_names
        violated = next(iter(first.get("keyPattern", ())), "").removeprefix("uq.")
        if not violated and (index := _NAMED_INDEX.search(first["errmsg"])):
            violated = index[1]
        step = steps[first["index"]]
        if violated in names and not await self._stands_in_its_own_way(step):
            return UniqueViolation(step.kind, names[violated])
        return VersionConflict(step.kind, step.id)

    async def _stands_in_its_own_way(self, step: Step) -> bool:
        """Whether a document that is to be created exists: its unique values may be looked at before its id."""
        if not isinstance(step.operation, InsertOne):
            return False
        return await self._database[_collection(step.kind)].find_one({"_id": step.id}, {"_id": 1}) is not None

    async def _ensure(self, layout: Layout) -> None:
        name = _collection(layout.kind.name)
        with suppress(CollectionInvalid):  # it exists
            await self._database.create_collection(name)
        rows = self._database[name]
        there = {
            IndexSpec(tuple(field for field, _ in info["key"]), bool(info.get("unique"))): made
            for made, info in (await rows.index_information()).items()
        }
        for spec in there.keys() - layout.indexes - {IndexSpec(("_id",), False)}:
            await rows.drop_index(there[spec])
        await self._refresh(rows, layout)
        for spec in sorted(layout.indexes - there.keys()):
            await self._create(rows, layout, spec)

    async def _refresh(self, rows: AsyncIOMotorCollection[dict[str, Any]], layout: Layout) -> None:
        """Lay documents out anew that were written under other indexes; those that change meanwhile are let be."""
        last = ""
        while stale := await rows.find(
            {"s": {"$ne": layout.signature}, "_id": {"$gt": last}}, sort=[("_id", 1)], limit=_ROWS_PER_BATCH
        ).to_list(_ROWS_PER_BATCH):
            trees = [layout.tree(from_plain(layout.kind, one["d"])) for one in stale]
            await rows.bulk_write([ReplaceOne({"_id": tree["_id"], "v": tree["v"]}, tree) for tree in trees])
            last = stale[-1]["_id"]

    async def _create(self, rows: AsyncIOMotorCollection[dict[str, Any]], layout: Layout, spec: IndexSpec) -> None:
        keys = [(field, 1) for field in spec.fields]
        try:
            await rows.create_index(keys, name=spec.name, unique=spec.unique, sparse=spec.unique)
        except OperationFailure as err:
            if err.code != _DUPLICATE_KEY and not _NAMED_INDEX.search(str(err)):
                raise
            name = layout.unique_names[spec.fields[0].removeprefix("uq.")]
            raise UniqueViolation(layout.kind.name, name) from err


def _collection(kind: str) -> str:
    """Where a kind lies. Not under its bare name: servers that keep collections as SQL tables fail on `order`."""
    return f"{kind}_rows"


def _change(write: Write) -> Change:
    if isinstance(write, Delete):
        return Change(write.version, 0)
    return Change(write.document.version - 1, write.document.version)


def _milliseconds(time: timedelta) -> int:
    return round(time.total_seconds() * 1_000)
