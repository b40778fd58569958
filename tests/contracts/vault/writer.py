"""A process that writes letters until it is killed:
`python -m tests.contracts.vault.writer FOLDER DATA... -- KEYS... -- LEDGER... --`.

The id of a letter goes to standard output once its commit is acknowledged.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from libs.clock import SteppedClock
from libs.store.port import Store
from tests.builders import NOW
from tests.contracts.store.site import Site
from tests.contracts.store.writer import site_of
from tests.contracts.vault.places import Letter, a_person, opened, put

CALLERS = 16


async def _write(store: Store, caller: int) -> None:
    number = 0
    while True:
        name = f"{caller}-{number}"
        await put(store, Letter(id=name, sender=a_person(name)))
        sys.stdout.write(f"{name}\n")
        sys.stdout.flush()
        number += 1


def sites_of(arguments: Sequence[str]) -> list[Site]:
    """The sites of which `Places.arguments` tells, without the folder."""
    found: list[Site] = []
    while arguments:
        end = arguments.index("--")
        found.append(site_of(*arguments[:end]))
        arguments = arguments[end + 1 :]
    return found


async def main(folder: Path, sites: Sequence[Site]) -> None:
    """Write with several callers at once, so that the end finds keys and letters under way."""
    async with opened(sites, folder, SteppedClock(NOW)) as store:
        await asyncio.gather(*(_write(store, caller) for caller in range(CALLERS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sites_of(sys.argv[2:])))
