"""A service without its process: its use cases on a real store, what it told the others, what it handed over."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
from google.protobuf.message import Message

from libs.clock import SteppedClock
from libs.country import Cell, Directory
from libs.env import Env
from libs.errors import NotFound
from libs.ids import Ids
from libs.messaging.envelope import Envelope
from libs.messaging.events import message_type
from libs.messaging.outbox import KINDS as OUTBOX_KINDS
from libs.messaging.outbox import Encode, OutboxEntry
from libs.privacy.keys import Keys
from libs.privacy.ledger.ledger import Ledger
from libs.privacy.sealing.store import OWN_KINDS, SealedStore
from libs.privacy.vault.vault import Vault
from libs.store.port import Document, Kind, Store
from libs.store.sqlite import SqliteStore, schema
from tests.builders import NOW, a_call

HERE = Cell(code="local", countries=("*",), time_zone="Europe/Berlin", currency="EUR")

S = TypeVar("S")
R = TypeVar("R", bound=msgspec.Struct)
D = TypeVar("D", bound=Document)
T = TypeVar("T")


class Shelf:
    """An object store in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    async def put(self, name: str, data: bytes) -> None:
        """See ObjectStore."""
        self.objects[name] = data

    async def get(self, name: str) -> bytes:
        """See ObjectStore."""
        if name not in self.objects:
            raise NotFound("object", name)
        return self.objects[name]

    async def names(self) -> Sequence[str]:
        """See ObjectStore."""
        return tuple(self.objects)

    async def delete(self, name: str) -> None:
        """See ObjectStore."""
        self.objects.pop(name, None)


class Replica(Generic[S]):
    """One replica of a service; several may share a store and a clock. `told`: the events of this one, oldest first."""

    def __init__(
        self,
        service: str,
        store: Store,
        *,
        keys: Keys,
        objects: Shelf,
        encode: Encode,
        settings: S,
        clock: SteppedClock | None = None,
        directory: Directory | None = None,
        partners: Kind[Any] | None = None,
    ) -> None:
        self.clock = clock or SteppedClock(NOW)
        self.told: list[Envelope] = []
        self.env: Env[S] = Env(
            service,
            store=store,
            directory=directory or Directory(HERE),
            clock=self.clock,
            encode=encode,
            handover=self._hear,
            keys=keys.of(service),
            objects=objects,
            settings=settings,
            partners=partners,
        )
        self.env.restrictions.kept_seconds = 0.0

    def _hear(self, entries: Sequence[OutboxEntry]) -> None:
        self.told += [entry.envelope for entry in entries]

    def events(self) -> list[tuple[str, int, Message]]:
        """Name, version and body of every event told since the last time somebody asked."""
        told, self.told = self.told, []
        return [(one.type.rpartition(".")[2], one.version, body_of(one)) for one in told]

    def names(self) -> list[str]:
        """The names alone."""
        return [name for name, _, _ in self.events()]

    async def run(self, use_case: Callable[[Any, Any], Awaitable[R]], command: type[Any], **fields: Any) -> R:
        """Run a use case as an RPC would; `request_id` protects it against repetition."""
        call = a_call(fields.pop("request_id", ""), fingerprint=repr((command.__name__, fields)))
        return await self.env.run(use_case, command(call=call, **fields))

    async def look(self, use_case: Callable[[Any, Any], Awaitable[T]], command: type[Any], **fields: Any) -> T:
        """Run a use case that changes nothing."""
        return await use_case(self.env, command(call=a_call(), **fields))

    async def value(self, kind: Kind[D], id: str) -> D:
        """What is stored now."""
        return await self.env.show(kind, id, call=a_call())


@cache
def _empty(kinds: tuple[Kind[Any], ...]) -> bytes:
    """The file of a store that has these kinds and no row. To copy it is quicker than to create the tables again."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        schema.ensure(connection, kinds)
        return connection.serialize()


def _place(folder: Path, *kinds: Kind[Any]) -> Path:
    """The path of the store in a folder, whose file is there."""
    path = folder / "store.db"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_empty(kinds))
    return path


@asynccontextmanager
async def opened(folder: Path, kinds: Sequence[Kind[Any]]) -> AsyncIterator[Store]:
    """A store with these kinds and what an Env needs."""
    store = await SqliteStore.open(_place(folder, *kinds, *OUTBOX_KINDS))
    await store.ensure([*kinds, *OUTBOX_KINDS])
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def sealed(folder: Path, service: str, kinds: Sequence[Kind[Any]], keys: Keys) -> AsyncIterator[SealedStore]:
    """The same as a process has it: with its personal data encrypted, over a key store of its own."""
    _place(folder, *kinds, *OUTBOX_KINDS, *OWN_KINDS)
    async with opened(folder, ()) as store:
        key_store = await SqliteStore.open(folder / "keys" / "store.db")
        book = await SqliteStore.open(folder / "ledger" / "store.db")
        ledger = await Ledger.open(book, keys.of(service), service)
        wrapper = await over(store, key_store, service, keys, ledger)
        await wrapper.ensure([*kinds, *OUTBOX_KINDS])
        try:
            yield wrapper
        finally:
            await wrapper.close()


async def over(store: Store, key_store: Store, service: str, keys: Keys, ledger: Ledger) -> SealedStore:
    """A store whose personal data is encrypted with keys in `key_store`, as the cell HERE has it."""
    clock, wrapping = SteppedClock(NOW), keys.of(service).open_wrapping
    vault = await Vault.open(key_store, wrapping, service=service, ids=Ids(HERE.code, clock), clock=clock)
    return SealedStore(store, vault, service, clock, ledger=ledger, time_zone=HERE.time_zone)


def body_of(envelope: Envelope) -> Message:
    """The message of an event."""
    message = message_type(envelope.type)()
    message.ParseFromString(envelope.body)
    return message
