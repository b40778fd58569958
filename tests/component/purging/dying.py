"""A process that purges until it is killed: `python -m tests.component.purging.dying FOLDER KEYS`.

It writes a line to standard output after each step that is committed.
"""

import asyncio
import sys
from pathlib import Path

from libs.clock import SteppedClock
from libs.privacy.keys import open_keys
from tests.builders import NOW
from tests.component.purging.files import DAY, KINDS, SERVICE, Purger
from tests.component.replica import sealed


async def main(folder: Path, keys: Path) -> None:
    """Begin the run that is due, and go on."""
    opened = open_keys(keys).of("compliance")
    async with sealed(folder, SERVICE, KINDS, opened) as store:
        purger = Purger(store, opened, SteppedClock(NOW + DAY))
        while await purger.purge():
            sys.stdout.write("step\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
