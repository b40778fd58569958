"""Whether a service's store answers: what its health says, off at once and back by itself."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from libs.errors import StoreUnavailable
from libs.store.port import Document, Kind, Loaded, Put, Store, VersionConflict, create, get

CHECK_SECONDS = 5.0
RECOVER_SECONDS = 0.5
PROBE_SECONDS = 2.0

# On a disk that is full a small write may still fit where a call's does not, and the service would be ready, refuse, be
# ready again. So what is written to find out is larger than most commits.
ROOM_BYTES = 256 * 1024

log = structlog.get_logger()


class Probe(Document, frozen=True, kw_only=True):
    """A document that exists to be read, and another one to be written: a disk that is full can still be read."""

    filling: str = ""


PROBE = Kind("probe", Probe)
_READ_ID, _WRITTEN_ID = "probe", "room"


class Readiness:
    """Watches one store."""

    def __init__(self, service: str, store: Store) -> None:
        self._service = service
        self._store = store
        self._suspected = asyncio.Event()
        self._doubted = asyncio.Event()

    def suspect(self) -> None:
        """A call found the store unavailable: no more calls until it is back."""
        self._suspected.set()
        self._doubted.set()

    def doubt(self) -> None:
        """Something else did: it is asked whether it is away."""
        self._doubted.set()

    async def run(self, tell: Callable[[bool], Awaitable[None]]) -> None:
        """Watch until cancelled, and report every change; ready at first."""
        while True:
            await tell(True)
            await self._until_away()
            await tell(False)
            log.warning("store_unavailable", service=self._service)
            await self._until_back()
            log.info("store_available", service=self._service)

    async def _until_away(self) -> None:
        while not self._suspected.is_set():
            doubted = self._doubted.is_set()
            self._doubted.clear()
            if not await self._answers(self._write if doubted else self._read):
                return
            if doubted:
                await _for(self._suspected, RECOVER_SECONDS)
            else:
                await _for(self._doubted, CHECK_SECONDS)

    async def _until_back(self) -> None:
        while True:
            self._suspected.clear()
            self._doubted.clear()
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
        await get(self._store, PROBE, _READ_ID)

    async def _write(self) -> None:
        loaded: Loaded[Probe] | None = await get(self._store, PROBE, _WRITTEN_ID)
        filled = Probe(id=_WRITTEN_ID, filling="." * ROOM_BYTES)
        write: Put[Probe] = create(PROBE, filled) if loaded is None else loaded.put(loaded.value)
        with suppress(VersionConflict):  # another replica was quicker, so the store answers
            await self._store.commit([write])


async def _for(event: asyncio.Event, seconds: float) -> None:
    """Until it is set, and no longer than this."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
