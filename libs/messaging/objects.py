"""The cell's object store: a JetStream bucket for what is too large for an event and too private for one.

What lies there was sealed before (libs.privacy.keys); the broker sees names and bytes.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Protocol

from nats.js import JetStreamContext
from nats.js.api import ObjectMeta, ObjectStoreConfig, StorageType
from nats.js.errors import APIError, BucketNotFoundError, NotFoundError
from nats.js.errors import Error as JetStreamError
from nats.js.object_store import ObjectStore as Bucket

from libs.errors import NotFound, StoreUnavailable
from libs.messaging.jetstream import BROKER_ERRORS, JetStream
from libs.messaging.streams import StreamLimits

BUCKET = "SUBJECT_DATA"
KEPT = timedelta(days=35)  # a calendar month to take the package, and some days
OBJECT_SECONDS = 30.0


class ObjectStore(Protocol):
    """The bucket in which services leave encrypted objects for compliance."""

    async def put(self, name: str, data: bytes) -> None:
        """Store or replace; StoreUnavailable if the broker is away."""
        ...

    async def get(self, name: str) -> bytes:
        """The object; NotFound."""
        ...

    async def names(self) -> Sequence[str]:
        """Of all objects; StoreUnavailable."""
        ...

    async def delete(self, name: str) -> None:
        """Remove it, if it is there; StoreUnavailable."""
        ...


class Objects:
    """Sealed objects by name."""

    def __init__(self) -> None:
        self._jetstream: JetStream | None = None
        self._bounded = False

    def attach(self, jetstream: JetStream) -> None:
        """Keep the objects on this broker; nothing can be stored before."""
        self._jetstream = jetstream

    async def put(self, name: str, data: bytes) -> None:
        """Store or replace; StoreUnavailable if the broker is unavailable or the bucket is full."""
        async with self._bucket() as bucket:
            await bucket.put(name, data, ObjectMeta(name=name))

    async def get(self, name: str) -> bytes:
        """The object; NotFound if there is none (any more), StoreUnavailable if the broker is unavailable."""
        try:
            async with self._bucket() as bucket:
                return (await bucket.get(name)).data or b""
        except NotFoundError as err:
            raise NotFound("object", name) from err

    async def names(self) -> Sequence[str]:
        """Of all objects; StoreUnavailable if the broker is unavailable."""
        try:
            async with self._bucket() as bucket:
                return [one.name for one in await bucket.list(ignore_deletes=True)]
        except NotFoundError:
            return ()

    async def delete(self, name: str) -> None:
        """Remove; nothing if there is none. StoreUnavailable if the broker is unavailable."""
        with suppress(NotFoundError):
            async with self._bucket() as bucket:
                await bucket.delete(name)

    @asynccontextmanager
    async def _bucket(self) -> AsyncIterator[Bucket]:
        if self._jetstream is None:
            raise StoreUnavailable("the object store is not connected yet")
        try:
            async with asyncio.timeout(OBJECT_SECONDS):
                yield await self._opened((await self._jetstream.session()).streams, self._jetstream.limits)
        except NotFoundError:
            raise
        except APIError as err:
            raise StoreUnavailable(f"the object store refuses: {err.description}") from err
        except (*BROKER_ERRORS, JetStreamError) as err:
            raise StoreUnavailable("the object store is away") from err

    async def _opened(self, streams: JetStreamContext, limits: StreamLimits) -> Bucket:
        try:
            bucket = await streams.object_store(BUCKET)
        except (BucketNotFoundError, NotFoundError):
            config = ObjectStoreConfig(
                bucket=BUCKET,
                ttl=KEPT.total_seconds(),
                max_bytes=limits.objects_bytes,
                storage=StorageType.FILE,
                replicas=limits.replicas,
            )
            return await streams.create_object_store(BUCKET, config)
        if not self._bounded:  # a bucket of an earlier release has no bound
            made = (await bucket.status()).stream_info.config
            if made.max_bytes != limits.objects_bytes:
                await streams.update_stream(made.evolve(max_bytes=limits.objects_bytes))
            self._bounded = True
        return bucket
