"""Whether a service's store answers: what its health says, off at once and back by itself."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from libs.errors import StoreUnavailable
from libs.store.port import Document, Held, Kind, Put, Store, VersionConflict, create

CHECK_SECONDS = 5.0
RECOVER_SECONDS = 0.5
PROBE_SECONDS = 2.0

log = structlog.get_logger()


class Probe(Document, frozen=True, kw_only=True):
    """A document that exists to be written: a disk that is full can still be read."""


PROBE = Kind("probe", Probe)
_PROBE_ID = "probe"


class Readiness:
    """Watches one store. `tell` is given every change."""

    def __init__(self, service: str, store: Store, tell: Callable[[bool], Awaitable[None]]) -> None:
        self._service = service
        self._store = store
        self._tell = tell
        self._suspected = asyncio.Event()

    def suspect(self) -> None:
        """A call found the store away."""
        self._suspected.set()

    async def run(self) -> None:
        """Watch until cancelled; ready at first."""
        while True:
            await self._tell(True)
            await self._until_away()
            await self._tell(False)
            log.warning("store_away", service=self._service)
            await self._until_back()
            log.info("store_back", service=self._service)

    async def _until_away(self) -> None:
        while not self._suspected.is_set() and await self._answers(self._read):
            with suppress(TimeoutError):
                async with asyncio.timeout(CHECK_SECONDS):
                    await self._suspected.wait()

    async def _until_back(self) -> None:
        while True:
            self._suspected.clear()
            if await self._answers(self._write):
                return
            await asyncio.sleep(RECOVER_SECONDS)

    async def _answers(self, probe: Callable[[], Awaitable[None]]) -> bool:
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await probe()
        except (StoreUnavailable, TimeoutError):
            return False
        return True

    async def _read(self) -> None:
        await self._store.get(PROBE, _PROBE_ID)

    async def _write(self) -> None:
        held: Held[Probe] | None = await self._store.get(PROBE, _PROBE_ID)
        write: Put[Probe] = create(PROBE, Probe(id=_PROBE_ID)) if held is None else held.put(held.value)
        with suppress(VersionConflict):  # another replica was quicker, so the store answers
            await self._store.commit([write])
