"""The server has the indexes that are declared, and no others."""

from typing import Any

import pytest
from pymongo import MongoClient

from libs.ids import unique
from libs.store.mongo import MongoStore
from libs.store.port import Index, Kind
from tests.contracts.store.documents import Item
from tests.contracts.store.mongo_server import Server

pytestmark = pytest.mark.xdist_group("mongo")

ALWAYS = {(("_id",), False), (("s",), False)}


def there(server: Server, database: str) -> set[tuple[tuple[str, ...], bool]]:
    """Fields of each index of the kind, and whether it is unique."""
    with MongoClient[dict[str, Any]](server.url) as client:
        found = client[database]["thing_rows"].index_information().values()
    return {(tuple(field for field, _ in one["key"]), bool(one.get("unique"))) for one in found}


async def test_what_is_no_longer_declared_is_dropped(mongo_server: Server) -> None:
    database = f"prm_test_{unique()}"
    store = await MongoStore.open(mongo_server.url, database)
    try:
        await store.ensure([Kind("thing", Item, (Index(("rank",)), Index(("email",), unique=True)))])
        declared = {(("ix.rank", "ix.id"), False), (("ix.email", "ix.id"), False), (("uq.email",), True)}
        assert there(mongo_server, database) == ALWAYS | declared
        await store.ensure([Kind("thing", Item, (Index(("buyer.country", "rank")),))])
        assert there(mongo_server, database) == ALWAYS | {(("ix.buyer__country", "ix.rank", "ix.id"), False)}
        await store.ensure([Kind("thing", Item)])
        assert there(mongo_server, database) == ALWAYS
    finally:
        await store.close()
