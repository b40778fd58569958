"""`prm demo` plays the whole story on files, and on a MongoDB, from which it removes everything afterwards."""

from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from tests.contracts.store.conftest import mongo_server as mongo_server
from tests.contracts.store.mongo_server import Server
from tests.system.processes import prm

pytestmark = pytest.mark.xdist_group("mongo")


@pytest.mark.slow
def test_the_story_is_played_in_a_mongodb_that_is_left_clean(mongo_server: Server, tmp_path: Path) -> None:
    with MongoClient[dict[str, Any]](mongo_server.url) as client:
        before = set(client.list_database_names())
        done = prm("demo", "--mongo", PRM_DATA_DIR=str(tmp_path), **mongo_server.settings(tmp_path))
        assert (done.returncode, done.stderr) == (0, "")
        assert "documents in MongoDB" in " ".join(done.stdout.split())
        assert set(client.list_database_names()) - before == set()
    assert not list(tmp_path.rglob("store.db"))


def test_a_story_in_mongodb_needs_one(tmp_path: Path) -> None:
    done = prm("demo", "--mongo", PRM_DATA_DIR=str(tmp_path), PRM_STORE_URL="")
    assert (done.returncode, done.stdout) == (1, "")
    assert "PRM_STORE_URL" in done.stderr
