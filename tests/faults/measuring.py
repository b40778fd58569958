"""A cell that takes a measure, and that kills itself with SIGKILL after one step of it.

`python -m tests.faults.measuring FOLDER CASE SERVICE KIND NUMBER METHOD [FIELDS]`: after that commit of the service
that changes a document of the kind; METHOD begins the measure, FIELDS are its further fields as JSON.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from libs.pb.prm.compliance import v1 as pb
from libs.privacy.sealing.store import SealedStore
from libs.runtime.platform import Platform
from libs.store.port import Store
from tests.faults.erasing import Killing
from tests.system.erasures import a_cell

RECTIFYING = {
    "asked": ("compliance", "measure", 1),
    "one row corrected": ("partners", "contact", 1),
    "both rows corrected": ("partners", "contact", 2),
    "stated by a service": ("partners", "subject_measure", 3),
    "one statement recorded": ("compliance", "measure", 2),
    "all statements recorded": ("compliance", "measure", 6),
}
RESTRICTING = {
    "asked": ("compliance", "measure", 1),
    "person known": ("partners", "restriction", 1),
    "one row restricted": ("partners", "restricted_id", 1),
    "both rows restricted": ("partners", "restricted_id", 2),
    "counted": ("partners", "subject_measure", 1),
    "stated by a service": ("partners", "subject_measure", 2),
    "all statements recorded": ("compliance", "measure", 6),
}


def is_taken(found: Any) -> bool:
    """Whether every service has stated the measure."""
    return bool(found.measure.state == pb.MEASURE_STATE_TAKEN)


def platform_of(service: str, kind: str, number: int) -> type[Platform]:
    """A platform whose service dies at that commit."""

    class Killed(Platform):
        async def sealed(self, name: str, store: Store) -> Store:
            found = await super().sealed(name, store)
            assert isinstance(found, SealedStore)
            if name == service:
                found.inner = Killing(found.inner, kind, left=number)
            return found

    return Killed


async def main(
    folder: str, case_id: str, service: str, kind: str, number: str, method: str, fields: str = "{}"
) -> None:
    """Begin the measure, and be killed."""
    async with a_cell(Path(folder), platform_of(service, kind, int(number))) as (_, scenario):
        Killing.armed = True
        await scenario.ask("compliance", method, case_id=case_id, **json.loads(fields))
        await scenario.eventually("compliance", "GetMeasure", is_taken, case_id=case_id)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
