"""A process that has a store open until it is killed: `python -m tests.unit.libs.store.holder FOLDER`."""

import asyncio
import sys
from pathlib import Path

from libs.store.port import create
from libs.store.sqlite import SqliteStore
from tests.unit.libs.store.test_sqlite import ROWS, Row


async def main() -> None:
    """Write one row, say so, and stay."""
    store = await SqliteStore.open(Path(sys.argv[1]) / "store.db")
    await store.ensure([ROWS])
    await store.commit([create(ROWS, Row(id="held"))])
    sys.stdout.write("open\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
