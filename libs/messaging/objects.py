"""The cell's object store: a JetStream bucket for data that is too large or too private for an event.

Objects are encrypted before they are stored (libs.privacy.keys), so the broker sees only names and ciphertext. They are
read message by message, because the library would create a consumer, which only the administrator may (logins.py).
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Protocol

import msgspec
from nats.js import JetStreamContext
from nats.js.api import ObjectMeta
from nats.js.errors import APIError, NotFoundError
from nats.js.errors import Error as JetStreamError
from nats.js.object_store import ObjectStore as Bucket

from libs.errors import NotFound, StoreUnavailable
from libs.lifetime import stop_if_cancelled
from libs.messaging.jetstream import BROKER_ERRORS, JetStream
from libs.messaging.streams import BUCKET_STREAM, OBJECTS

OBJECT_SECONDS = 30.0

_CHUNKS, _NAMES = f"$O.{OBJECTS}.C", f"$O.{OBJECTS}.M"


class ObjectStore(Protocol):
    """The bucket in which services leave encrypted objects for compliance."""

    async def put(self, name: str, data: bytes) -> None:
        """Store or replace the object; StoreUnavailable."""
        ...

    async def get(self, name: str) -> bytes:
        """The content of the object; NotFound, StoreUnavailable."""
        ...

    async def names(self) -> Sequence[str]:
        """The names of all objects; StoreUnavailable."""
        ...

    async def delete(self, name: str) -> None:
        """Delete the object if it exists; StoreUnavailable."""
        ...


class Objects:
    """The ObjectStore on the broker. Every method raises StoreUnavailable before `attach`, if the broker is
    unavailable, and after OBJECT_SECONDS."""

    def __init__(self) -> None:
        self._jetstream: JetStream | None = None

    def attach(self, jetstream: JetStream) -> None:
        """Use this broker from now on."""
        self._jetstream = jetstream

    async def put(self, name: str, data: bytes) -> None:
        """Store or replace the object; StoreUnavailable also if the bucket is full."""
        async with self._streams() as streams:
            await _bucket(streams).put(name, data, ObjectMeta(name=name))

    async def get(self, name: str) -> bytes:
        """The content of the object; NotFound if it does not exist or has expired."""
        try:
            async with self._streams() as streams:
                info = await _bucket(streams).get_info(name)
                return b"".join([piece async for piece in _messages(streams, f"{_CHUNKS}.{info.nuid}")])
        except NotFoundError as err:
            raise NotFound("object", name) from err

    async def names(self) -> Sequence[str]:
        """The names of all objects."""
        async with self._streams() as streams:
            found = [msgspec.json.decode(raw, type=_Meta) async for raw in _messages(streams, f"{_NAMES}.>")]
        last = {one.name: one for one in found}
        return [name for name, one in last.items() if not one.deleted]

    async def delete(self, name: str) -> None:
        """Delete the object if it exists."""
        with suppress(NotFoundError):
            async with self._streams() as streams:
                await _bucket(streams).delete(name)

    @asynccontextmanager
    async def _streams(self) -> AsyncIterator[JetStreamContext]:
        if self._jetstream is None:
            raise StoreUnavailable("the object store is not connected yet")
        try:
            async with asyncio.timeout(OBJECT_SECONDS):
                try:
                    yield (await self._jetstream.session()).streams
                finally:
                    stop_if_cancelled()  # the library's requests may swallow a cancellation
        except NotFoundError:
            raise
        except APIError as err:
            raise StoreUnavailable(f"the object store refuses: {err.description}") from err
        except (*BROKER_ERRORS, JetStreamError) as err:
            raise StoreUnavailable("the object store is away") from err


class _Meta(msgspec.Struct):
    name: str
    deleted: bool = False


def _bucket(streams: JetStreamContext) -> Bucket:
    return Bucket(OBJECTS, BUCKET_STREAM, streams)


async def _messages(streams: JetStreamContext, subject: str) -> AsyncIterator[bytes]:
    """The bodies of the messages with a subject, in order; none if the bucket does not exist yet."""
    after = 0
    with suppress(NotFoundError):
        while True:
            raw = await streams.get_msg(BUCKET_STREAM, seq=after + 1, subject=subject, next=True)
            stop_if_cancelled()
            after = raw.seq or after
            yield raw.data or b""
