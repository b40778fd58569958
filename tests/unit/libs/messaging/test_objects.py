"""The bucket of sealed objects on a real broker: what is kept, what is gone, how much it holds."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from nats.js.api import ObjectStoreConfig, StorageType

from libs.errors import NotFound, StoreUnavailable
from libs.messaging.embedded import embedded_nats
from libs.messaging.jetstream import JetStream, open_jetstream
from libs.messaging.objects import Objects
from libs.messaging.streams import BUCKET_STREAM, DEFAULT_LIMITS, OBJECTS, ensure_streams

MIB = 1024**2
SMALL = replace(DEFAULT_LIMITS, objects_bytes=4 * MIB)


@pytest.fixture
async def jetstream(tmp_path: Path) -> AsyncIterator[JetStream]:
    async with embedded_nats(tmp_path) as broker, open_jetstream(broker.url, "local", limits=SMALL) as opened:
        yield opened


def _objects(jetstream: JetStream) -> Objects:
    objects = Objects()
    objects.attach(jetstream)
    return objects


async def _used(jetstream: JetStream) -> int:
    bucket = await (await jetstream.session()).streams.object_store(OBJECTS)
    return int((await bucket.status()).size)


async def test_what_is_put_is_named_and_what_is_deleted_is_gone_with_its_bytes(jetstream: JetStream) -> None:
    objects = _objects(jetstream)
    assert list(await objects.names()) == []
    for name in ("dsr_1/1/deals/0", "dsr_1/1/orders/0"):
        await objects.put(name, bytes(MIB))
    assert sorted(await objects.names()) == ["dsr_1/1/deals/0", "dsr_1/1/orders/0"]
    for _ in range(2):
        await objects.delete("dsr_1/1/deals/0")
    assert list(await objects.names()) == ["dsr_1/1/orders/0"]
    assert await _used(jetstream) < 1.1 * MIB
    with pytest.raises(NotFound):
        await objects.get("dsr_1/1/deals/0")
    assert await objects.get("dsr_1/1/orders/0") == bytes(MIB)


async def test_more_than_there_is_room_for_waits_until_there_is_and_changes_nothing(jetstream: JetStream) -> None:
    objects = _objects(jetstream)
    await objects.put("a/1/deals/0", bytes(3 * MIB))
    with pytest.raises(StoreUnavailable, match="maximum bytes"):
        await objects.put("b/1/deals/0", bytes(3 * MIB))
    assert list(await objects.names()) == ["a/1/deals/0"]
    assert await _used(jetstream) < 3.1 * MIB
    await objects.delete("a/1/deals/0")
    await objects.put("b/1/deals/0", bytes(3 * MIB))


async def test_a_bucket_that_was_made_without_a_bound_is_given_one(jetstream: JetStream) -> None:
    streams = (await jetstream.session()).streams
    await streams.delete_object_store(OBJECTS)
    await streams.create_object_store(OBJECTS, ObjectStoreConfig(bucket=OBJECTS, storage=StorageType.FILE))
    await _objects(jetstream).put("a/1/deals/0", b"x")
    await ensure_streams(streams, "local", SMALL)
    assert await _objects(jetstream).get("a/1/deals/0") == b"x"
    assert (await streams.stream_info(BUCKET_STREAM)).config.max_bytes == SMALL.objects_bytes
