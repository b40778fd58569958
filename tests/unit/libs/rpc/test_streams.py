"""Streams through the wrapper: every message is checked, and a bad one does not end the others."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from libs.call import Call, Caller
from libs.errors import AppError, NotFound
from libs.rpc.client import CallFailed
from libs.rpc.decode import MAX_STREAMED_BYTES
from libs.rpc.identity.port import IssuerUnavailable, TokenExpired, TokenRevoked
from tests.unit.libs.rpc.probe import IMPORT, WATCH, LocalAdministrator, Probe, message, serving

ABROAD = "ptn_cn_01jz8c00000000000000000000"


async def several(*messages: Any) -> AsyncIterator[Any]:
    for one in messages:
        yield one


async def test_a_server_stream_yields_until_its_end() -> None:
    async with serving(Probe()) as running:
        answers = [one.id async for one in running.client.stream(WATCH, message("WatchRequest", count=3))]
    assert answers == ["0", "1", "2"]


async def test_a_stream_that_fails_in_the_middle_says_why() -> None:
    async def behave(request: Any, call: Call) -> None:
        raise NotFound("row", "7")

    answers: list[str] = []
    async with serving(Probe(behave)) as running:
        stream = running.client.stream(WATCH, message("WatchRequest", count=2))
        answers += [(await anext(stream)).id, (await anext(stream)).id]
        with pytest.raises(CallFailed) as caught:
            await anext(stream)
    assert (answers, caught.value.reason) == (["0", "1"], "NOT_FOUND")


async def test_a_streamed_message_that_breaks_a_rule_is_answered_like_the_others() -> None:
    rows = several(
        message("SaveRequest", id="1", title="t"),
        message("SaveRequest", id="2"),
        message("SaveRequest", id=ABROAD, title="t"),
        message("SaveRequest", id="4", title="t"),
    )
    async with serving(Probe()) as running:
        answers = [one.id async for one in running.client.converse(IMPORT, rows)]
    assert answers == ["1", "INVALID_INPUT", "WRONG_CELL", "4"]


async def test_a_streamed_message_may_be_larger_than_a_request_but_not_without_bound() -> None:
    async with serving(Probe()) as running:
        rows = several(message("SaveRequest", id="1", title="t", padding=b"x" * (MAX_STREAMED_BYTES - 100)))
        assert [one.id async for one in running.client.converse(IMPORT, rows)] == ["1"]
        rows = several(message("SaveRequest", id="1", title="t", padding=b"x" * MAX_STREAMED_BYTES))
        with pytest.raises(CallFailed) as caught:
            [one async for one in running.client.converse(IMPORT, rows)]
    assert caught.value.reason == "TOO_LARGE"


class LetsInOnce(LocalAdministrator):
    """Lets everybody in, and answers as it is told when it is asked again."""

    def __init__(self, later: AppError) -> None:
        self.later = later
        self.asked = 0
        self.asked_twice_again = asyncio.Event()

    def remembered(self, authorization: str) -> Caller | None:
        return None

    async def verify(self, authorization: str) -> Caller:
        self.asked += 1
        if self.asked > 2:
            self.asked_twice_again.set()
        if self.asked > 1:
            raise self.later
        return self.caller


@pytest.mark.parametrize("later", [TokenExpired(), TokenRevoked(LocalAdministrator.caller)])
async def test_a_stream_ends_with_the_token_that_opened_it(later: AppError) -> None:
    async def endless(request: Any, call: Call) -> None:
        await asyncio.Event().wait()

    async with serving(Probe(endless), authenticator=LetsInOnce(later)) as running:
        stream = running.client.stream(WATCH, message("WatchRequest", count=1))
        assert (await anext(stream)).id == "0"
        with pytest.raises(CallFailed) as caught:
            await anext(stream)
    assert (caught.value.code, caught.value.reason) == ("UNAUTHENTICATED", later.reason)


async def test_a_stream_that_waits_for_its_client_ends_with_its_token_too() -> None:
    async def endless() -> AsyncIterator[Any]:
        yield message("SaveRequest", id="1", title="t")
        await asyncio.Event().wait()

    async with serving(Probe(), authenticator=LetsInOnce(TokenExpired())) as running:
        stream = running.client.converse(IMPORT, endless())
        assert (await anext(stream)).id == "1"
        with pytest.raises(CallFailed) as caught:
            await anext(stream)
    assert caught.value.reason == "TOKEN_EXPIRED"


async def test_an_issuer_that_is_away_ends_no_stream() -> None:
    authenticator = LetsInOnce(IssuerUnavailable("away"))

    async def wait(request: Any, call: Call) -> None:
        await authenticator.asked_twice_again.wait()

    async with serving(Probe(wait), authenticator=authenticator) as running:
        answers = [one.id async for one in running.client.stream(WATCH, message("WatchRequest", count=1))]
    assert answers == ["0"]
