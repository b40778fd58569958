"""The client repeats only what the server says it did not do, a bounded number of times, with the same request id."""

from typing import Any

import pytest

from libs.call import Call
from libs.errors import Contended, StoreUnavailable
from libs.rpc.client import ATTEMPTS, CallFailed
from tests.unit.libs.rpc.probe import SAVE, Probe, message, serving


class Away(StoreUnavailable):
    """Gone for an instant."""

    retry_after_seconds = 0.01


class Failing:
    """Fails so often, then answers."""

    def __init__(self, err: Exception, times: int) -> None:
        self._err = err
        self._left = times

    async def behave(self, request: Any, call: Call) -> None:
        if self._left:
            self._left -= 1
            raise self._err


async def test_a_call_that_was_not_done_is_repeated_with_the_same_request_id() -> None:
    probe = Probe(Failing(Away("gone"), ATTEMPTS - 1).behave)
    async with serving(probe) as running:
        await running.client.call(SAVE, message("SaveRequest", request_id="r1", title="t"))
    assert [call.request for call in probe.calls] == [probe.calls[0].request] * ATTEMPTS


async def test_repeating_has_an_end() -> None:
    probe = Probe(Failing(Away("gone"), 99).behave)
    async with serving(probe) as running:
        with pytest.raises(CallFailed, match="UNAVAILABLE"):
            await running.client.call(SAVE, message("SaveRequest", title="t"))
    assert len(probe.calls) == ATTEMPTS


async def test_other_refusals_are_not_repeated() -> None:
    probe = Probe(Failing(Contended("busy"), 1).behave)
    async with serving(probe) as running:
        with pytest.raises(CallFailed, match="ABORTED"):
            await running.client.call(SAVE, message("SaveRequest", title="t"))
    assert len(probe.calls) == 1
