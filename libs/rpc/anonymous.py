"""Health and reflection, which can be called without a token. These calls are therefore limited in number and time, and
none of them holds a lock that another one waits for.

Watches have a limit of their own, because they stay open.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from grpc.aio import EOF  # type: ignore[attr-defined]  # grpc-stubs lack it
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse, HealthListResponse
from grpc_reflection.v1alpha import reflection
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest

MAX_CALLS, MAX_WATCHES = 100, 100
MESSAGE_SECONDS = 10.0
CALL_SECONDS, WATCH_SECONDS = 60.0, 7_200.0

HEALTH = "grpc.health.v1.Health"

Handlers = dict[str, "grpc.RpcMethodHandler[Any, Any]"]
Work = Callable[[Any, Any], Awaitable[Any]]


class Health:
    """The health of each service and, as "", of the process, for checks and watches."""

    def __init__(self) -> None:
        self._states: dict[str, int] = {"": HealthCheckResponse.SERVING}
        self._changed = asyncio.Event()  # replaced at every change
        self._closed = False

    def tell(self, service: str, *, serving: bool) -> None:
        """Set the health of a service and wake its watchers; no effect after `close`."""
        if not self._closed:
            self._states[service] = HealthCheckResponse.SERVING if serving else HealthCheckResponse.NOT_SERVING
            changed, self._changed = self._changed, asyncio.Event()
            changed.set()

    def close(self) -> None:
        """Set every service to NOT_SERVING, for good."""
        for service in self._states:
            self.tell(service, serving=False)
        self._closed = True

    def handlers(self, *, calls: int = MAX_CALLS, watches: int = MAX_WATCHES) -> Handlers:
        """The handlers by path. calls, watches: how many of each run at once at most."""
        asked, watching = _Bound(calls, CALL_SECONDS), _Bound(watches, WATCH_SECONDS)
        return {
            f"/{HEALTH}/Check": grpc.stream_unary_rpc_method_handler(asked.of(self._check)),
            f"/{HEALTH}/List": grpc.stream_unary_rpc_method_handler(asked.of(self._list)),
            f"/{HEALTH}/Watch": grpc.stream_stream_rpc_method_handler(watching.of(self._watch)),
        }

    async def _check(self, _: Any, context: Any) -> bytes:
        asked = await _read(context, HealthCheckRequest)
        state = self._states.get(asked.service)
        if state is None:
            await context.abort(grpc.StatusCode.NOT_FOUND)
        answer: bytes = HealthCheckResponse(status=state).SerializeToString()
        return answer

    async def _list(self, _: Any, context: Any) -> bytes:
        await _message(context)
        told = {service: HealthCheckResponse(status=state) for service, state in self._states.items()}
        answer: bytes = HealthListResponse(statuses=told).SerializeToString()
        return answer

    async def _watch(self, _: Any, context: Any) -> None:
        asked = await _read(context, HealthCheckRequest)
        told: int | None = None
        while True:
            changed = self._changed
            state = self._states.get(asked.service, HealthCheckResponse.SERVICE_UNKNOWN)
            if state != told:
                told = state
                await context.write(HealthCheckResponse(status=state).SerializeToString())
            else:
                await changed.wait()


def reflection_handlers(services: list[str]) -> Handlers:
    """The handler of the reflection service for these services, by path."""
    servicer = reflection.aio.ReflectionServicer(services)  # type: ignore[attr-defined]  # no stubs
    bound = _Bound(MAX_CALLS, CALL_SECONDS)

    async def reflect(_: Any, context: Any) -> None:
        async for answer in servicer.ServerReflectionInfo(_questions(context), context):
            await context.write(answer.SerializeToString())

    handler = grpc.stream_stream_rpc_method_handler(bound.of(reflect))
    return {f"/{reflection.SERVICE_NAME}/ServerReflectionInfo": handler}


class _Bound:
    """Limits the calls that run at once to `most`, and each to `seconds`."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._running = 0

    def of(self, work: Work) -> Work:
        """A handler that runs `work` within this limit; the limit is shared by all its handlers. A call beyond it fails
        with RESOURCE_EXHAUSTED, one that takes too long with DEADLINE_EXCEEDED."""

        async def bounded(incoming: Any, context: Any) -> Any:
            if self._running >= self._most:
                await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, f"more than {self._most} such calls at once")
            self._running += 1
            try:
                async with asyncio.timeout(self._seconds):
                    return await work(incoming, context)
            except TimeoutError:
                await context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "the time for this call is over")
            finally:
                self._running -= 1

        return bounded


async def _message(context: Any) -> Any:
    """The next message of a call; EOF if the caller has ended its stream, TimeoutError after MESSAGE_SECONDS."""
    async with asyncio.timeout(MESSAGE_SECONDS):
        return await context.read()


async def _read(context: Any, kind: Any) -> Any:
    """The only message of a call, parsed; aborts the call with INVALID_ARGUMENT if it cannot be parsed."""
    body = await _message(context)
    try:
        return kind.FromString(b"" if body is EOF else body)
    except DecodeError:
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"the body is not a {kind.DESCRIPTOR.full_name}")


async def _questions(context: Any) -> AsyncIterator[ServerReflectionRequest]:
    while (body := await _message(context)) is not EOF:
        try:
            question = ServerReflectionRequest.FromString(body)
        except DecodeError:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the body is no question of reflection")
        yield question
