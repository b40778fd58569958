"""Streams through the wrapper: every message is checked, and a bad one does not end the others."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from libs.call import Call
from libs.errors import NotFound
from libs.rpc.client import CallFailed
from libs.rpc.decode import MAX_STREAMED_BYTES
from tests.unit.libs.rpc.probe import IMPORT, WATCH, Probe, message, serving

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
