"""One call through the wrapper: what is refused before the servicer sees it, and how every end of a call looks."""

import json
from typing import Any

import grpc
import msgspec
import pytest
from google.rpc import error_details_pb2 as details
from google.rpc.status_pb2 import Status
from grpc import aio

from libs.call import Call
from libs.errors import AppError, Code, EtagMismatch, InvalidInput, NotFound, StoreUnavailable, Violation, WrongState
from libs.rpc.client import CallFailed
from libs.rpc.decode import MAX_REQUEST_BYTES
from libs.rpc.method import MAX_RESPONSE_BYTES
from libs.store.port import LimitExceeded, UniqueViolation
from tests.unit.libs.rpc.probe import SAVE, LocalAdministrator, Probe, message, plain, serving

HOME = "row_de_01jz8c00000000000000000000"
ABROAD = "ptn_cn_01jz8c00000000000000000000"
NOWHERE = "ptn_xx_01jz8c00000000000000000000"


async def refused(probe: Probe, request: Any, *, headers: dict[str, str] | None = None) -> CallFailed:
    async with serving(probe) as running:
        with pytest.raises(CallFailed) as caught:
            await running.client.call(SAVE, request, attempts=1, headers=headers)
    return caught.value


def raising(err: BaseException) -> Probe:
    async def behave(request: Any, call: Call) -> None:
        raise err

    return Probe(behave)


async def test_a_servicer_gets_the_request_and_the_circumstances_of_the_call() -> None:
    probe = Probe()
    async with serving(probe) as running:
        headers = {"accept-language": "pt-BR,pt;q=0.8"}
        answer = await running.client.call(SAVE, message("SaveRequest", id=HOME, title="t"), headers=headers)
    expected = Call(caller=LocalAdministrator.caller, method=f"/{SAVE}", locale="pt-BR", purpose="operations")
    assert (answer, probe.calls) == (message("SaveResponse", id=HOME), [expected])


async def test_a_language_that_is_none_becomes_english() -> None:
    probe = Probe()
    async with serving(probe) as running:
        for language in ("*", "x" * 5_000, "de DE", ""):
            await running.client.call(SAVE, message("SaveRequest", title="t"), headers={"accept-language": language})
    assert [call.locale for call in probe.calls] == ["en"] * 4


async def test_a_refusal_is_told_in_the_language_of_the_caller_and_a_bug_too() -> None:
    for language, begins in (
        ("de-AT,de;q=0.9", "Der Datensatz wurde"),
        ("tlh, zh-TW", "您讀取之後"),
        ("tlh", "row "),
    ):
        failed = await refused(
            raising(EtagMismatch("row", HOME, "7")),
            message("SaveRequest", title="t"),
            headers={"accept-language": language},
        )
        assert (failed.reason, failed.localized.startswith(begins)) == ("ETAG_MISMATCH", True), failed.localized
        assert failed.message.isascii()
    failed = await refused(
        raising(ValueError()), message("SaveRequest", title="t"), headers={"accept-language": "fr;q=0.4, pt;q=0.5"}
    )
    assert (failed.code, failed.localized[:12]) == ("INTERNAL", "Erro interno")


async def test_equal_requests_have_equal_fingerprints_and_others_others() -> None:
    probe = Probe()
    async with serving(probe) as running:
        for title in ("a", "a", "b"):
            await running.client.call(SAVE, message("SaveRequest", request_id="r1", title=title))
        await running.client.call(SAVE, message("SaveRequest", title="a"))
    first, again, other, unprotected = (call.request for call in probe.calls)
    assert first == again
    assert first.fingerprint != other.fingerprint
    assert (first.request_id, first.caller) == ("r1", "local")
    assert (unprotected.request_id, unprotected.fingerprint) == ("", "")


async def test_every_violation_is_in_one_answer_with_its_path() -> None:
    request = message("SaveRequest", id="x" * 49, quantity=-1, tags=["ok", "toolong"], labels={"k": "toolong"})
    failed = await refused(Probe(), request)
    assert (failed.code, failed.reason) == ("INVALID_ARGUMENT", "INVALID_INPUT")
    assert failed.violations == (
        Violation("id", "must be at most 48 characters", "STRING_MAX_LEN"),
        Violation("title", "must be at least 1 characters", "STRING_MIN_LEN"),
        Violation("quantity", "must be greater than or equal to 0", "INT64_GTE"),
        Violation("tags[1]", "must be at most 5 characters", "STRING_MAX_LEN"),
        Violation('labels["k"]', "must be at most 5 characters", "STRING_MAX_LEN"),
    )


async def test_violations_are_told_in_the_language_of_the_caller_too() -> None:
    request = message("SaveRequest", id="x" * 49, title="t")
    failed = await refused(Probe(), request, headers={"accept-language": "de"})
    assert failed.violations == (Violation("id", "must be at most 48 characters", "STRING_MAX_LEN"),)
    assert failed.localized_violations == (Violation("id", "ist zu lang", "STRING_MAX_LEN"),)
    failed = await refused(Probe(), request)
    assert failed.localized_violations == failed.violations


async def raw_refusal(body: bytes) -> CallFailed:
    async with serving(Probe()) as running, plain(running.address) as channel:
        with pytest.raises(aio.AioRpcError) as caught:
            await channel.unary_unary(f"/{SAVE}")(body)
    trailer: Any = caught.value.trailing_metadata()
    status = Status.FromString(next(value for key, value in trailer if key == "grpc-status-details-bin"))
    return CallFailed(caught.value.code().name, caught.value.details() or "", status)


async def test_strings_that_are_not_utf8_are_named() -> None:
    owner = message("Owner", name="AAAA").SerializeToString()
    good = message("SaveRequest", title="BBBB", tags=["a", "CCCC"]).SerializeToString()
    body = (good + b"\x2a" + bytes([len(owner)]) + owner).replace(b"AAAA", b"\xff\xfe\xfd\xfc")
    failed = await raw_refusal(body.replace(b"BBBB", b"\xc3\x28\xa0\xa1").replace(b"CCCC", b"\xf0\x28\x8c\xbc"))
    assert (failed.code, failed.reason) == ("INVALID_ARGUMENT", "INVALID_INPUT")
    assert {(v.field, v.reason) for v in failed.violations} == {
        ("title", "NOT_UTF8"),
        ("tags[1]", "NOT_UTF8"),
        ("owners[0].name", "NOT_UTF8"),
    }


@pytest.mark.parametrize("body", [b"\x0a\xff", b"\xff" * 30, b"\x0b"])
async def test_a_body_that_is_no_message_is_refused_as_such(body: bytes) -> None:
    failed = await raw_refusal(body)
    assert failed.code == "INVALID_ARGUMENT"
    assert failed.violations == (Violation("", "the body is not a prm.probe.v1.SaveRequest", "MALFORMED"),)


async def test_an_oversize_request_is_refused_with_both_sizes() -> None:
    request = message("SaveRequest", title="t", padding=b"x" * MAX_REQUEST_BYTES)
    failed = await refused(Probe(), request)
    assert (failed.code, failed.reason) == ("RESOURCE_EXHAUSTED", "TOO_LARGE")
    assert failed.metadata == {"size_bytes": str(request.ByteSize()), "limit_bytes": str(MAX_REQUEST_BYTES)}


async def test_an_answer_larger_than_clients_take_is_refused() -> None:
    async def behave(request: Any, call: Call) -> Any:
        return message("SaveResponse", padding=b"x" * MAX_RESPONSE_BYTES)

    failed = await refused(Probe(behave), message("SaveRequest", title="t"))
    assert (failed.code, failed.reason) == ("RESOURCE_EXHAUSTED", "TOO_LARGE")


@pytest.mark.parametrize(
    ("request_fields", "field", "subject"),
    [
        ({"id": ABROAD}, "id", ABROAD),
        ({"owners": [{"partner_id": HOME}, {"partner_id": ABROAD}]}, "owners[1].partner_id", ABROAD),
        ({"member_ids": [HOME, ABROAD]}, "member_ids[1]", ABROAD),
        ({"country": "CN"}, "country", "country CN"),
        ({"countries": ["DE", "CN"]}, "countries[1]", "country CN"),
    ],
)
async def test_what_another_cell_has_is_refused_with_the_way_there(
    request_fields: dict[str, Any], field: str, subject: str
) -> None:
    failed = await refused(Probe(), message("SaveRequest", title="t", **request_fields))
    assert (failed.code, failed.reason) == ("FAILED_PRECONDITION", "WRONG_CELL")
    told = {"subject": subject, "field": field, "here": "de", "cell": "cn", "endpoint": "cn.example:443"}
    assert failed.metadata == told


async def test_an_id_of_an_unknown_cell_is_refused_without_a_way_there() -> None:
    failed = await refused(Probe(), message("SaveRequest", title="t", id=NOWHERE))
    assert failed.metadata == {"subject": NOWHERE, "field": "id", "here": "de", "cell": "xx", "endpoint": ""}


async def test_a_country_that_no_known_cell_serves_is_refused_without_a_way_there() -> None:
    failed = await refused(Probe(), message("SaveRequest", title="t", country="NG"))
    assert failed.metadata == {"subject": "country NG", "field": "country", "here": "de", "cell": "", "endpoint": ""}


async def test_what_is_no_country_and_whoever_may_live_anywhere_have_no_other_home() -> None:
    async with serving(Probe()) as running:
        for fields in ({"country": "XZ"}, {"country": "DE"}, {"abroad": {"address": {"country": "CN"}}}):
            await running.client.call(SAVE, message("SaveRequest", title="t", **fields))


async def test_ids_that_others_gave_are_nobodys_home() -> None:
    async with serving(Probe()) as running:
        request = message("SaveRequest", title="t", id=HOME, external_id=ABROAD, request_id=ABROAD, tags=["ptn"])
        assert (await running.client.call(SAVE, request)).id == HOME


async def test_an_unknown_method_is_unimplemented() -> None:
    async with serving(Probe()) as running, plain(running.address) as channel:
        with pytest.raises(aio.AioRpcError) as caught:
            await channel.unary_unary("/prm.probe.v1.ProbeService/Nothing")(b"")
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


class Full(AppError):
    """A refusal of the probe's own."""

    code, reason = Code.RESOURCE_EXHAUSTED, "FULL"
    retry_after_seconds = 2.5


@pytest.mark.parametrize(
    ("err", "code", "reason"),
    [
        (NotFound("row", HOME), "NOT_FOUND", "NOT_FOUND"),
        (Full("no room", limit=3), "RESOURCE_EXHAUSTED", "FULL"),
        (InvalidInput([Violation("a.b", "is wrong", "WRONG")]), "INVALID_ARGUMENT", "INVALID_INPUT"),
        (UniqueViolation("row", "title"), "ALREADY_EXISTS", "DUPLICATE"),
        (LimitExceeded("101 writes"), "RESOURCE_EXHAUSTED", "TOO_LARGE"),
        (StoreUnavailable("gone"), "UNAVAILABLE", "STORE_UNAVAILABLE"),
        (TimeoutError(), "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED"),
        (KeyError("Max Mustermann"), "INTERNAL", "INTERNAL"),
        (msgspec.ValidationError("Max Mustermann"), "INTERNAL", "INTERNAL"),
        (
            ExceptionGroup("tasks", [StoreUnavailable("gone"), StoreUnavailable("gone")]),
            "UNAVAILABLE",
            "STORE_UNAVAILABLE",
        ),
        (ExceptionGroup("Max Mustermann", [NotFound("row", HOME), KeyError("x")]), "INTERNAL", "INTERNAL"),
    ],
)
async def test_every_error_has_its_code_and_reason(err: BaseException, code: str, reason: str) -> None:
    failed = await refused(raising(err), message("SaveRequest", title="t"))
    assert (failed.code, failed.reason) == (code, reason)
    assert "Mustermann" not in failed.message


async def test_metadata_violations_and_retry_survive_the_way_to_the_client() -> None:
    full = await refused(raising(Full("no room", limit=3)), message("SaveRequest", title="t"))
    assert (full.metadata, full.retry_after_seconds, full.message) == ({"limit": "3"}, 2.5, "no room")
    violations = (Violation("lines[2].quantity", "is wrong", "WRONG"), Violation("é", "不对", "ODD"))
    invalid = await refused(raising(InvalidInput(violations)), message("SaveRequest", title="t"))
    assert invalid.violations == violations


async def test_a_failed_precondition_says_what_stands_in_the_way() -> None:
    err = WrongState("row", HOME, Code.NOT_FOUND, "save", [Code.ABORTED])
    async with serving(raising(err)) as running, plain(running.address) as channel:
        with pytest.raises(aio.AioRpcError) as caught:
            await channel.unary_unary(f"/{SAVE}")(message("SaveRequest", title="t").SerializeToString())
    trailer: Any = caught.value.trailing_metadata()
    status = Status.FromString(next(value for key, value in trailer if key == "grpc-status-details-bin"))
    precondition, localized = details.PreconditionFailure(), details.LocalizedMessage()
    assert any(packed.Unpack(precondition) for packed in status.details)
    assert any(packed.Unpack(localized) for packed in status.details)
    violation = details.PreconditionFailure.Violation(type="WRONG_STATE", subject=HOME, description=err.message)
    assert precondition == details.PreconditionFailure(violations=[violation])
    assert localized == details.LocalizedMessage(locale="en", message=err.message)


async def test_an_answer_of_another_type_is_a_bug() -> None:
    async def behave(request: Any, call: Call) -> Any:
        return message("Owner", name="x")

    assert (await refused(Probe(behave), message("SaveRequest", title="t"))).code == "INTERNAL"


async def test_a_store_that_is_away_is_reported_for_readiness() -> None:
    async with serving(raising(StoreUnavailable("gone"))) as running:
        with pytest.raises(CallFailed):
            await running.client.call(SAVE, message("SaveRequest", title="t"), attempts=1)
        assert running.on_store_unavailable.is_set()


async def test_one_line_per_call_and_nothing_of_the_request_in_it() -> None:
    async with serving(Probe()) as running:
        await running.client.call(SAVE, message("SaveRequest", request_id="r1", id=HOME, title="Max Mustermann"))
        with pytest.raises(CallFailed):
            await running.client.call(SAVE, message("SaveRequest", title="Max Mustermann" * 9))
        lines = [json.loads(line) for line in running.log().splitlines()]
        assert "Mustermann" not in running.log()
    shown = [{key: value for key, value in line.items() if key not in ("time", "ms")} for line in lines]
    common = {"event": "rpc", "level": "info", "method": f"/{SAVE}", "caller": "local"}
    assert shown == [
        common | {"code": "OK", "request_id": "r1"},
        common | {"code": "INVALID_ARGUMENT", "reason": "INVALID_INPUT"},
    ]


async def test_a_bug_is_logged_with_its_place_but_without_the_value_it_choked_on() -> None:
    async with serving(raising(KeyError("Max Mustermann"))) as running:
        with pytest.raises(CallFailed) as caught:
            await running.client.call(SAVE, message("SaveRequest", title="t"))
        bug, line = (json.loads(line) for line in running.log().splitlines())
        assert "Mustermann" not in running.log()
    assert (bug["event"], bug["level"], bug["cause"]) == ("rpc_failed", "error", "KeyError")
    assert "test_wrapper.py" in bug["trace"][-1]
    assert caught.value.metadata == {"incident": bug["incident"]} == {"incident": line["reason"]}
