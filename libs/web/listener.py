"""Listens for HTTP/1.1 and passes requests to an ASGI app, in the event loop of the process."""

import asyncio
import ssl

from uvicorn.server import ServerState

from libs.config import ConfigError
from libs.tls import Identity
from libs.web.address import parse_address
from libs.web.connection import Bounds, Connection, configured
from libs.web.port import App

HANDSHAKE_SECONDS = 10.0
BACKLOG_CONNECTIONS = 512

_PAUSE_SECONDS = 0.02


class Listener:
    """Serves an app from `start` to `stop`."""

    def __init__(self, app: App, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()
        self._config = configured(app)
        self._state = ServerState()
        self._server: asyncio.Server | None = None

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._state.connections)

    async def start(self, listen: str, *, variable: str, identity: Identity | None = None) -> str:
        """Listen on host:port (port 0: any free one); the host:port that is used. ConfigError, which names this
        variable, if that is not possible. identity: accept only connections with a certificate of its authority."""
        host, port = parse_address(listen, encrypted=identity is not None, variable=variable)
        try:
            self._server = await asyncio.get_running_loop().create_server(
                lambda: Connection(self._config, self._state, self._bounds),
                host.strip("[]"),
                port,
                backlog=BACKLOG_CONNECTIONS,
                ssl=None if identity is None else _fresh(identity),
                ssl_handshake_timeout=None if identity is None else HANDSHAKE_SECONDS,
                ssl_shutdown_timeout=None if identity is None else HANDSHAKE_SECONDS,
            )
        except OSError as err:
            raise ConfigError(
                f"{variable}: {listen} cannot be listened on; stop what uses the port, or set another"
            ) from err
        return f"{host}:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self, seconds: float) -> None:
        """Take no more connections; answers that are under way may be written within `seconds`."""
        if self._server is None:
            return
        self._server.close()
        for connection in list(self._state.connections):
            connection.shutdown()
        for _ in range(round(seconds / _PAUSE_SECONDS)):
            if not self._state.connections and not self._state.tasks:
                break
            await asyncio.sleep(_PAUSE_SECONDS)
        for task in list(self._state.tasks):
            task.cancel()
        for connection in list(self._state.connections):
            connection.transport.abort()


def _fresh(identity: Identity) -> ssl.SSLContext:
    """A context whose handshakes use the present certificate and authority, so that replaced files take effect."""

    def renew(connection: ssl.SSLSocket | ssl.SSLObject, _: str | None, __: ssl.SSLContext) -> None:
        connection.context = identity.server

    context = identity.server
    context.sni_callback = renew
    return context
