"""The ports of a process: gRPC with its services, health per service, reflection; optionally HTTP/1.1 for the same
services, and a listener for health only, which is independent of the load of callers.

Health `""` means that the process answers at all (liveness); the full name of a service means that it can serve calls
(readiness).
"""

from collections.abc import Sequence
from typing import Any

import grpc
import structlog
from grpc import aio
from grpc_reflection.v1alpha import reflection

from libs.config import ConfigError
from libs.rpc.anonymous import HEALTH, Handlers, Health, reflection_handlers
from libs.rpc.decode import MAX_STREAMED_BYTES
from libs.rpc.http.face import Face
from libs.rpc.method import MAX_RESPONSE_BYTES, Shared, compose
from libs.rpc.method import Hosted as Hosted
from libs.tls import Identity, Pem
from libs.web.address import parse_address
from libs.web.listener import Listener

MAX_CONCURRENT_CALLS = 2_000
STREAMS_PER_CONNECTION = 256
# An older connection takes no new calls; its client opens a new one and presents its present certificate.
CONNECTION_SECONDS = 3_600

_LAST_WORDS_SECONDS = 0.5
_TRANSPORT_BYTES = MAX_STREAMED_BYTES + 1024 * 1024  # above our limit, so that our refusal with its reason comes first
_OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.so_reuseport", 0),
    ("grpc.max_concurrent_streams", STREAMS_PER_CONNECTION),
    # Calls that have arrived and not begun. Above the first number gRPC cancels some at random, without a reason.
    ("grpc.server.max_pending_requests", 4 * MAX_CONCURRENT_CALLS),
    ("grpc.server.max_pending_requests_hard_limit", 5 * MAX_CONCURRENT_CALLS),
    ("grpc.max_receive_message_length", _TRANSPORT_BYTES),
    ("grpc.max_send_message_length", MAX_RESPONSE_BYTES),
    ("grpc.max_metadata_size", 16 * 1024),  # twice the limit of a token, so that we refuse longer ones, with a reason
    ("grpc.absolute_max_metadata_size", 32 * 1024),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
)
_HEALTH_CALLS, _HEALTH_WATCHES = 32, 8
_HEALTH_OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.so_reuseport", 0),
    ("grpc.max_concurrent_streams", 16),
    ("grpc.max_receive_message_length", 4 * 1024),
    ("grpc.max_metadata_size", 4 * 1024),
)

log = structlog.get_logger()


class Server:
    """Serves from `start` to `drain`. Every service is NOT_SERVING until `set_ready` changes that. A connection that is
    older than `connection_seconds` finishes its running calls; later calls use a new connection."""

    def __init__(
        self, hosted: Sequence[Hosted], shared: Shared, *, connection_seconds: int = CONNECTION_SECONDS
    ) -> None:
        age = ("grpc.max_connection_age_ms", connection_seconds * 1_000)
        self._server = aio.server(options=(*_OPTIONS, age), maximum_concurrent_rpcs=MAX_CONCURRENT_CALLS)
        self._probed: aio.Server | None = None
        self._calls = shared.calls
        self._callers = shared.callers
        self._health = Health()
        self._names = [one.descriptor.full_name for one in hosted]
        handlers = self._health.handlers() | reflection_handlers([*self._names, HEALTH, reflection.SERVICE_NAME])
        methods = {path: method for one in hosted for path, method in compose(one, shared).items()}
        handlers |= {path: method.handler() for path, method in methods.items()}
        self._http = Listener(Face(methods))
        self._server.add_generic_rpc_handlers((_Handlers(handlers),))

    async def start(self, listen: str, *, identity: Identity | None = None, health_listen: str = "") -> str:
        """Listen on host:port (port 0: any free one); the host:port that is used. ConfigError if that is not possible.
        identity: accept only connections with a certificate of its authority, and calls only from `CALLERS` and the
        process itself. health_listen: host:port on loopback for health in clear; empty for none."""
        host, _ = parse_address(listen, encrypted=identity is not None)
        for name in self._names:
            await self.set_ready(name, ready=False)
        if health_listen:
            await self._start_health(health_listen)
        try:
            if identity is None:
                port = self._server.add_insecure_port(listen)
            else:
                self._callers.restrict(identity.pem.who)
                port = self._server.add_secure_port(listen, _Certificates(identity).credentials())
        except RuntimeError as err:
            raise ConfigError(
                f"PRM_LISTEN: {listen} cannot be listened on; stop what uses the port, or set another, "
                "for example PRM_LISTEN=127.0.0.1:7401"
            ) from err
        await self._server.start()
        return f"{host}:{port}"

    async def start_http(self, listen: str, *, identity: Identity | None = None) -> str:
        """Listen on host:port for calls by HTTP/1.1, after `start`; as `start`."""
        return await self._http.start(listen, variable="PRM_HTTP_LISTEN", identity=identity)

    @property
    def http_connections(self) -> int:
        """How many connections by HTTP are open."""
        return self._http.connections

    async def set_ready(self, service: str, *, ready: bool) -> None:
        """Set whether a service (its full name) can serve calls."""
        self._health.tell(service, serving=ready)

    async def drain(self, seconds: float) -> None:
        """Stop: not ready at once; running calls may finish within `seconds` and are then cancelled. Until no calls
        arrive any more the wrapper refuses them with RetryInfo, because grpc would cancel them without a reason."""
        self._health.close()
        await self._calls.close(seconds)
        await self._http.stop(_LAST_WORDS_SECONDS)
        await self._server.stop(_LAST_WORDS_SECONDS)
        if self._probed is not None:
            await self._probed.stop(None)

    async def _start_health(self, listen: str) -> None:
        parse_address(listen, encrypted=False, variable="PRM_HEALTH_LISTEN")
        self._probed = aio.server(options=_HEALTH_OPTIONS, maximum_concurrent_rpcs=_HEALTH_CALLS + _HEALTH_WATCHES)
        handlers = self._health.handlers(calls=_HEALTH_CALLS, watches=_HEALTH_WATCHES)
        self._probed.add_generic_rpc_handlers((_Handlers(handlers),))
        try:
            self._probed.add_insecure_port(listen)
        except RuntimeError as err:
            raise ConfigError(f"PRM_HEALTH_LISTEN: {listen} cannot be listened on; set another port") from err
        await self._probed.start()


class _Handlers(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # generic in the stubs only
    """One look-up for the methods of all services; grpc would search service by service."""

    def __init__(self, handlers: Handlers) -> None:
        self._find = handlers.get

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[Any, Any] | None":
        return self._find(handler_call_details.method)


class _Certificates:
    """The certificates of the port, read before every handshake, so that replaced files take effect."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._shown = identity.pem

    def credentials(self) -> grpc.ServerCredentials:
        """Credentials that require a client certificate of the same authority."""
        return grpc.dynamic_ssl_server_credentials(_configured(self._shown), self._fetch, True)

    def _fetch(self) -> Any:
        """The new certificates; None if they have not changed, which gRPC's stubs do not declare."""
        found = self._identity.pem
        if found is self._shown:
            return None
        self._shown = found
        return _configured(found)


def _configured(pem: Pem) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration([(pem.key, pem.certificate)], root_certificates=pem.authority)
