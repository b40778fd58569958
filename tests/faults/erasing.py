"""A cell that erases a person, and that kills itself with SIGKILL after one step of it.

`python -m tests.faults.erasing FOLDER CASE STORE KIND`: after the first commit of the erasure to that store of partners
that changes a document of the kind.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from libs.privacy.sealing.store import SealedStore
from libs.runtime.platform import Platform
from libs.store.port import Delete, Purging, Store, Write
from tests.store_faults import Wrapper
from tests.system.erasures import a_cell, is_certified

SERVICE = "partners"
STEPS = {
    "entries in the ledger": ("ledger", "ledger_entry"),
    "keys deleted": ("keys", "key_sheet"),
    "keys marked": ("keys", "ledger_mark"),
    "index removed": ("data", "alias"),
    "fields emptied": ("data", "contact"),
    "data marked": ("data", "ledger_mark"),
    "aliases suppressed": ("ledger", "suppressed"),
    "stated": ("data", "subject_erasure"),
}


class Killing(Wrapper):
    """Ends the process after the n-th commit that changes a document of the kind, once it is armed."""

    armed: ClassVar[bool] = False

    def __init__(self, inner: Store, kind: str, *, left: int = 1) -> None:
        super().__init__(inner)
        self._kind = kind
        self._left = left

    async def commit(self, writes: Sequence[Write]) -> None:
        """See Store."""
        await self.inner.commit(writes)
        if Killing.armed and any(self._is_step(one) for one in writes):
            self._left -= 1
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)

    async def purge(self) -> None:
        """See Purging."""
        if isinstance(self.inner, Purging):
            await self.inner.purge()

    def _is_step(self, write: Write) -> bool:
        """New sheets and alias rows are no step: others make them too."""
        made = not isinstance(write, Delete) and write.document.version == 1
        return write.kind.name == self._kind and not (made and self._kind in ("key_sheet", "alias"))


def platform_of(store: str, kind: str) -> type[Platform]:
    """A platform that has such a wrapper around a store of SERVICE."""

    class Killed(Platform):
        async def sealed(self, service: str, store_of_data: Store) -> Store:
            found = await super().sealed(service, store_of_data)
            assert isinstance(found, SealedStore)
            if service == SERVICE and store == "data":
                found.inner = Killing(found.inner, kind)
            if service == SERVICE and store == "keys":
                found.vault.key_store = Killing(found.vault.key_store, kind)
            if service == SERVICE and store == "ledger":
                found.ledger.store = Killing(found.ledger.store, kind)
            return found

    return Killed


async def main(folder: str, case_id: str, store: str, kind: str) -> None:
    """Erase, and be killed."""
    async with a_cell(Path(folder), platform_of(store, kind)) as (_, scenario):
        Killing.armed = True
        await scenario.ask("compliance", "BeginErasure", case_id=case_id)
        await scenario.eventually("compliance", "GetErasure", is_certified, case_id=case_id)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
