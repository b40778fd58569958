"""What a backup promises, on both engines and from one to the other."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from msgspec.structs import replace

from libs.backup.artefact import Part
from libs.backup.epoch import VERSIONS_LEFT_OUT
from libs.backup.restoring import verify
from libs.backup.taking import Taken, forget
from libs.clock import SystemClock
from libs.config import Settings, read
from libs.errors import StoreRefused
from libs.lane_head import LaneState
from libs.lifetime import alongside
from libs.messaging.lanes import COUNT, LANE_COUNT, LANES
from libs.store.port import Query, create, get
from libs.store.restoring import RESTORING, begun, require_whole
from libs.store.snapshot import BackupRefused
from tests.contracts.backup.cell import CELL, DATA_KINDS, GOODS, SHOP, Good, Shop
from tests.contracts.store.mongo_server import Server

pytestmark = pytest.mark.xdist_group("mongo")

GOODS_COUNT = 30


def place_of(engine: str, folder: Path, request: pytest.FixtureRequest) -> Settings:
    environ = {"PRM_DATA_DIR": str(folder / engine)}
    if engine == "mongodb":
        server: Server = request.getfixturevalue("mongo_server")
        environ |= {**server.settings(folder), "PRM_STORE_PREFIX": server.fresh_prefix()}
    return read(Settings, environ=environ)


@pytest.fixture(params=["sqlite", "mongodb"])
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Shop:
    made = Shop(tmp_path, place_of(request.param, tmp_path, request))
    await made.fill(GOODS_COUNT)
    return made


@pytest.fixture(params=["sqlite", "mongodb"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Empty stores."""
    folder = tmp_path / "target"
    folder.mkdir()
    return place_of(request.param, folder, request)


async def test_either_engine_gets_what_either_engine_had(shop: Shop, target: Settings) -> None:
    taken = await shop.take()
    counts = await shop.restore(taken, target)
    assert counts[SHOP, "good"] == GOODS_COUNT
    signed = {key: rows for one in taken.manifests for key, rows in one.counts().items()}
    assert {**counts, (SHOP, RESTORING.name): 0} == signed
    store = await shop.opened(target)
    rows = (await store.find(Query(kind=GOODS, order="number"))).rows
    expected = [
        Good(id=f"gds_de_{n:04}", version=2 + VERSIONS_LEFT_OUT, number=n, text="\n" + "ä" * n)
        for n in range(GOODS_COUNT)
    ]
    assert [one.value for one in rows] == expected
    await store.commit([rows[0].put(replace(rows[0].value, text="on"))])
    await store.close()
    assert texts(shop.folder / "restored-keysets") == texts(shop.folder / "keysets")


def texts(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


async def test_lanes_end_without_a_statement_and_a_new_epoch_begins(shop: Shop, target: Settings) -> None:
    taken = await shop.take()
    await shop.restore(taken, target)
    store = await shop.opened(target)
    lane, count = await get(store, LANES, "a"), await get(store, LANE_COUNT, COUNT)
    assert lane is not None
    assert (lane.value.state, lane.value.stated_number) == (LaneState.CLOSED, 3)
    assert count is not None
    assert (count.value.lanes, count.value.backup_time) == (0, taken.manifests[0].create_time)
    assert count.value.epoch
    await store.close()


async def test_stores_with_data_are_refused_and_stay_as_they_are(shop: Shop) -> None:
    taken = await shop.take()
    with pytest.raises(BackupRefused, match="the data of shop, the keys of shop"):
        await shop.restore(taken, shop.settings)
    store = await shop.opened()
    assert (await store.find(Query(kind=GOODS))).rows[0].value.version == 2
    await store.close()


async def test_a_restore_that_did_not_end_lets_no_service_start(shop: Shop) -> None:
    store = await shop.opened()
    await require_whole(store)
    await begun(store)
    with pytest.raises(StoreRefused, match="not to its end"):
        await require_whole(store)
    await store.close()


@pytest.mark.parametrize("part", list(Part))
@pytest.mark.parametrize("damage", ["changed", "missing", "added", "manifest", "signature"])
async def test_what_was_altered_is_named_and_nothing_is_restored(tmp_path: Path, part: Part, damage: str) -> None:
    shop = Shop(tmp_path, Settings(data_dir=tmp_path / "sqlite"))
    await shop.fill(2)
    taken = await shop.take()
    folder = (taken.data, taken.keys, taken.ledger)[list(Part).index(part)]
    file = folder / next(one.path for one in taken.manifests[list(Part).index(part)].files)
    if damage == "changed":
        raw = bytearray(file.read_bytes())
        raw[-1] ^= 1
        file.write_bytes(raw)
    elif damage == "missing":
        file.unlink()
    elif damage == "added":
        file = folder / "more.age"
        file.touch()
    elif damage == "manifest":
        file = folder / "manifest.json"
        file.write_bytes(file.read_bytes().replace(b'"rows":2', b'"rows":1').replace(b'"release"', b'"releas3"'))
    else:
        file = folder / "manifest.sig"
        file.write_bytes(bytes(64))
        file = folder / "manifest.json"
    target = Settings(data_dir=tmp_path / "target")
    with pytest.raises(BackupRefused) as found:
        await shop.restore(taken, target)
    assert str(file) in str(found.value)
    assert not (tmp_path / "target").exists()


async def test_an_older_half_with_keys_and_another_cell_are_refused(tmp_path: Path) -> None:
    shop = Shop(tmp_path, Settings(data_dir=tmp_path / "sqlite"))
    await shop.fill(2)
    older = await shop.take()
    (tmp_path / "backups").rename(tmp_path / "older")
    newer = await shop.take()
    there = tmp_path / "older"
    moved = Taken(there / older.data.name, there / older.keys.name, there / older.ledger.name, older.manifests)
    with pytest.raises(BackupRefused, match="is older than"):
        shop.open(newer.data, moved.keys)
    with pytest.raises(BackupRefused, match="of the cell de, this is fr"):
        shop.open(newer.data, newer.keys, cell="fr")
    with pytest.raises(BackupRefused, match="its data are needed"):
        shop.open(newer.keys, newer.keys)
    assert (await verify(shop.open(moved.data, newer.keys, newer.ledger), {SHOP: DATA_KINDS}, SystemClock()))[
        SHOP, "good"
    ] == 2
    gone = [*forget(tmp_path / "backups", CELL, Part.KEYS, SystemClock().now().replace(year=2100))]
    assert (gone, newer.data.exists(), newer.keys.exists()) == ([newer.keys], True, False)


async def test_a_kind_of_a_later_release_is_refused_by_name(tmp_path: Path) -> None:
    shop = Shop(tmp_path, Settings(data_dir=tmp_path / "sqlite"))
    await shop.fill(1)
    backup = await shop.take()
    older = {SHOP: tuple(kind for kind in DATA_KINDS if kind is not GOODS)}
    with pytest.raises(BackupRefused, match="does not know shop good"):
        await verify(shop.open(backup.data, backup.keys, backup.ledger), older, SystemClock())


async def test_a_backup_has_one_moment_while_two_documents_change_together(
    shop: Shop, target: Settings, request: pytest.FixtureRequest
) -> None:
    """A pair is written in one commit, again and again; the backup has the pair of one commit. Without snapshots there
    is no backup."""
    store = await shop.opened()
    pair = [Good(id="gds_de_a", number=9_001), Good(id="gds_de_z", number=9_002)]
    await store.commit([create(GOODS, one) for one in pair])

    async def write() -> None:
        count = 0
        while True:
            count += 1
            loaded = await store.get_many(GOODS, [one.id for one in pair])
            await store.commit([one.put(replace(one.value, text=str(count))) for one in loaded.values()])
            await asyncio.sleep(0)

    async with AsyncExitStack() as stack:
        stack.push_async_callback(store.close)
        await stack.enter_async_context(alongside(write()))
        if shop.settings.store_url and request.getfixturevalue("mongo_server").name == "nx-27017":
            with pytest.raises(BackupRefused, match="reads no snapshots"):
                await shop.take()
            return
        taken = await shop.take()
    await shop.restore(taken, target)
    restored = await shop.opened(target)
    found = (await restored.get_many(GOODS, [one.id for one in pair])).values()
    assert len({one.value.text for one in found}) == 1
    await restored.close()
