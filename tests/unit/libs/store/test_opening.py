"""Which store a service gets."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from libs.store.opening import open_store
from libs.store.sqlite import SqliteStore

ROOT = Path(__file__).parents[4]


async def test_without_a_url_it_is_sqlite_in_the_data_folder(tmp_path: Path) -> None:
    store = await open_store("deals", cell="de", data_dir=tmp_path)
    assert isinstance(store, SqliteStore)
    assert (tmp_path / "de" / "deals" / "store.db").is_file()
    await store.close()


async def test_services_of_a_cell_have_files_of_their_own(tmp_path: Path) -> None:
    stores = [await open_store(service, cell="de", data_dir=tmp_path) for service in ("deals", "orders")]
    for store in stores:
        await store.close()


async def test_a_mongodb_url_names_the_engine(tmp_path: Path) -> None:
    from libs.store.mongo import MongoStore

    store = await open_store("deals", cell="de", data_dir=tmp_path, url="mongodb://127.0.0.1:1/")
    assert isinstance(store, MongoStore)
    await store.close()
    assert os.listdir(tmp_path) == []


async def test_another_url_is_refused_without_repeating_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must begin with mongodb://") as failed:
        await open_store("deals", cell="de", data_dir=tmp_path, url="postgres://user:secret@host/")
    assert "secret" not in str(failed.value)


def test_the_driver_of_the_other_engine_is_not_imported() -> None:
    code = "import sys, libs.store.opening, libs.store.sqlite; sys.exit('pymongo' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=30, check=False).returncode == 0
