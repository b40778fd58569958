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
from libs.runtime.encryption import identity_of
from libs.runtime.platform import directory_of
from libs.tls import is_loopback
from libs.web.connection import Bounds
from libs.web.listener import Listener
from libs.web.port import App, Receive, Scope, Send
from services.console.app import application, templates
from services.console.book import PAGES
from services.console.language import Languages, read_catalogues
from services.console.logins import Logins
from services.console.pages import Book
from services.console.provider import Development, OpenIdConnect
from services.console.server import Console
from services.console.sessions import Sessions
from services.console.settings import OWN_PREFIX, ConsoleSettings, check

if TYPE_CHECKING:
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
        except ConfigError as err:
            log.warning("console_not_served", cause=err)
            found = ""
        else:
            log.info("console", address=found)
        yield found


@asynccontextmanager
async def serving(settings: Settings, own: ConsoleSettings) -> AsyncIterator[str]:
    """Serve the console while the block runs; its address. ConfigError, also if its port is taken. Off loopback
    only clients with a certificate of the cell's authority are answered, such as its gateway."""
    check(own, settings)
    directory, clock = directory_of(settings), SystemClock()
    admission = open_admission(settings, directory, read_policy(settings.policy_file, permissions_of([])))
    provider = Development(admission.development, clock) if admission.development else OpenIdConnect(own, clock)
    async with AsyncExitStack() as stack:
        client: Client = await stack.enter_async_context(connect(settings, to=own.cell))
        await stack.enter_async_context(alongside(together(admission.work())))
        made: list[App] = []

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await made[0](scope, receive, send)  # no request is read before the address is known

        identity = None if is_loopback(own.host) else identity_of(settings)
        listener = Listener(app, BOUNDS)
        address = await listener.start(own.listen, variable="PRM_CONSOLE_LISTEN", identity=identity)
        stack.push_async_callback(listener.stop, DRAIN_SECONDS)
        origin = own.origin(int(address.rpartition(":")[2]))
        made.append(
            application(
                Console(
                    origin=origin,
                    cell=directory.here,
                    client=client,
                    clock=clock,
                    tokens=admission.tokens,
                    provider=provider,
                    sessions=Sessions(clock, at_most=own.max_sessions, idle=own.idle, life=own.life),
                    logins=Logins(clock),
                    languages=Languages(directory.here.time_zone, read_catalogues()),
                    templates=templates(),
                    book=Book(PAGES),
                )
            )
        )
        yield origin
