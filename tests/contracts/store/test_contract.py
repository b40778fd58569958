"""Both engines keep the contract."""

import pytest

from tests.contracts.store.mongo_server import DIRTY_READS, Server
from tests.contracts.store.site import Site
from tests.contracts.store.suite import CASES, Case, check

OPT_OUTS = {"nx-27017": {"what_is_moved_between_documents_is_never_lost": DIRTY_READS}}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
async def test_sqlite(case: Case, sqlite_site: Site) -> None:
    await check(case, sqlite_site)


@pytest.mark.xdist_group("mongo")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
async def test_mongo(case: Case, mongo_server: Server, mongo_site: Site) -> None:
    if reason := OPT_OUTS.get(mongo_server.name, {}).get(case.__name__):
        pytest.skip(f"{mongo_server.name}: {reason}")
    await check(case, mongo_site)
