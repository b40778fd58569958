"""The wrapper around every method, composed once at registration.

Its order: deadline, certificate, identity and limits, which need only the headers; the message; permission, size,
parsing, rules, home cell of the ids; the servicer; the trail, status, metrics, one log line. A chain of interceptors
for the same would cost more than the work itself.
"""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress
from functools import partial
from typing import Any

import grpc
import msgspec
import structlog
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc.status_pb2 import Status
from protovalidate import Validator

from libs.call import ANONYMOUS, Call, Caller, Effects, IdempotencyKey, fingerprint
from libs.clock import monotonic
from libs.country import Directory
from libs.errors import AppError, PermissionDenied, StoreUnavailable
from libs.ids import unique
from libs.lifetime import alongside
from libs.pb.prm.options.v1 import options_pb2
from libs.privacy.restriction import Restrictions
from libs.rpc.call_auditor import CallAuditor, Recorder
from libs.rpc.callers import Callers
from libs.rpc.codec import Codec
from libs.rpc.decode import MAX_REQUEST_BYTES, MAX_STREAMED_BYTES, Decoder, Incoming
from libs.rpc.homes import PageTokens
from libs.rpc.identity import Authenticator
from libs.rpc.identity.port import IssuerUnavailable, TokenRevoked
from libs.rpc.inflight import (
    STREAM,
    UNARY,
    InflightCall,
    InflightCalls,
    arrive,
    first_message,
    interrupted,
    let_finish,
    named_as,
)
from libs.rpc.limits import Limiter, at_most
from libs.rpc.masking import MASK_BYTES, Masking
from libs.rpc.policy import Policy
from libs.rpc.positions import Positions
from libs.rpc.purposes import purpose_of
from libs.rpc.restricting import Restricting
from libs.rpc.rules import engine_of_process
from libs.rpc.status import TRAILER, TooLarge, as_refusal, bug_status, refusal_status
from libs.telemetry import SERVER, Telemetry

MAX_RESPONSE_BYTES = 4 * 1024 * 1024
TOKEN_CHECK_SECONDS = 1.0

_CODES = {code.value[0]: code for code in grpc.StatusCode}

log = structlog.get_logger()


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """The parts that all methods of a process share."""

    directory: Directory
    authenticator: Authenticator
    telemetry: Telemetry
    validator: Validator
    calls: InflightCalls
    policy: Policy
    limiter: Limiter
    callers: Callers

    @classmethod
    def of(
        cls, directory: Directory, authenticator: Authenticator, telemetry: Telemetry, *, policy: Policy
    ) -> "Shared":
        """The shared parts of one server, with new limits and calls."""
        record = telemetry.durations("rpc.server.call.duration", "How long calls took, by method and status code")
        return cls(
            directory=directory,
            authenticator=authenticator,
            telemetry=telemetry,
            validator=engine_of_process(),
            calls=InflightCalls(record),
            policy=policy,
            limiter=Limiter(policy),
            callers=Callers(),
        )


class Hosted(msgspec.Struct, frozen=True):
    """A service to serve. on_store_unavailable: called when a call fails because the store is unavailable. recorder:
    records calls for the trail; required if a method shows personal data. positions: of the service; without them its
    mutations return no position, and its calls wait for none. restrictions: of the service; without them no answer is
    masked because of a person's request."""

    descriptor: ServiceDescriptor
    servicer: object
    on_store_unavailable: Callable[[], None]
    recorder: Recorder | None = None
    positions: Positions | None = None
    restrictions: Restrictions | None = None


def compose(hosted: Hosted, shared: Shared) -> "dict[str, Method]":
    """The methods of a service by path. TypeError if a method has no permission, if its answers must be recorded and
    there is no recorder, or if the servicer lacks the method or has it with another kind of function."""
    service = hosted.descriptor
    return {f"/{service.full_name}/{one.name}": Method(one, hosted, shared) for one in service.methods}


class Method:
    """One method of one service. unary: whether it takes one message and answers with one. max_bytes: of a request."""

    def __init__(self, method: MethodDescriptor, hosted: Hosted, shared: Shared) -> None:
        self.descriptor = method
        self._path = f"/{method.containing_service.full_name}/{method.name}"
        self._shape = (method.client_streaming, method.server_streaming)
        self._permission = _permission(method)
        self._answers = bool(method.GetOptions().Extensions[options_pb2.access].answers)
        self._serve = _find(hosted.servicer, method)
        self._shared = shared
        self._on_store_unavailable = hosted.on_store_unavailable
        self._positions = hosted.positions
        max_bytes = MAX_STREAMED_BYTES if method.client_streaming else MAX_REQUEST_BYTES
        self._decoder = Decoder(method.input_type, shared.validator, shared.directory, max_bytes=max_bytes)
        self.unary, self.max_bytes = not any(self._shape), self._decoder.max_bytes
        self.binary = Codec(self._decoder.decode, _binary)
        self._auditor = CallAuditor(method, hosted.recorder)
        self._masking = Masking(method)
        self._restricting = Restricting(method, self._masking, hosted.restrictions)
        self._response = GetMessageClass(method.output_type)
        self._page_tokens = PageTokens(method.input_type, method.output_type, shared.directory.here.code)
        self._repeatable = "request_id" in method.input_type.fields_by_name
        self._deadlines = STREAM if any(self._shape) else UNARY
        returns = self._positions is not None and self._repeatable and not any(self._shape)
        self._asks_for_effects = returns or self._auditor.asks_for_effects

    def handler(self) -> "grpc.RpcMethodHandler[Any, Any]":
        """The handler for grpc, with raw bytes in both directions. It is registered as taking a stream even if the
        method takes one message, for which grpc would wait without a limit before it calls a handler."""
        shapes: dict[tuple[bool, bool], tuple[Any, Any]] = {
            (False, False): (grpc.stream_unary_rpc_method_handler, self.handle(self.binary)),
            (False, True): (grpc.stream_stream_rpc_method_handler, self._streaming(self._one_to_many)),
            (True, False): (grpc.stream_unary_rpc_method_handler, self._streaming(self._many_to_one)),
            (True, True): (grpc.stream_stream_rpc_method_handler, self._streaming(self._many_to_many)),
        }
        make, handle = shapes[self._shape]
        composed: grpc.RpcMethodHandler[Any, Any] = make(handle)
        return composed

    def handle(self, codec: Codec) -> Callable[[Any, Any], Awaitable[bytes]]:
        """The handler of a unary method, for bytes of this codec. It is the hot path, so it has no layers: each would
        cost a coroutine."""
        calls, path, deadlines = self._shared.calls, self._path, self._deadlines
        remembered, verify = self._shared.authenticator.remembered, self._verify
        waiting = self._shared.limiter.waiting
        check, count, begin, admit = self._shared.callers.check, self._count, self._begin, self._admit
        serve, encode, fail = self._serve, self._encode, self._fail
        disclose = self._auditor.disclose if self._auditor.discloses else None
        positions, hides_from, masked = self._positions, self._masking.hides_from, self._masking.masked
        restricted = self._restricting.shown

        async def handle(_: Any, context: Any) -> bytes:
            inflight, body = arrive(path, context, deadlines), b""
            try:
                calls.begin(inflight)
                check(context)
                caller = remembered(inflight.authorization) or await verify(inflight)
                count(inflight, caller)
                with waiting(caller):
                    body = await first_message(inflight, context)
                request, call = admit(inflight, begin(inflight, caller), body, codec)
                if positions is not None and inflight.positions:
                    await positions.reach(inflight.positions, until=inflight.until, caller=caller.identity)
                try:
                    reply = await serve(request, call)
                except AppError as err:
                    if positions is None or not err.lifted_by:
                        raise
                    again = partial(serve, request, call)
                    reply = await positions.lifted(err, again, until=inflight.until, caller=caller.identity)
                hidden = hides_from(call)
                if not hidden and (waits := restricted(reply, caller, request)) is not None:
                    reply = await waits
                answer = encode(masked(reply) if hidden else reply, codec)
                if disclose is not None and (recorded := disclose(reply, request, call, hidden=hidden)) is not None:
                    await recorded
                if positions is not None and call.effects is not None and call.effects.marks:
                    context.set_trailing_metadata(positions.trailer(call.effects.marks))
            except BaseException as err:
                await fail(err, inflight, context, body, codec=codec)
                raise
            calls.end(inflight, "OK")
            return answer

        return handle

    def _streaming(
        self, work: Callable[[Any, Call, InflightCall, Any], Awaitable[Any]]
    ) -> Callable[[Any, Any], Awaitable[Any]]:
        async def handle(incoming: Any, context: Any) -> Any:
            inflight, body = arrive(self._path, context, self._deadlines), b""
            try:
                self._shared.calls.begin(inflight)
                self._shared.callers.check(context)
                caller = await self._caller(inflight)
                self._count(inflight, caller)
                with self._shared.limiter.stream(caller):
                    if not self._shape[0]:
                        body = await first_message(inflight, context)
                    call = self._begin(inflight, caller)
                    if self._positions is not None and inflight.positions:
                        await self._positions.reach(inflight.positions, until=inflight.until, caller=caller.identity)
                    async with alongside(self._end_with_its_token(inflight)):
                        answer = await work(incoming if self._shape[0] else body, call, inflight, context)
            except BaseException as err:
                if self._shape[0] and isinstance(err, Exception):
                    await let_finish(incoming)
                await self._fail(err, inflight, context, body, codec=self.binary)
                raise
            self._shared.calls.end(inflight, "OK")
            return answer

        return handle

    async def _one_to_many(self, body: bytes, call: Call, inflight: InflightCall, context: Any) -> None:
        request, call = self._admit(inflight, call, body, self.binary)
        await self._send(self._serve(request, call), request, call, inflight=inflight, context=context)

    async def _many_to_one(
        self, bodies: AsyncIterator[bytes], call: Call, inflight: InflightCall, context: Any
    ) -> bytes:
        reply = await self._serve(self._receive(bodies, inflight), call)
        return self._encode(await self._for(reply, call), self.binary)

    async def _for(self, reply: Message, call: Call) -> Message:
        """The reply as the caller may see it."""
        if self._masking.hides_from(call):
            return self._masking.masked(reply)
        waits = self._restricting.shown(reply, call.caller)
        return await waits if waits is not None else reply

    async def _many_to_many(
        self, bodies: AsyncIterator[bytes], call: Call, inflight: InflightCall, context: Any
    ) -> None:
        replies = self._serve(self._receive(bodies, inflight), call)
        await self._send(replies, None, call, inflight=inflight, context=context)

    async def _caller(self, inflight: InflightCall) -> Caller:
        return self._shared.authenticator.remembered(inflight.authorization) or await self._verify(inflight)

    async def _verify(self, inflight: InflightCall) -> Caller:
        with self._shared.limiter.waiting(ANONYMOUS):
            return await self._shared.authenticator.verify(inflight.authorization)

    async def _end_with_its_token(self, inflight: InflightCall) -> None:
        """Raise when the token that opened a stream has expired or is denied; an unavailable issuer is ignored."""
        authenticator = self._shared.authenticator
        while True:
            await asyncio.sleep(TOKEN_CHECK_SECONDS)
            with suppress(IssuerUnavailable):
                if authenticator.remembered(inflight.authorization) is None:
                    await authenticator.verify(inflight.authorization)

    def _admit(self, inflight: InflightCall, call: Call, body: bytes, codec: Codec) -> tuple[Message, Call]:
        """The checked request, and the call with its request_id; raises the refusal of an invalid request."""
        request = codec.decode(body)
        self._decoder.check(request, MASK_BYTES if codec.escapes else body)
        self._page_tokens.open(request)
        if self._repeatable and (request_id := request.request_id):  # type: ignore[attr-defined]  # looked up at start
            inflight.request_id = request_id
            key = IdempotencyKey(
                request_id=request_id,
                caller=call.caller.namespace,
                fingerprint=fingerprint(self._path, request.SerializeToString(deterministic=True)),
            )
            call = msgspec.structs.replace(call, request=key)
        return request, call

    def _count(self, inflight: InflightCall, caller: Caller) -> None:
        """Set the caller of the call and count the call for its limits; TooManyCalls."""
        inflight.identity = caller
        inflight.caller = caller.subject
        self._shared.limiter.count(caller, inflight.started)

    def _begin(self, inflight: InflightCall, caller: Caller) -> Call:
        """The call of an authenticated caller; PermissionDenied if the caller lacks the method's permission,
        InvalidInput for an unknown purpose. This is checked before the request is validated, but after it has arrived,
        so that the trail can record its ids."""
        if self._permission not in caller.permissions:
            raise self._denied(self._permission, caller)
        traceparent = ""
        if self._shared.telemetry.sampled(inflight.traceparent):
            inflight.span = self._shared.telemetry.start(
                self._path, inflight.traceparent, kind=SERVER, about=named_as(inflight)
            )
            traceparent = inflight.span.traceparent
        return Call(
            caller=caller,
            method=self._path,
            traceparent=traceparent,
            locale=inflight.locale,
            effects=Effects() if self._asks_for_effects else None,
            answers=self._answers,
            purpose=purpose_of(caller, inflight.purpose),
        )

    def _denied(self, permission: str, caller: Caller) -> PermissionDenied:
        return PermissionDenied(permission, self._shared.policy.holders(permission, partner=bool(caller.partner_id)))

    async def _receive(self, bodies: AsyncIterator[bytes], inflight: InflightCall) -> AsyncIterator[Incoming[Message]]:
        async for body in at_most(bodies):
            inflight.patience = inflight.until
            yield self._decoder.receive(body)

    async def _send(
        self, replies: Any, request: Message | None, call: Call, *, inflight: InflightCall, context: Any
    ) -> None:
        known: set[str] = set()
        hidden = self._masking.hides_from(call)
        disclose = self._auditor.disclose if self._auditor.discloses else None
        async with aclosing(replies):
            async for reply in replies:
                reply = await self._for(reply, call)
                answer = self._encode(reply, self.binary)
                told = disclose(reply, request, call, known=known, hidden=hidden) if disclose is not None else None
                if told is not None:
                    await told
                await context.write(answer)
                inflight.messages += 1

    def _encode(self, reply: Message, codec: Codec) -> bytes:
        if type(reply) is not self._response:
            raise TypeError(f"{self._path} answered {type(reply).__name__}, not {self._response.__name__}")
        self._page_tokens.mark(reply)
        answer = codec.encode(reply)
        if len(answer) > MAX_RESPONSE_BYTES and reply.ByteSize() > MAX_RESPONSE_BYTES:
            raise TooLarge("the answer is larger than a client takes: ask for a smaller page", limit=MAX_RESPONSE_BYTES)
        return answer

    async def _fail(
        self, err: BaseException, inflight: InflightCall, context: Any, body: bytes, *, codec: Codec
    ) -> None:
        """End the call with the status of an error by aborting it; returns only for a cancellation, which the handler
        raises again."""
        err = interrupted(err, inflight) or err
        if not isinstance(err, Exception):
            self._shared.calls.end(inflight, "CANCELLED" if monotonic() < inflight.until else "DEADLINE_EXCEEDED")
            return
        status = self._status_of(err, inflight)
        self._shared.calls.end(inflight, _CODES[status.code].name)
        self._auditor.refuse(inflight, _CODES[status.code].name, body, codec.decode)
        trailer = ((TRAILER, status.SerializeToString()),)
        await context.abort(_CODES[status.code], status.message, trailer)

    def _status_of(self, err: Exception, inflight: InflightCall) -> Status:
        refusal = as_refusal(err)
        if refusal is None:
            inflight.reason = incident = unique()
            log.error("rpc_failed", method=self._path, incident=incident, cause=err)
            return bug_status(incident, inflight.language)
        inflight.reason = refusal.reason
        if isinstance(refusal, PermissionDenied) and refusal.roles is None:
            refusal = self._denied(refusal.permission, inflight.identity)
        if isinstance(refusal, TokenRevoked):
            inflight.identity = refusal.caller
        if isinstance(refusal, StoreUnavailable):
            self._on_store_unavailable()
        return refusal_status(refusal, inflight.language)


def _binary(reply: Message) -> bytes:
    return reply.SerializeToString()


def _permission(method: MethodDescriptor) -> str:
    permission = str(method.GetOptions().Extensions[options_pb2.access].permission)
    if not permission:
        raise TypeError(f"{method.full_name} has no permission (prm.options.v1.access): nobody may call it")
    return permission


def _find(servicer: object, method: MethodDescriptor) -> Callable[..., Any]:
    found = getattr(servicer, method.name, None)
    shaped = inspect.isasyncgenfunction if method.server_streaming else inspect.iscoroutinefunction
    if found is None or not shaped(found):
        wanted = "an async generator" if method.server_streaming else "a coroutine function"
        raise TypeError(f"{type(servicer).__name__}.{method.name} must be {wanted}")
    found_method: Callable[..., Any] = found
    return found_method
