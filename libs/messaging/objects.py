"""The cell's object store: a JetStream bucket for what is too large for an event and too private for one.

What lies there was sealed before (libs.privacy.keys); the broker sees names and bytes.
"""

import asyncio
from datetime import timedelta
from typing import Protocol

from nats.js.api import ObjectMeta, ObjectStoreConfig, StorageType
from nats.js.errors import BucketNotFoundError, NotFoundError
from nats.js.errors import Error as JetStreamError
from nats.js.object_store import ObjectStore as Bucket

from libs.errors import NotFound, StoreUnavailable
from libs.messaging.jetstream import BROKER_ERRORS, JetStream

BUCKET = "SUBJECT_DATA"
KEPT = timedelta(days=35)  # a calendar month to take the package, and some days
OBJECT_SECONDS = 30.0


class ObjectStore(Protocol):
    """Where sealed objects wait for the one who collects them."""

    async def put(self, name: str, data: bytes) -> None:
        """Store or replace; StoreUnavailable if the broker is away."""
        ...

    async def get(self, name: str) -> bytes:
        """The object; NotFound."""
        ...


class Objects:
    """Sealed objects by name."""

    def __init__(self) -> None:
        self._jetstream: JetStream | None = None

    def attach(self, jetstream: JetStream) -> None:
        """Keep the objects on this broker; nothing can be stored before."""
        self._jetstream = jetstream

    async def put(self, name: str, data: bytes) -> None:
        """Store or replace; StoreUnavailable if the broker is away."""
        try:
            async with asyncio.timeout(OBJECT_SECONDS):
                bucket = await self._bucket()
                await bucket.put(name, data, ObjectMeta(name=name))
        except (*BROKER_ERRORS, JetStreamError) as err:
            raise StoreUnavailable("the object store is away") from err

    async def get(self, name: str) -> bytes:
        """The object; NotFound if there is none (any more), StoreUnavailable if the broker is away."""
        try:
            async with asyncio.timeout(OBJECT_SECONDS):
                bucket = await self._bucket()
                return (await bucket.get(name)).data or b""
        except NotFoundError as err:
            raise NotFound("object", name) from err
        except (*BROKER_ERRORS, JetStreamError) as err:
            raise StoreUnavailable("the object store is away") from err

    async def _bucket(self) -> Bucket:
        if self._jetstream is None:
            raise StoreUnavailable("the object store is not connected yet")
        streams = (await self._jetstream.session()).streams
        try:
            return await streams.object_store(BUCKET)
        except (BucketNotFoundError, NotFoundError):
            config = ObjectStoreConfig(
                bucket=BUCKET,
                ttl=KEPT.total_seconds(),
                storage=StorageType.FILE,
                replicas=self._jetstream.limits.replicas,
            )
            return await streams.create_object_store(BUCKET, config)
