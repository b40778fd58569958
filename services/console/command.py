"""`prm console`: serves the console of a cell; `prm run all` and `prm demo` serve it beside their cell."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import structlog
from msgspec.structs import replace

from libs.clock import SystemClock
from libs.config import ConfigError, Settings, read
from libs.lifetime import alongside, together
from libs.rpc.client import Client, connect
from libs.rpc.identity.opening import open_admission
from libs.rpc.policy import permissions_of, read_policy
from libs.runtime.platform import directory_of
from libs.web.connection import Bounds
from libs.web.listener import Listener
from services.console.app import application, templates
from services.console.book import PAGES
from services.console.language import Languages, read_catalogues
from services.console.pages import Book
from services.console.provider import Development, OpenIdConnect
from services.console.server import Console
from services.console.sessions import Sessions
from services.console.settings import OWN_PREFIX, ConsoleSettings, check

if TYPE_CHECKING:
    from socket import socket

    from libs.runtime.broker import Stop

DRAIN_SECONDS = 5.0
BOUNDS = Bounds(idle_seconds=30.0, connections=500)

log = structlog.get_logger()


async def console(settings: Settings, stopping: "Stop") -> None:
    """Serve the console until the process has to stop. ConfigError."""
    async with serving(settings, read(ConsoleSettings, prefix=OWN_PREFIX)) as address:
        log.info("console", address=address)
        await stopping.wait()


@asynccontextmanager
async def beside(settings: Settings, address: str) -> AsyncIterator[str]:
    """The console of the cell at `address`, which this process runs; its address, empty if it cannot be served: another
    process has its port, or no issuer is named."""
    wanted = read(ConsoleSettings, prefix=OWN_PREFIX)
    wanted = replace(wanted, cell=wanted.cell or address)
    async with AsyncExitStack() as stack:
        try:
            found = await stack.enter_async_context(serving(settings, wanted))
        except (ConfigError, OSError) as err:
            log.warning("console_not_served", cause=err)
            found = ""
        else:
            log.info("console", address=found)
        yield found


@asynccontextmanager
async def serving(settings: Settings, own: ConsoleSettings) -> AsyncIterator[str]:
    """Serve the console while the block runs; its address. ConfigError, OSError if its port is taken."""
    check(own, settings)
    directory, clock = directory_of(settings), SystemClock()
    admission = open_admission(settings, directory, read_policy(settings.policy_file, permissions_of([])))
    provider = Development(admission.development, clock) if admission.development else OpenIdConnect(own, clock)
    async with AsyncExitStack() as stack:
        bound = _bound(own)
        stack.callback(bound.close)
        client: Client = await stack.enter_async_context(connect(settings, to=own.cell))
        app = application(
            Console(
                origin=own.origin(bound.getsockname()[1]),
                cell=directory.here,
                client=client,
                clock=clock,
                tokens=admission.tokens,
                provider=provider,
                sessions=Sessions(clock, at_most=own.max_sessions, idle=own.idle, life=own.life),
                languages=Languages(directory.here.time_zone, read_catalogues()),
                templates=templates(),
                book=Book(PAGES),
            )
        )
        await stack.enter_async_context(alongside(together(admission.work())))
        listener = Listener(app, BOUNDS)
        await listener.take(bound)
        stack.push_async_callback(listener.stop, DRAIN_SECONDS)
        yield app.state.console.origin


def _bound(own: ConsoleSettings) -> "socket":
    """The listening socket; OSError if the port is taken."""
    import socket

    family = socket.AF_INET6 if ":" in own.host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((own.host, own.port))
        found.listen()
    except OSError:
        found.close()
        raise
    return found
