"""The process under load: real services as `prm run` hosts them, and bare gRPC beside them in the same loop.

Run as `python -m tests.load.served FOLDER SERVICE... [--places | --no-places]`; prints one JSON line when it is ready
and ends when a line comes in on stdin. With --no-places the store gives events no numbers, so there are no heads of
lanes either; --places is what that is compared with, since both pass through the same wrapper. With CLEAR among the
services they store personal data in clear, to measure what its encryption costs.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import uvloop
from grpc import aio
from msgspec.structs import replace

from libs.call import SYSTEM, Call
from libs.clock import SystemClock
from libs.config import Settings, read
from libs.ids import Ids
from libs.partner import PartnerFacts, PartnerStatus
from libs.partner_projection import ProjectPartner, project_partner
from libs.runtime.cell import RunningCell, running
from libs.runtime.platform import Platform, Wrap
from libs.runtime.process import settle_memory
from libs.store.port import Delete, Store, Write
from services.__main__ import builders
from tests.load.bare import Bare
from tests.store_faults import Wrapper
from tests.tokens import token

CLEAR = "clear"


class ClearPlatform(Platform):
    """A platform whose stores have personal data in clear."""

    async def sealed(self, service: str, store: Store) -> Store:
        """The same store."""
        return store


class Ready(msgspec.Struct, frozen=True):
    """Where to call, what to show there, and partners that may act."""

    address: str
    echo: str
    token: str
    partners: tuple[str, ...]
    http_port: int


class Places(Wrapper):
    """A store that numbers what is to be numbered, or nothing."""

    def __init__(self, inner: Store, *, given: bool) -> None:
        super().__init__(inner)
        self._given = given

    async def commit(self, writes: Sequence[Write]) -> None:
        """See Store."""
        await self.inner.commit([self._placed(one) for one in writes])

    def _placed(self, one: Write) -> Write:
        if isinstance(one, Delete) or one.place is None:
            return one
        return replace(one, place=one.place if self._given else None)


async def serve(folder: Path, services: tuple[str, ...], *, wrap: Wrap | None) -> None:
    """Serve until stdin says so."""
    told = {
        "PRM_DATA_DIR": str(folder),
        "PRM_LISTEN": "127.0.0.1:0",
        "PRM_HTTP_LISTEN": "127.0.0.1:0",
        "PRM_LOG_LEVEL": "info",
    }
    settings = read(Settings, environ={**os.environ, **told})
    platforms = ClearPlatform if CLEAR in services else Platform
    services = tuple(one for one in services if one != CLEAR)
    async with running(builders(*services), settings, wrap=wrap, platforms=platforms) as cell:
        echo = aio.server()
        echo.add_generic_rpc_handlers((Bare(),))
        port = echo.add_insecure_port("127.0.0.1:0")
        await echo.start()
        partners = await _partners(cell, services)
        http_port = int(cell.http_address.rpartition(":")[2])
        ready = Ready(cell.address, f"127.0.0.1:{port}", token(folder, "integration"), partners, http_port)
        settle_memory()
        sys.stdout.write(msgspec.json.encode(ready).decode() + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.readline)
        await echo.stop(None)


async def _partners(cell: RunningCell, services: tuple[str, ...]) -> tuple[str, ...]:
    ids = Ids(cell.directory.here.code, SystemClock())
    found = tuple(ids.new("ptn") for _ in range(64))
    call = Call(caller=SYSTEM, method="bench")
    for service in set(services) & {"deals", "orders", "tickets"}:
        for partner in found:
            fact = PartnerFacts(id=partner, facts_version=1, status=PartnerStatus.ACTIVE, country="DE")
            await cell.env(service).run(project_partner, ProjectPartner(call=call, fact=fact))
    return found


def main() -> None:
    """The process."""
    import resource

    from libs import logs

    folder, *services = [one for one in sys.argv[1:] if not one.startswith("--")]
    given = {one: one == "--places" for one in sys.argv if one.startswith("--")}
    wrap = (lambda _, store: Places(store, given=all(given.values()))) if given else None
    logs.configure("info")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(Path(folder), tuple(services), wrap=wrap))


if __name__ == "__main__":
    main()
