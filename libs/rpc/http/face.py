"""The ASGI app that serves the unary methods of a process to callers without gRPC."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import msgspec

import libs.pb
from libs.errors import InvalidInput
from libs.rpc.codec import Codec
from libs.rpc.http.call import Aborted, Head, HttpCall
from libs.rpc.http.errors import (
    JSON,
    Answer,
    EncodingNotSupported,
    MediaTypeNotSupported,
    MethodUnknown,
    StreamNotServed,
    VerbNotAllowed,
    answer_of,
    refused,
)
from libs.rpc.http.reading import JsonReader, ReadingPlans
from libs.rpc.http.writing import JsonWriter, WritingPlans
from libs.rpc.method import Method
from libs.web.port import Receive, Scope, Send

PROTO = "application/proto"
FOLDER = Path(next(iter(libs.pb.__path__)))
PIECE_BYTES = 64 * 1024  # written at once: a client that does not read holds no more

_POST = (("allow", "POST"),)
_ACCEPT = (("accept-post", f"{JSON}, {PROTO}"),)
_ENCODING = (("accept-encoding", "identity"),)
_TRAILER = "trailer-"


class _Served(msgspec.Struct, frozen=True):
    """A method for bodies of one type. max_bytes: of a body."""

    handle: Callable[[None, HttpCall], Awaitable[bytes]]
    max_bytes: int


class Face:
    """Serves these methods, by path, and the documents that describe them. A method's plans are made when it is first
    called."""

    def __init__(self, methods: Mapping[str, Method]) -> None:
        self._methods = methods
        self._documents = _documents()
        self._reading, self._writing = ReadingPlans(), WritingPlans()
        self._served: dict[tuple[str, str], _Served] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Of ASGI. Returns without an answer if the caller has gone."""
        answer = await self._answer(scope, receive)
        if answer is None:
            return
        headers = [("content-type", answer.media), ("content-length", str(len(answer.body))), *answer.headers]
        raw = [(name.encode(), value.encode()) for name, value in headers]
        await send({"type": "http.response.start", "status": answer.status, "headers": raw})
        at = 0
        while len(answer.body) - at > PIECE_BYTES:
            await send({"type": "http.response.body", "body": answer.body[at : at + PIECE_BYTES], "more_body": True})
            at += PIECE_BYTES
        await send({"type": "http.response.body", "body": answer.body[at:]})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer | None:
        """None if the caller has gone."""
        try:
            head = Head.of(scope["headers"])
        except InvalidInput as err:
            return _closing(refused(err))
        if (wrong := self._misdirected(scope, head)) is not None:
            call = HttpCall(head, scope, receive, max_bytes=0)
            return wrong if await call.drain() else _closing(wrong)
        served = self._serve(scope["path"], head.media)
        call = HttpCall(head, scope, receive, max_bytes=served.max_bytes)
        try:
            with call.ends_with_its_client():
                body = await served.handle(None, call)
        except Aborted as err:
            answer = answer_of(err.status, _trailers(call))
            return answer if not call.unread or await call.drain() else _closing(answer)
        except asyncio.CancelledError:
            if call.gone:
                return None
            raise
        return Answer(200, body, head.media, _trailers(call))

    def _misdirected(self, scope: Scope, head: Head) -> Answer | None:
        """The refusal of a request that is none of a unary method."""
        method = self._methods.get(scope["path"])
        if method is None:
            if scope["method"] == "GET" and (found := self._documents.get(scope["path"])) is not None:
                return Answer(200, found)
            return refused(MethodUnknown(), status=404)
        if scope["method"] != "POST":
            return refused(VerbNotAllowed(), status=405, headers=_POST)
        if not method.unary:
            return refused(StreamNotServed())
        if head.media not in (JSON, PROTO):
            return refused(MediaTypeNotSupported(), status=415, headers=_ACCEPT)
        if head.encoding != "identity":
            return refused(EncodingNotSupported(), headers=_ENCODING)
        return None

    def _serve(self, path: str, media: str) -> _Served:
        if (found := self._served.get((path, media))) is None:
            found = self._served[path, media] = self._made(self._methods[path], media)
        return found

    def _made(self, method: Method, media: str) -> _Served:
        if media == PROTO:
            return _Served(method.handle(method.binary), method.max_bytes)
        reader = JsonReader(method.descriptor.input_type, self._reading, max_bytes=method.max_bytes)
        writer = JsonWriter(method.descriptor.output_type, self._writing)
        return _Served(method.handle(Codec(reader.read, writer.write, escapes=True)), reader.max_bytes)


def _documents() -> dict[str, bytes]:
    """What describes the methods and events, by path; without what `make proto` has not made."""
    made = {f"/{name}": FOLDER / name for name in ("openapi.json", "asyncapi.json")}
    return {path: file.read_bytes() for path, file in made.items() if file.exists()}


def _trailers(call: HttpCall) -> tuple[tuple[str, str], ...]:
    return tuple((_TRAILER + name, value) for name, value in call.trailers)


def _closing(answer: Answer) -> Answer:
    """The answer, after which the connection closes, because the body of the request was not read to its end."""
    return Answer(answer.status, answer.body, answer.media, (*answer.headers, ("connection", "close")))
