"""The process under load: real services as `prm run` hosts them, and bare gRPC beside them in the same loop.

Run as `python -m tests.load.served FOLDER SERVICE...`; prints one JSON line when it is ready and
ends when a line comes in on stdin.
"""

import asyncio
import sys
from pathlib import Path

import msgspec
import uvloop
from grpc import aio

from libs.call import SYSTEM, Call
from libs.clock import SystemClock
from libs.config import Settings
from libs.ids import Ids
from libs.partner import PartnerFacts, PartnerStatus
from libs.partner_projection import ProjectPartner, project_partner
from libs.runtime.cell import RunningCell, running
from libs.runtime.process import settle_memory
from services.__main__ import builders
from tests.load.bare import Bare
from tests.tokens import token


class Ready(msgspec.Struct, frozen=True):
    """Where to call, what to show there, and partners that may act."""

    address: str
    echo: str
    token: str
    partners: tuple[str, ...]


async def serve(folder: Path, services: tuple[str, ...]) -> None:
    """Serve until stdin says so."""
    settings = Settings(data_dir=folder, listen="127.0.0.1:0", log_level="info")
    async with running(builders(*services), settings) as cell:
        echo = aio.server()
        echo.add_generic_rpc_handlers((Bare(),))
        port = echo.add_insecure_port("127.0.0.1:0")
        await echo.start()
        partners = await _partners(cell, services)
        ready = Ready(cell.address, f"127.0.0.1:{port}", token(folder, "integration"), partners)
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

    logs.configure("info")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(Path(sys.argv[1]), tuple(sys.argv[2:])))


if __name__ == "__main__":
    main()
