"""A post is bounded in time, size and place, whatever the other side does."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.authority import issue_all
from libs.outbound.posting import READ_BYTES, Answer, Failure, Poster
from tests.component.hooks.harness import Names
from tests.component.hooks.receiving import Inbox, receiving, saying

LONG, SHORT = 20.0, 0.3


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    async with receiving() as found:
        yield found


async def post(url: str, names: Names | None = None, *, loopback: bool = True, seconds: float = LONG) -> Answer:
    async with Poster(names or Names(), loopback=loopback, total_seconds=seconds) as poster:
        return await poster.post(url, b"{}", {"webhook-id": "evt_1"})


def named(inbox: Inbox, host: str = "erp.example") -> str:
    return f"http://{host}:{inbox.port}/hooks"


async def test_a_post_arrives_with_the_name_as_its_host(inbox: Inbox) -> None:
    assert await post(named(inbox)) == Answer(status=204)
    assert inbox.got[0].headers["host"] == f"erp.example:{inbox.port}"
    assert inbox.got[0].body == b"{}"


async def test_a_redirect_is_an_answer_and_is_not_followed(inbox: Inbox) -> None:
    inbox.answer, inbox.headers = 302, {"Location": inbox.url}
    assert (await post(inbox.url)).status == 302
    assert len(inbox.got) == 1


@pytest.mark.parametrize(
    "answer", ["10.0.0.7", "127.0.0.1", "::1", "169.254.169.254", "::ffff:10.0.0.7", "64:ff9b::7f00:1", "100.64.0.1"]
)
async def test_a_name_with_a_private_address_is_not_called(inbox: Inbox, answer: str) -> None:
    assert (await post(named(inbox), Names(answer), loopback=False)).failure is Failure.ADDRESS_REFUSED
    assert not inbox.got


async def test_one_private_address_among_public_ones_is_enough_to_refuse(inbox: Inbox) -> None:
    names = Names("93.184.216.34 127.0.0.1")
    assert (await post(named(inbox), names, loopback=False)).failure is Failure.ADDRESS_REFUSED
    assert not inbox.got


async def test_an_address_in_the_url_is_checked_too(inbox: Inbox) -> None:
    assert (await post(inbox.url, loopback=False)).failure is Failure.ADDRESS_REFUSED
    assert not inbox.got


async def test_a_name_that_changes_its_address_after_the_check_is_called_where_it_was_checked(inbox: Inbox) -> None:
    names = Names("127.0.0.1", "127.0.0.2")
    assert (await post(named(inbox), names)).status == 204
    assert names.asked == 1


async def test_a_name_that_becomes_private_is_refused_at_its_next_connection(inbox: Inbox) -> None:
    names = Names("127.0.0.1", "10.0.0.7")
    async with Poster(names, loopback=True) as poster:
        inbox.headers = {"Connection": "close"}
        first = await poster.post(named(inbox), b"{}", {})
        second = await poster.post(named(inbox), b"{}", {})
    assert (first.status, second.failure) == (204, Failure.ADDRESS_REFUSED)
    assert names.asked == 2


async def test_an_answer_without_end_is_read_to_its_bound() -> None:
    async with saying(b"HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n", again=True) as url:
        assert await post(url) == Answer(status=200, read_bytes=READ_BYTES)


async def test_a_receiver_that_hangs_is_left_in_time() -> None:
    async with saying(b"") as url:
        assert await post(url, seconds=SHORT) == Answer(failure=Failure.TIMED_OUT)


async def test_an_answer_that_drips_is_left_in_time() -> None:
    async with saying(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx") as url:
        assert await post(url, seconds=SHORT) == Answer(failure=Failure.TIMED_OUT)


@pytest.mark.parametrize("said", [b"220 mail.example ESMTP\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"])
async def test_what_is_not_http_is_a_failure(said: bytes) -> None:
    async with saying(said) as url:
        assert (await post(url)).failure is Failure.PROTOCOL_FAILED


async def test_headers_without_end_are_a_failure() -> None:
    async with saying(b"HTTP/1.1 200 OK\r\nX: ", again=True) as url:
        assert (await post(url)).failure is Failure.PROTOCOL_FAILED


async def test_nobody_there_is_a_failure(inbox: Inbox) -> None:
    async with receiving() as gone:
        url = gone.url
    assert (await post(url)).failure is Failure.UNREACHABLE


async def test_proxies_of_the_environment_are_not_used(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await post(named(inbox))).status == 204


async def test_a_certificate_of_another_name_is_refused(tmp_path: Path) -> None:
    issue_all(tmp_path, ["erp.example"], days=2)
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(tmp_path / "erp.example" / "tls.crt", tmp_path / "erp.example" / "tls.key")
    trusting = ssl.create_default_context(cafile=str(tmp_path / "erp.example" / "ca.crt"))
    async with receiving(serving) as inbox, Poster(Names(), loopback=True, tls=trusting) as poster:
        right = await poster.post(f"https://erp.example:{inbox.port}/", b"{}", {})
        wrong = await poster.post(f"https://crm.example:{inbox.port}/", b"{}", {})
    assert (right.status, wrong.failure) == (204, Failure.TLS_FAILED)
    assert len(inbox.got) == 1


async def test_a_certificate_of_an_unknown_authority_is_refused(tmp_path: Path) -> None:
    issue_all(tmp_path, ["erp.example"], days=2)
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(tmp_path / "erp.example" / "tls.crt", tmp_path / "erp.example" / "tls.key")
    async with receiving(serving) as inbox:
        found = await post(f"https://erp.example:{inbox.port}/")
    assert found.failure is Failure.TLS_FAILED
