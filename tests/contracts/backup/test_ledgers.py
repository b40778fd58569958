"""A restore makes an erasure ledger longer and never shorter, on both engines."""

from pathlib import Path

import pytest

from libs.config import Settings
from libs.privacy.ledger.ledger import Ledger
from libs.store.snapshot import BackupRefused
from tests.contracts.backup.cell import ERASED, Shop
from tests.contracts.backup.test_backup import place_of

pytestmark = pytest.mark.xdist_group("mongo")


@pytest.fixture(params=["sqlite", "mongodb"])
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Shop:
    made = Shop(tmp_path, place_of(request.param, tmp_path, request))
    await made.fill(1)
    return made


@pytest.fixture
def target(shop: Shop, request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Empty stores on the same engine."""
    folder = tmp_path / "target"
    folder.mkdir()
    return place_of("mongodb" if shop.settings.store_url else "sqlite", folder, request)


async def cases(ledger: Ledger) -> list[str]:
    """The cases that the ledger ends, in order; their hashes are suppressed and nothing else is."""
    found = [one.erased.case_id for one in await ledger.entries(0) if one.erased.ends]
    assert await ledger.suppressed([f"{case}-hash" for case in found]) == {f"{case}-hash" for case in found}
    await ledger.close()
    return found


async def test_the_newest_ledger_goes_with_older_data(shop: Shop, target: Settings) -> None:
    older = await shop.take()
    (shop.folder / "backups").rename(shop.folder / "older")
    await shop.erase("case-1", "case-2")
    newer = await shop.take()
    moved = older._replace(**{name: shop.folder / "older" / getattr(older, name).name for name in ("data", "keys")})
    await shop.restore(moved, target, ledger=newer.ledger)
    assert await cases(await shop.ledger(target)) == [ERASED, "case-1", "case-2"]
    await shop.erase("case-3", settings=target)
    assert await cases(await shop.ledger(target)) == [ERASED, "case-1", "case-2", "case-3"]


async def test_a_longer_ledger_stays(shop: Shop, target: Settings) -> None:
    older = await shop.take()
    await shop.restore(older, target)
    await shop.erase("case-1", settings=target)
    with pytest.raises(BackupRefused, match="into empty stores only"):
        await shop.restore(older, target)
    assert await cases(await shop.ledger(target)) == [ERASED, "case-1"]


async def test_a_ledger_that_is_there_grows_or_stays(shop: Shop, target: Settings) -> None:
    """The stores of data and keys are lost, the ledger is not."""
    first = await shop.take()
    (shop.folder / "backups").rename(shop.folder / "first")
    moved = first._replace(**{name: shop.folder / "first" / getattr(first, name).name for name in ("data", "keys")})
    await shop.lengthen(shop.folder / "first" / first.ledger.name, target)
    assert await cases(await shop.ledger(target)) == [ERASED]
    await shop.erase("case-1", "case-2")
    second = await shop.take()
    await shop.lengthen(second.ledger, target)
    assert await cases(await shop.ledger(target)) == [ERASED, "case-1", "case-2"]
    await shop.lengthen(shop.folder / "first" / first.ledger.name, target)
    await shop.lengthen(None, target)
    await shop.restore(moved, target, ledger=second.ledger)
    assert await cases(await shop.ledger(target)) == [ERASED, "case-1", "case-2"]


async def test_a_ledger_that_was_continued_from_an_older_copy_is_refused(shop: Shop, target: Settings) -> None:
    first = await shop.take()
    (shop.folder / "backups").rename(shop.folder / "first")
    await shop.lengthen(shop.folder / "first" / first.ledger.name, target)
    await shop.erase("case-1", settings=target)
    await shop.erase("case-2")
    with pytest.raises(BackupRefused, match="entry 4 of the erasure ledger of shop"):
        await shop.lengthen((await shop.take()).ledger, target)
    await shop.erase("case-3", settings=target)
    assert await cases(await shop.ledger(target)) == [ERASED, "case-1", "case-3"]


async def test_without_a_ledger_nothing_is_restored(shop: Shop, target: Settings) -> None:
    taken = await shop.take()
    with pytest.raises(BackupRefused, match="--ledger"):
        await shop.lengthen(None, target)
    assert (await shop.restore(taken, target))["shop", "ledger_entry"] == 2


async def test_a_ledger_from_before_the_keys_is_refused(shop: Shop) -> None:
    older = await shop.take()
    (shop.folder / "backups").rename(shop.folder / "older")
    newer = await shop.take()
    with pytest.raises(BackupRefused, match="may lack erasures"):
        shop.open(newer.data, newer.keys, shop.folder / "older" / older.ledger.name)
