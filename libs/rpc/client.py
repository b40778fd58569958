"""A client for the command line, the demonstration and the tests; any other client is generated from the protos.

It uses no generated stubs: the types of requests and answers come from the descriptor of the method.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2 as details
from google.rpc.status_pb2 import Status
from grpc import aio
from grpc_health.v1 import health_pb2

from libs.config import Settings
from libs.errors import Violation
from libs.rpc.health import own_address
from libs.rpc.method import MAX_RESPONSE_BYTES
from libs.rpc.positions import HEADER as POSITION
from libs.rpc.positions import PositionNotReached
from libs.rpc.status import TRAILER
from libs.tls import Identity, is_loopback, open_identity

ATTEMPTS = 4
TIMEOUT_SECONDS = 30.0
MAX_PAUSE_SECONDS = 5.0

_NANOS = 10**9
_NOT_DONE = ("UNAVAILABLE", "RESOURCE_EXHAUSTED")
_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_RESPONSE_BYTES),
    ("grpc.max_metadata_size", 32 * 1024),
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.max_reconnect_backoff_ms", 1_000),
)
_HEALTH = "grpc.health.v1.Health/Check"
_WATCH = "grpc.health.v1.Health/Watch"
_SERVING = health_pb2.HealthCheckResponse.SERVING

POSITIONS_KEPT = 8

Headers = Mapping[str, str]


class CallFailed(Exception):
    """A call failed. code: the name of the gRPC code, such as `NOT_FOUND`. reason, metadata: from its ErrorInfo, empty
    if the answer has none. violations: per field. retry_after_seconds: set if the call can be repeated. localized: the
    refusal for a person, in the language that the call asked for by `accept-language`, or in English;
    localized_violations: the violations likewise."""

    def __init__(self, code: str, message: str, status: Status) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.reason = ""
        self.metadata: dict[str, str] = {}
        self.violations: tuple[Violation, ...] = ()
        self.retry_after_seconds: float | None = None
        self.localized = message
        self.localized_violations: tuple[Violation, ...] = ()
        for packed in status.details:
            self._read(packed)

    def _read(self, packed: Any) -> None:
        info, request, retry = details.ErrorInfo(), details.BadRequest(), details.RetryInfo()
        localized = details.LocalizedMessage()
        if packed.Unpack(info):
            self.reason, self.metadata = info.reason, dict(info.metadata)
        elif packed.Unpack(request):
            found = request.field_violations
            self.violations = tuple(Violation(one.field, one.description, one.reason) for one in found)
            texts = (one.localized_message.message or one.description for one in found)
            self.localized_violations = tuple(
                one._replace(description=text) for one, text in zip(self.violations, texts, strict=True)
            )
        elif packed.Unpack(retry):
            self.retry_after_seconds = retry.retry_delay.ToNanoseconds() / _NANOS
        elif packed.Unpack(localized):
            self.localized = localized.message


class Session:
    """The positions of the newest POSITIONS_KEPT mutations, with the services that returned them. Clients of one cell
    may share a session."""

    def __init__(self) -> None:
        self._kept: deque[tuple[str, str]] = deque(maxlen=POSITIONS_KEPT)

    def note(self, method: str, trailer: Any) -> None:
        """Keep the positions in the trailer of a call of `method`."""
        self._kept += [(_package(method), value) for key, value in trailer or () if key == POSITION]

    def headers(self, method: str) -> Sequence[tuple[str, str]]:
        """The positions to send with a call of `method`, except those of the same service, which knows its own
        writes."""
        own = _package(method)
        return tuple((POSITION, value) for package, value in self._kept if package != own)

    def forget(self) -> None:
        """Drop all positions; called after POSITION_NOT_REACHED, so that the next call does not wait again."""
        self._kept.clear()


class Client:
    """One connection to a cell; methods are named `prm.deals.v1.DealRegistrationService/ApproveRegistration`.

    Every call sends `token` and the positions of the session's last mutations, so that the next service knows what was
    changed through another. Every call raises CallFailed. Only `call` repeats, and only if the server has answered that
    nothing was done.
    """

    def __init__(
        self,
        target: str,
        *,
        token: str = "",
        headers: Headers | None = None,
        identity: Identity | None = None,
        known_as: str = "",
        session: Session | None = None,
    ) -> None:
        """identity: the certificate to present; only its authority is trusted. Without it, connections to loopback are
        in clear, and any other server must have a certificate of a public authority. known_as: the name in the server's
        certificate, if it is not the host of `target`. session: shared with other clients; None for an own one."""
        self._channel = _channel(target, identity, known_as)
        self._headers = (*bearer(token).items(), *(headers or {}).items())
        self._session = session or Session()
        self._methods: dict[str, Any] = {}

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, kind: type[BaseException] | None, err: object, trace: TracebackType | None) -> None:
        await self.close()

    async def ready(self, service: str = "", *, within_seconds: float = TIMEOUT_SECONDS) -> None:
        """Wait until a service (its full name; "" for the process) is SERVING; TimeoutError after `within_seconds`."""
        async with asyncio.timeout(within_seconds):
            while True:
                await self._channel.channel_ready()
                with suppress(CallFailed):
                    async for answer in self.stream(_WATCH, health_pb2.HealthCheckRequest(service=service)):
                        if answer.status == _SERVING:
                            return

    async def health(self, service: str = "") -> str:
        """SERVING, NOT_SERVING, or UNREACHABLE; SERVICE_UNKNOWN for a service that this process does not host."""
        request = health_pb2.HealthCheckRequest(service=service)
        try:
            answer = await self.call(_HEALTH, request, timeout_seconds=2.0, attempts=1)
        except CallFailed as err:
            return "SERVICE_UNKNOWN" if err.code == "NOT_FOUND" else "UNREACHABLE"
        return str(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))

    async def call(
        self,
        method: str,
        request: Message,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        attempts: int = ATTEMPTS,
        headers: Headers | None = None,
        session: Session | None = None,
    ) -> Any:
        """Call a unary method; its answer. timeout_seconds: for each attempt. session: instead of the client's own, if
        it calls for several people."""
        bound, positions = self._method(method), session or self._session
        for left in range(attempts - 1, -1, -1):
            try:
                metadata = self._metadata(method, headers, positions)
                answering = bound(request, timeout=timeout_seconds, metadata=metadata)
                answer = await answering
            except aio.AioRpcError as err:
                failed = _failure(err)
                if not left or failed.code not in _NOT_DONE or failed.retry_after_seconds is None:
                    if failed.reason == PositionNotReached.reason:
                        positions.forget()
                    raise failed from err
            else:
                positions.note(method, await answering.trailing_metadata())
                return answer
            await asyncio.sleep(min(failed.retry_after_seconds, MAX_PAUSE_SECONDS))
        raise AssertionError("unreachable")

    async def stream(
        self, method: str, request: Message, *, timeout_seconds: float | None = None, headers: Headers | None = None
    ) -> AsyncIterator[Any]:
        """Call a server-streaming method; its answers."""
        call = self._method(method)(request, timeout=timeout_seconds, metadata=self._metadata(method, headers))
        async for answer in _answers(call):
            yield answer

    async def converse(
        self,
        method: str,
        requests: AsyncIterable[Message],
        *,
        timeout_seconds: float | None = None,
        headers: Headers | None = None,
    ) -> AsyncIterator[Any]:
        """Call a bidirectional streaming method; its answers, which arrive while requests are sent."""
        call = self._method(method)(requests, timeout=timeout_seconds, metadata=self._metadata(method, headers))
        async for answer in _answers(call):
            yield answer

    async def close(self) -> None:
        """Close the connection; calls in flight are cancelled."""
        await self._channel.close(None)

    def _metadata(
        self, method: str, headers: Headers | None, session: Session | None = None
    ) -> Sequence[tuple[str, str]]:
        own = {**dict(self._headers), **(headers or {})}  # of two tokens a server would take neither
        return (*own.items(), *(session or self._session).headers(method))

    def _method(self, path: str) -> Any:
        if (found := self._methods.get(path)) is None:
            found = self._methods[path] = self._bind(Default().FindMethodByName(path.replace("/", ".")))
        return found

    def _bind(self, method: MethodDescriptor) -> Any:
        kinds = {
            (False, False): self._channel.unary_unary,
            (False, True): self._channel.unary_stream,
            (True, False): self._channel.stream_unary,
            (True, True): self._channel.stream_stream,
        }
        bind: Any = kinds[method.client_streaming, method.server_streaming]
        return bind(
            f"/{method.containing_service.full_name}/{method.name}",
            request_serializer=GetMessageClass(method.input_type).SerializeToString,
            response_deserializer=GetMessageClass(method.output_type).FromString,
        )


def connect(settings: Settings, *, to: str = "", token: str = "") -> Client:
    """A client of the cell at `to` (host:port); if `to` is empty, of the process that these settings describe. It
    presents the certificate that the settings name. ConfigError if that cannot be read."""
    identity = open_identity(cert=settings.tls_cert, key=settings.tls_key, ca=settings.tls_ca)
    if to:
        return Client(to, token=token, identity=identity)
    known_as = identity.pem.name if identity else ""
    return Client(own_address(settings.listen), token=token, identity=identity, known_as=known_as)


def _package(method: str) -> str:
    return method.rpartition("/")[0].rpartition(".")[0]


def _channel(target: str, identity: Identity | None, known_as: str) -> aio.Channel:
    if identity is None and is_loopback(target.rpartition(":")[0]):
        return aio.insecure_channel(target, options=_OPTIONS)
    options: list[tuple[str, Any]] = [*_OPTIONS]
    if known_as:
        options.append(("grpc.ssl_target_name_override", known_as))
    if identity is None:
        return aio.secure_channel(target, grpc.ssl_channel_credentials(), options=options)
    pem = identity.pem
    mutual = grpc.ssl_channel_credentials(pem.authority, pem.key, pem.certificate)
    return aio.secure_channel(target, mutual, options=options)


def bearer(token: str) -> dict[str, str]:
    """The `authorization` header for a token; no header if it is empty."""
    return {"authorization": f"Bearer {token}"} if token else {}


async def _answers(call: Any) -> AsyncIterator[Any]:
    try:
        async for answer in call:
            yield answer
    except aio.AioRpcError as err:
        raise _failure(err) from err
    finally:
        call.cancel()


def _failure(err: aio.AioRpcError) -> CallFailed:
    status = Status()
    trailer: Any = err.trailing_metadata() or ()
    for key, value in trailer:
        if key == TRAILER:
            status = Status.FromString(value)
    code: grpc.StatusCode = err.code()
    return CallFailed(code.name, status.message or err.details() or "", status)
