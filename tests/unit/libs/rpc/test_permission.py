"""Nothing is done for, and nothing said about the request of, somebody who may not make the call, or makes too many."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from libs.call import Call, Caller
from libs.rpc.client import CallFailed
from libs.rpc.policy import Policy, Role
from tests.unit.libs.rpc.probe import IMPORT, SAVE, WATCH, LocalAdministrator, Probe, Running, message, serving
from tests.waiting import until

ROWS = ("probe.row.count", "probe.row.import", "probe.row.save", "probe.row.watch")
POLICY = Policy(
    {
        "administrator": Role(permissions=ROWS, calls_per_second=1000, concurrent_streams=100),
        "finance": Role(permissions=ROWS, calls_per_second=3, concurrent_streams=2),
        "marketing": Role(permissions=ROWS, calls_per_second=1000, concurrent_streams=2),
        "partner_sales": Role(permissions=ROWS[:1], calls_per_second=1000, concurrent_streams=1, partner=True),
    }
)


SELLER = {"authorization": "partner_sales ptn_1"}


class Known(LocalAdministrator):
    """Says who is calling by the role in the header, and what the policy gives the role."""

    def remembered(self, authorization: str) -> Caller | None:
        role, _, partner = authorization.partition(" ")
        permissions = POLICY.permissions_of([role], partner=bool(partner))
        return Caller(subject=f"dev:{role}", roles=(role,), partner_id=partner, permissions=permissions)


async def refused(running: Running, method: str, role: str, request: Any) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        await asked(running, method, role, request)
    return caught.value


async def asked(running: Running, method: str, role: str, request: Any) -> None:
    async def once() -> AsyncIterator[Any]:
        yield request

    headers = {"authorization": role}
    if method == SAVE:
        await running.client.call(method, request, attempts=1, headers=headers)
    elif method == WATCH:
        [one async for one in running.client.stream(method, request, headers=headers)]
    else:
        [one async for one in running.client.converse(method, once(), headers=headers)]


@pytest.mark.parametrize("method", [SAVE, WATCH, IMPORT])
async def test_a_call_without_its_permission_is_refused_whatever_is_wrong_with_it(method: str) -> None:
    probe = Probe()
    bad = message("WatchRequest") if method == WATCH else message("SaveRequest", quantity=-1)
    async with serving(probe, authenticator=Known(), policy=POLICY) as running:
        failed = await refused(running, method, "wizard", bad)
    permission = f"probe.row.{method.rpartition('/')[2].lower()}"
    assert (failed.code, failed.reason) == ("PERMISSION_DENIED", "PERMISSION_DENIED")
    assert failed.message == f"this needs the permission {permission}; it comes with administrator, finance, marketing"
    assert failed.metadata == {"permission": permission, "roles": "administrator, finance, marketing"}
    assert (failed.violations, probe.calls) == ((), [])


async def test_a_refused_stream_says_why_however_busy_its_client_is_sending() -> None:
    found = []
    async with serving(Probe(), authenticator=Known(), policy=POLICY) as running:
        for _ in range(50):
            rows = several(20)
            with pytest.raises(CallFailed) as caught:
                [one async for one in running.client.converse(IMPORT, rows, headers=SELLER)]
            found.append((caught.value.code, caught.value.reason))
    assert found == [("PERMISSION_DENIED", "PERMISSION_DENIED")] * 50


async def test_a_refused_stream_ends_although_its_client_does_not() -> None:
    async with serving(Probe(), authenticator=Known(), policy=POLICY) as running, asyncio.timeout(10):
        with pytest.raises(CallFailed, match="PERMISSION_DENIED"):
            [one async for one in running.client.converse(IMPORT, several(1, last=asyncio.Event()), headers=SELLER)]


async def several(count: int, *, last: asyncio.Event | None = None) -> AsyncIterator[Any]:
    for _ in range(count):
        yield message("SaveRequest", title="t")
    if last is not None:
        await last.wait()


async def test_a_partners_people_are_told_of_partner_roles_only() -> None:
    async with serving(Probe(), authenticator=Known(), policy=POLICY) as running:
        failed = await refused(running, SAVE, "partner_sales ptn_1", message("SaveRequest", title="t"))
    assert failed.message == "this needs the permission probe.row.save; no role that you could have comes with it"
    assert failed.metadata == {"permission": "probe.row.save", "roles": ""}


async def test_a_role_of_the_other_kind_gives_nothing() -> None:
    async with serving(Probe(), authenticator=Known(), policy=POLICY) as running:
        for role in ("partner_sales", "finance ptn_1"):
            assert (await refused(running, SAVE, role, message("SaveRequest", title="t"))).code == "PERMISSION_DENIED"


async def test_too_many_calls_are_refused_and_say_when_to_come_again() -> None:
    probe = Probe()
    async with serving(probe, authenticator=Known(), policy=POLICY) as running:
        request = message("SaveRequest", title="t")
        ended = await asyncio.gather(
            *(asked(running, SAVE, "finance", request) for _ in range(60)), return_exceptions=True
        )  # at once: on a slow machine the limit allows 3 more for every second that they take
        allowed = len(probe.calls)
        await asked(running, SAVE, "administrator", request)
    failed = next(one for one in ended if isinstance(one, CallFailed))
    assert allowed == ended.count(None) >= 3
    assert (failed.code, failed.reason, failed.metadata) == ("RESOURCE_EXHAUSTED", "TOO_MANY_CALLS", {"limit": "3"})
    assert 0 < (failed.retry_after_seconds or 0) <= 1 / 3


async def test_our_client_comes_again_when_it_is_told_to() -> None:
    probe = Probe()
    async with serving(probe, authenticator=Known(), policy=POLICY) as running:
        for _ in range(5):
            request = message("SaveRequest", request_id="r1", title="t")
            await running.client.call(SAVE, request, headers={"authorization": "finance"})
    assert len(probe.calls) == 5


async def test_calls_that_are_refused_are_counted_too() -> None:
    async with serving(Probe(), authenticator=Known(), policy=POLICY) as running:
        bad = message("SaveRequest", quantity=-1)
        codes = [(await refused(running, SAVE, "finance", bad)).code for _ in range(4)]
    assert codes == ["INVALID_ARGUMENT"] * 3 + ["RESOURCE_EXHAUSTED"]


async def test_streams_are_limited_while_they_are_open_and_free_their_place_however_they_end() -> None:
    begun = asyncio.Semaphore(0)

    async def wait(request: Any, call: Call) -> None:
        begun.release()
        if "open" in call.locale:
            await asyncio.Event().wait()

    request, headers = message("WatchRequest", count=1), {"authorization": "marketing", "accept-language": "open"}
    async with serving(Probe(wait), authenticator=Known(), policy=POLICY) as running:
        streams: list[Any] = [running.client.stream(WATCH, request, headers=headers) for _ in range(2)]
        for stream in streams:
            assert (await anext(stream)).id == "0"
            await asyncio.wait_for(begun.acquire(), 5)
        failed = await refused(running, WATCH, "marketing", request)
        await asked(running, SAVE, "marketing", message("SaveRequest", title="t"))
        await asked(running, WATCH, "administrator", request)
        await streams[0].aclose()
        await until(lambda: lets_through(running))
        await streams[1].aclose()
    assert (failed.code, failed.reason, failed.metadata) == ("RESOURCE_EXHAUSTED", "TOO_MANY_STREAMS", {"limit": "2"})
    assert failed.retry_after_seconds == 1.0


async def lets_through(running: Running) -> bool:
    try:
        await asked(running, WATCH, "marketing", message("WatchRequest", count=1))
    except CallFailed as err:
        if err.reason != "TOO_MANY_STREAMS":
            raise
        return False
    return True
