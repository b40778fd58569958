"""`prm store indexes` lists what no kind of this release declares, and drops it only when it is told to."""

from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from libs.runtime.platform import BASIC_KINDS
from libs.store.mongo import MongoStore
from services.deals.service import COMPOSITION
from tests.contracts.store.mongo_server import Server
from tests.system.processes import prm

pytestmark = pytest.mark.xdist_group("mongo")


def lines(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()]


async def test_indexes_that_nobody_declares_are_listed_and_pruned_when_asked(
    mongo_server: Server, tmp_path: Path
) -> None:
    prefix = mongo_server.fresh_prefix()
    database = f"{prefix}_local_deals"
    told = {**mongo_server.settings(tmp_path), "PRM_STORE_PREFIX": prefix}
    store = await MongoStore.open(mongo_server.url, database)
    await store.ensure([*BASIC_KINDS, *COMPOSITION.kinds])
    await store.close()
    with MongoClient[dict[str, Any]](mongo_server.url) as client:
        rows = client[database]["registration_rows"]
        before = len(rows.index_information())
        clean = prm("store", "indexes", "deals", **told)
        assert (clean.returncode, clean.stdout, clean.stderr) == (0, "", "every index is declared\n")
        rows.create_index([("uq.newer", 1)], name="uq_newer", unique=True, sparse=True)
        listed = prm("store", "indexes", "deals", **told)
        [[state, service, collection, name, about]] = lines(listed.stdout)
        assert (state, service, collection, about) == ("unknown", "deals", "registration_rows", "unique, uq.newer")
        assert "--prune drops them" in listed.stderr
        assert len(rows.index_information()) == before + 1
        pruned = prm("store", "indexes", "--prune", "deals", **told)
        found = ["deals", "registration_rows", name, about]
        assert lines(pruned.stdout) == [["unknown", *found], ["dropped", *found]]
        assert len(rows.index_information()) == before


def test_a_store_in_files_has_nothing_to_prune(tmp_path: Path) -> None:
    done = prm("store", "indexes", PRM_DATA_DIR=str(tmp_path), PRM_STORE_URL="")
    assert (done.returncode, done.stdout) == (1, "")
    assert "in SQLite there is nothing to prune" in done.stderr
