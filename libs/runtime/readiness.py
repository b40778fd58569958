"""The readiness of a service: whether its store answers. It ends at once if a call finds the store unavailable, and
returns by itself."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from libs.errors import StoreUnavailable
from libs.store.port import Document, Kind, Loaded, Put, Store, VersionConflict, create, get

CHECK_SECONDS = 5.0
RECOVER_SECONDS = 0.5
PROBE_SECONDS = 2.0

# On a full disk a small write may succeed where that of a call fails, and readiness would go on and off. So the write
# of a check is larger than most commits.
ROOM_BYTES = 256 * 1024

log = structlog.get_logger()


class Probe(Document, frozen=True, kw_only=True):
    """The kind of two documents for checks: one to read, and one to write, because a full disk can still be read."""

    filling: str = ""


PROBE = Kind("probe", Probe)
_READ_ID, _WRITTEN_ID = "probe", "room"


class Readiness:
    """Watches the store of one service."""

    def __init__(self, service: str, store: Store) -> None:
        self._service = service
        self._store = store
        self._suspected = asyncio.Event()
        self._doubted = asyncio.Event()
        self._cause: Exception | None = None

    def suspect(self) -> None:
        """A call found the store unavailable: end readiness at once."""
        self._suspected.set()
        self._doubted.set()

    def doubt(self) -> None:
        """Something else, such as a consumer, found the store unavailable: check it by a write."""
        self._doubted.set()

    async def run(self, tell: Callable[[bool], Awaitable[None]]) -> None:
        """Watch until cancelled. tell: called with True at first, and then at every change of readiness."""
        while True:
            await tell(True)
            await self._until_away()
            await tell(False)
            log.warning("store_unavailable", service=self._service, cause=self._cause)
            await self._until_back()
            self._cause = None
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
        """Ask until it answers. The log gets each reason why it does not: a certificate, a refused login, the code of
        the server."""
        told = str(self._cause)
        while True:
            self._suspected.clear()
            self._doubted.clear()
            if await self._answers(self._write):
                return
            if told != (told := str(self._cause)):
                log.warning("store_unavailable", service=self._service, cause=self._cause)
            await asyncio.sleep(RECOVER_SECONDS)

    async def _answers(self, probe: Callable[[], Awaitable[None]]) -> bool:
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await probe()
        except (StoreUnavailable, TimeoutError) as err:
            self._cause = err
            return False
        return True

    async def _read(self) -> None:
        await get(self._store, PROBE, _READ_ID)

    async def _write(self) -> None:
        loaded: Loaded[Probe] | None = await get(self._store, PROBE, _WRITTEN_ID)
        filled = Probe(id=_WRITTEN_ID, filling="." * ROOM_BYTES)
        write: Put[Probe] = create(PROBE, filled) if loaded is None else loaded.put(loaded.value)
        with suppress(VersionConflict):  # another replica has written it, so the store answers
            await self._store.commit([write])


async def _for(event: asyncio.Event, seconds: float) -> None:
    """Wait until the event is set, at most this long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
