"""A process that writes until it is killed: `python -m tests.contracts.store.writer ENGINE WHERE...`.

Every commit is an item and a counter of the same id; the id goes to standard output once the commit is acknowledged.
"""

import asyncio
import sys
from pathlib import Path

import msgspec

from libs.store.opening import DRIVERS, Driver
from libs.store.port import Store
from tests.contracts.store.broken import broken_site
from tests.contracts.store.documents import KINDS, counter, item
from tests.contracts.store.site import MongoSite, Site, SqliteSite

CALLERS = 16


def site_of(engine: str, *where: str) -> Site:
    """The site that `Site.arguments` describe."""
    if engine == "sqlite":
        return SqliteSite(Path(where[0]).parent)
    if engine in DRIVERS:
        return MongoSite(where[0], where[1], driver=msgspec.convert(engine, Driver))
    return broken_site(engine, Path(where[0]))


async def _write(store: Store, caller: int) -> None:
    number = 0
    while True:
        id = f"{caller}-{number}"
        await store.commit([item(id, rank=number), counter(id, number)])
        sys.stdout.write(f"{id}\n")
        sys.stdout.flush()
        number += 1


async def main() -> None:
    """Write with several callers at once, so that the end finds a group under way."""
    store = await site_of(*sys.argv[1:]).open()
    await store.ensure(KINDS)
    await asyncio.gather(*(_write(store, caller) for caller in range(CALLERS)))


if __name__ == "__main__":
    asyncio.run(main())
