"""Reads the databases of a cell at one moment of the replica set, while services write.

A session for snapshots takes its moment with the first read, and every later read of it is of the same one, in every
database. A server that knows no snapshots (it returns no time) is read all the same, and what was read is compared with
a second reading: if a document came, went or changed meanwhile, the backup is refused.
"""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import msgspec
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from libs.store.mongo.driver import Target, open_client
from libs.store.mongo.failures import refused_as
from libs.store.mongo.indexes import collection_of
from libs.store.snapshot import ROWS_PER_BATCH, BackupRefused

_TAIL = collection_of("")
_TO_JSON = msgspec.json.Encoder(enc_hook=int)  # large numbers come as bson.Int64


class MongoSnapshot:
    """The databases with these names, by the names of their stores, at one moment. See Snapshot. StoreUnavailable,
    also if reading takes longer than the server keeps old versions, five minutes by default
    (`minSnapshotHistoryWindowInSeconds`)."""

    def __init__(self, target: Target, databases: Mapping[str, str]) -> None:
        self._client = open_client(target, "pymongo")
        self._databases = databases
        self._session: AsyncClientSession | None = None
        self._of_one_moment = False
        self._read: dict[tuple[str, str], str] = {}

    async def kinds(self, store: str) -> Sequence[str]:
        """See Snapshot."""
        try:
            names = await self._database(store).list_collection_names()
        except PyMongoError as err:
            raise refused_as(err, self._client.complaints()) from err
        return sorted(name.removesuffix(_TAIL) for name in names if name.endswith(_TAIL))

    async def documents(self, store: str, kind: str) -> AsyncIterator[Sequence[bytes]]:
        """See Snapshot."""
        digest = hashlib.sha256()
        try:
            async for batch in self._batches(store, kind, {"v": 1, "d": 1}):
                digest.update(_heads(batch))
                yield [_TO_JSON.encode(one["d"]) for one in batch]
        except PyMongoError as err:
            raise refused_as(err, self._client.complaints()) from err
        self._read[store, kind] = digest.hexdigest()

    async def confirm(self) -> None:
        """See Snapshot."""
        if self._of_one_moment:
            return
        for (store, kind), before in self._read.items():
            digest = hashlib.sha256()
            try:
                async for batch in self._batches(store, kind, {"v": 1}):
                    digest.update(_heads(batch))
            except PyMongoError as err:
                raise refused_as(err, self._client.complaints()) from err
            if digest.hexdigest() != before:
                raise BackupRefused(
                    f"this MongoDB reads no snapshots, and documents of {store} ({kind}) changed while they were read: "
                    "stop the services, or take the backup from a replica set"
                )

    async def close(self) -> None:
        """See Snapshot."""
        if self._session is not None:
            await self._session.end_session()
        await self._client.close()

    def _database(self, store: str) -> Any:
        return self._client.inner[self._databases[store]]

    async def _batches(self, store: str, kind: str, fields: Mapping[str, int]) -> AsyncIterator[list[dict[str, Any]]]:
        rows = self._database(store).get_collection(collection_of(kind), read_concern=ReadConcern())
        session = await self._moment(rows)
        cursor = rows.find({}, fields, sort=[("_id", 1)], batch_size=ROWS_PER_BATCH, session=session)
        while batch := await cursor.to_list(ROWS_PER_BATCH):
            yield batch

    async def _moment(self, rows: Any) -> AsyncClientSession:
        """The session whose moment is that of its first read. Whether the server has snapshots is asked before: then
        its answer states the time."""
        if self._session is None:
            asked = {"find": rows.name, "limit": 1, "readConcern": {"level": "snapshot"}}
            answer = await rows.database.command(asked)
            self._of_one_moment = "atClusterTime" in answer["cursor"]
            self._session = self._client.inner.start_session(snapshot=self._of_one_moment or None)
        return self._session


def _heads(batch: Sequence[Mapping[str, Any]]) -> bytes:
    return _TO_JSON.encode([(one["_id"], one["v"]) for one in batch])
