"""The Connect protocol around the wrapper: what goes in, what comes back, and what is refused before it."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from google.rpc import error_details_pb2

from libs.call import Call, Caller
from libs.errors import Contended, InvalidInput, Violation
from libs.rpc.client import CallFailed
from libs.rpc.http.face import PIECE_BYTES, PROTO
from libs.rpc.http.reading import MAX_JSON_BYTES
from libs.telemetry import Attributes, Telemetry
from tests.posting import Posted, post
from tests.unit.libs.rpc.probe import COUNT, PROBE, SAVE, WATCH, LocalAdministrator, Probe, Running, message, serving
from tests.waiting import until

SECONDS = 30.0
VALID = b'{"id": "x", "title": "t"}'


@asynccontextmanager
async def faced(probe: Probe | None = None) -> AsyncIterator[tuple[str, Running]]:
    """Where the probe is served by HTTP, and its server."""
    async with serving(probe or Probe()) as running:
        yield await running.server.start_http("127.0.0.1:0"), running


async def ask(body: bytes = VALID, path: str = SAVE, **options: Any) -> Posted:
    """The answer of a probe of its own."""
    async with faced() as (address, _):
        return await post(address, path, body, **options)


async def test_a_call_is_answered_in_json() -> None:
    answer = await ask()
    assert (answer.status, answer.headers["content-type"], answer.json) == (200, "application/json", {"id": "x"})


async def test_a_call_is_answered_in_protobuf() -> None:
    request = message("SaveRequest", id="x", title="t").SerializeToString()
    answer = await ask(request, headers={"content-type": PROTO})
    assert (answer.status, answer.headers["content-type"]) == (200, PROTO)
    assert answer.body == message("SaveResponse", id="x").SerializeToString()


async def test_the_servicer_gets_the_same_call_as_by_grpc() -> None:
    probe = Probe()
    async with faced(probe) as (address, running):
        sent = message("SaveRequest", id="x", title="t", quantity=7, request_id="r-1", labels={"b": "1", "a": "2"})
        await running.client.call(SAVE, sent)
        body = b'{"labels":{"a":"2","b":"1"},"requestId":"r-1","quantity":"7","title":"\\u0074","id":"x"}'
        headers = {"accept-language": "de-DE", "prm-purpose": "", "connect-protocol-version": "1"}
        assert (await post(address, SAVE, body, headers=headers)).status == 200
    by_grpc, by_json = probe.calls
    assert by_json.request == by_grpc.request
    assert by_json.request.fingerprint
    assert (by_json.caller, by_json.method, by_json.locale) == (by_grpc.caller, by_grpc.method, "de-DE")


@pytest.mark.parametrize(
    ("headers", "status", "refusal"),
    [
        ({"content-type": "text/plain"}, 415, ("invalid_argument", "MEDIA_TYPE_NOT_SUPPORTED")),
        ({"content-type": "application/connect+json"}, 415, ("invalid_argument", "MEDIA_TYPE_NOT_SUPPORTED")),
        ({"content-type": ""}, 415, ("invalid_argument", "MEDIA_TYPE_NOT_SUPPORTED")),
        ({"content-encoding": "gzip"}, 501, ("unimplemented", "ENCODING_NOT_SUPPORTED")),
        ({"connect-protocol-version": "2"}, 400, ("invalid_argument", "INVALID_INPUT")),
        ({"connect-timeout-ms": "soon"}, 400, ("invalid_argument", "INVALID_INPUT")),
        ({"connect-timeout-ms": "-1"}, 400, ("invalid_argument", "INVALID_INPUT")),
        ({"connect-timeout-ms": "99999999999"}, 400, ("invalid_argument", "INVALID_INPUT")),
        ({"connect-timeout-ms": "1"}, 504, ("deadline_exceeded", "DEADLINE_EXCEEDED")),
    ],
)
async def test_headers_of_another_protocol_are_refused(
    headers: dict[str, str], status: int, refusal: tuple[str, str]
) -> None:
    answer = await ask(headers=headers)
    assert (answer.status, answer.refusal) == (status, refusal)


@pytest.mark.parametrize(
    ("path", "verb", "status", "refusal"),
    [
        (f"{PROBE}/Nothing", "POST", 404, ("unimplemented", "METHOD_UNKNOWN")),
        ("", "POST", 404, ("unimplemented", "METHOD_UNKNOWN")),
        (f"{SAVE}/", "POST", 404, ("unimplemented", "METHOD_UNKNOWN")),
        (f"../{SAVE}", "POST", 404, ("unimplemented", "METHOD_UNKNOWN")),
        (SAVE, "GET", 405, ("unimplemented", "VERB_NOT_ALLOWED")),
        (SAVE, "OPTIONS", 405, ("unimplemented", "VERB_NOT_ALLOWED")),
        (WATCH, "POST", 501, ("unimplemented", "STREAM_NOT_SERVED")),
        (COUNT, "POST", 501, ("unimplemented", "STREAM_NOT_SERVED")),
    ],
)
async def test_a_path_or_verb_without_a_unary_method_is_refused(
    path: str, verb: str, status: int, refusal: tuple[str, str]
) -> None:
    answer = await ask(path=path, verb=verb)
    assert (answer.status, answer.refusal) == (status, refusal)


async def test_no_page_of_another_origin_may_call() -> None:
    answer = await ask(verb="OPTIONS", headers={"origin": "https://a.example", "access-control-request-method": "POST"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_a_refusal_is_that_of_grpc_with_all_details() -> None:
    async def refuse(*_: Any) -> None:
        raise InvalidInput([Violation("lines[2].quantity", "must be more than 0", "INT_GT")])

    async with faced(Probe(refuse)) as (address, running):
        with pytest.raises(CallFailed) as by_grpc:
            await running.client.call(SAVE, message("SaveRequest", title="t"))
        answer = await post(address, SAVE, VALID)
    assert answer.status == 400
    assert answer.refusal == ("invalid_argument", by_grpc.value.reason)
    [one] = answer.violations
    assert one == {"field": "lines[2].quantity", "description": "must be more than 0", "reason": "INT_GT"}
    assert answer.json["message"] == by_grpc.value.message


async def test_the_bytes_of_a_detail_are_those_of_its_message() -> None:
    answer = await ask(b'{"title": ""}')
    packed = next(one for one in answer.json["details"] if one["type"] == "google.rpc.BadRequest")
    found = error_details_pb2.BadRequest.FromString(b64decode(packed["value"] + "=="))
    assert [one.field for one in found.field_violations] == ["title"]


async def test_a_refusal_that_may_be_repeated_says_when() -> None:
    async def refuse(*_: Any) -> None:
        raise Contended("others write")

    async with faced(Probe(refuse)) as (address, _):
        answer = await post(address, SAVE, VALID)
    assert answer.status == 409
    assert answer.headers.get("retry-after", "1") == "1"


async def test_a_mask_is_found_however_it_is_written() -> None:
    """In the bytes of JSON, `***` may be escaped."""
    for name in (b"***", b"\\u002a\\u002A*"):
        answer = await ask(b'{"title": "t", "abroad": {"name": "' + name + b'"}}')
        assert [one["reason"] for one in answer.violations] == ["MASKED_VALUE"]


async def test_a_body_beyond_the_limit_is_refused_before_it_is_read() -> None:
    announced = await ask(b"{", headers={"content-length": str(MAX_JSON_BYTES + 1)})
    assert (announced.status, announced.refusal) == (429, ("resource_exhausted", "TOO_LARGE"))
    assert announced.headers["connection"] == "close"


async def test_a_body_beyond_the_limit_is_refused_while_it_is_read() -> None:
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    chunked = chunk * (MAX_JSON_BYTES // 0x10000 + 1) + b"0\r\n\r\n"
    answer = await ask(chunked, headers={"content-length": "", "transfer-encoding": "chunked"})
    assert (answer.status, answer.refusal) == (429, ("resource_exhausted", "TOO_LARGE"))


async def test_a_body_in_pieces_is_put_together() -> None:
    chunked = b"".join(b"1\r\n" + VALID[at : at + 1] + b"\r\n" for at in range(len(VALID))) + b"0\r\n\r\n"
    answer = await ask(chunked, headers={"content-length": "", "transfer-encoding": "chunked"})
    assert answer.json == {"id": "x"}


async def test_the_deadline_of_the_caller_ends_the_call() -> None:
    async def hang(*_: Any) -> None:
        await asyncio.Event().wait()

    async with faced(Probe(hang)) as (address, _):
        answer = await post(address, SAVE, VALID, headers={"connect-timeout-ms": "200"})
    assert (answer.status, answer.refusal) == (504, ("deadline_exceeded", "DEADLINE_EXCEEDED"))


async def test_a_bug_is_internal_with_an_incident_and_nothing_else() -> None:
    async def fail(*_: Any) -> None:
        raise KeyError("secret")

    async with faced(Probe(fail)) as (address, running):
        answer = await post(address, SAVE, VALID)
        log = running.log()
    assert (answer.status, answer.refusal) == (500, ("internal", "INTERNAL"))
    assert answer.detail("google.rpc.ErrorInfo")["metadata"]["incident"] in log
    assert b"secret" not in answer.body


async def test_the_documents_are_served_to_everybody_and_in_pieces() -> None:
    answer = await ask(b"", path="asyncapi.json", verb="GET")
    assert (answer.status, answer.json["asyncapi"]) == (200, "3.0.0")
    assert len(answer.body) > PIECE_BYTES
    assert (await ask(path="asyncapi.json")).status == 404
    assert (await ask(b"", path="../image.binpb", verb="GET")).status == 404


async def test_each_call_is_logged_once() -> None:
    async with faced() as (address, running):
        await post(address, SAVE, VALID)
        await until(lambda: running.log().count(f'"method":"/{SAVE}","code":"OK"') == 1)


async def test_a_client_that_goes_before_its_message_is_a_cancelled_call() -> None:
    probe = Probe()
    async with faced(probe) as (address, running):
        host, _, port = address.rpartition(":")
        _, writer = await asyncio.open_connection(host, int(port))
        head = f"POST /{SAVE} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{{"
        writer.write(head.encode())
        await until(lambda: running.server.http_connections == 1)
        writer.close()
        await until(lambda: '"code":"CANCELLED"' in running.log())
    assert not probe.calls


async def test_a_client_that_goes_cancels_its_call() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def hang(*_: Any) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with faced(Probe(hang)) as (address, running), asyncio.timeout(SECONDS):
        host, _, port = address.rpartition(":")
        _, writer = await asyncio.open_connection(host, int(port))
        head = f"POST /{SAVE} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(VALID)}"
        writer.write(f"{head}\r\n\r\n".encode() + VALID)
        await begun.wait()
        writer.close()
        await ended.wait()
        await until(lambda: '"code":"CANCELLED"' in running.log())
        assert running.server.http_connections == 0


async def test_of_two_tokens_none_is_taken() -> None:
    asked: list[str] = []

    class Recording(LocalAdministrator):
        def remembered(self, authorization: str) -> Caller | None:
            asked.append(authorization)
            return super().remembered(authorization)

    async with serving(Probe(), authenticator=Recording()) as running:
        address = await running.server.start_http("127.0.0.1:0")
        await post(address, SAVE, VALID, headers={"authorization": "Bearer a\r\nauthorization: Bearer b"})
    assert asked == ["Bearer a, Bearer b"]


async def test_a_call_is_measured_under_the_protocol_that_it_came_by() -> None:
    found: list[str] = []

    class Measuring(Telemetry):
        def durations(self, name: str, description: str) -> Callable[[float, Attributes], None]:
            return lambda _, about: found.append(str(about["rpc.system.name"]))

    async with serving(Probe(), telemetry=Measuring()) as running:
        address = await running.server.start_http("127.0.0.1:0")
        await post(address, SAVE, VALID)
        await running.client.call(SAVE, message("SaveRequest", id="x", title="t"))
        await until(lambda: len(found) == 2)
    assert found == ["connectrpc", "grpc"]


async def test_calls_finish_during_a_stop_and_later_ones_are_refused() -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def wait(request: Any, call: Call) -> None:
        begun.set()
        await go.wait()

    async with faced(Probe(wait)) as (address, running):
        first = asyncio.create_task(post(address, SAVE, VALID))
        await begun.wait()
        stopping = asyncio.create_task(running.server.drain(5))
        await until(lambda: stopped(address))
        go.set()
        assert (await first).json == {"id": "x"}
        await stopping


async def stopped(address: str) -> bool:
    """Whether a new call is refused because the process stops."""
    answer = await post(address, SAVE, VALID, headers={"connect-timeout-ms": "300"})
    return answer.refusal == ("unavailable", "STOPPING") and answer.headers["retry-after"] == "1"
