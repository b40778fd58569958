"""What calls leave in the trail: that they showed personal data, before it leaves, and that they were refused."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from msgspec.structs import replace

from libs.call import Call, Caller, CallOutcome, CallRecord
from libs.clock import SteppedClock
from libs.errors import AppError, Code, NotFound, StoreUnavailable
from libs.pb.prm.common.v1 import person_pb2
from libs.rpc.client import CallFailed, Client
from libs.rpc.identity.port import TokenMissing, TokenRevoked
from libs.rpc.method import Hosted, Shared
from libs.rpc.purposes import PURPOSES
from libs.rpc.server import Server
from libs.telemetry import Telemetry
from tests.builders import NOW, an_id
from tests.unit.libs.rpc.probe import HOME, PERMISSIONS, POLICY, message, service
from tests.waiting import until

DIARY = "prm.probe.v1.DiaryService"
ANNA = person_pb2.Person(name="Anna")
CALLER = Caller(
    subject="dev:bob",
    roles=("partner_sales",),
    partner_id=an_id("ptn", cell="de"),
    on_behalf_of="dev:eve",
    permissions=frozenset(PERMISSIONS),
    purpose="self_service",
    purposes=frozenset({"self_service", "support"}),
)
OURS = replace(CALLER, partner_id="")
MASKED = replace(OURS, permissions=OURS.permissions - {"probe.personal_data.unmask"})
ID, OTHER = an_id("pag", 1, cell="de"), an_id("pag", 2, cell="de")
SHOWN = CallRecord(
    time=NOW,
    actor="dev:bob",
    roles=("partner_sales",),
    partner_id=an_id("ptn", cell="de"),
    on_behalf_of="dev:eve",
    method=f"/{DIARY}/Read",
    outcome=CallOutcome.DISCLOSED,
    resource_id=ID,
    shown_ids=(ID,),
    purpose="self_service",
)
REFUSED = replace(SHOWN, outcome=CallOutcome.REFUSED, shown_ids=(), purpose="")


class Doorman:
    """An authenticator that knows one caller, also as one of ours, with and without the permission to unmask, and a
    token of theirs that was revoked; who shows nothing is nobody."""

    def remembered(self, authorization: str) -> Caller | None:
        known = {"good": CALLER, "ours": OURS, "masked": MASKED, "purposeless": replace(CALLER, purpose="")}
        return known.get(authorization.removeprefix("Bearer "))

    async def verify(self, authorization: str) -> Caller:
        raise TokenRevoked(CALLER) if authorization else TokenMissing


class Ledger:
    """A recorder; a disclosure is durable when `open` is set, and fails with `failure`."""

    def __init__(self) -> None:
        self.clock = SteppedClock(NOW)
        self.shown: list[CallRecord] = []
        self.refusals: list[CallRecord] = []
        self.failure: Exception | None = None
        self.open = asyncio.Event()
        self.open.set()

    async def disclosed(self, record: CallRecord) -> None:
        self.shown.append(record)
        await self.open.wait()
        if self.failure is not None:
            raise self.failure

    def refused(self, record: CallRecord) -> None:
        self.refusals.append(record)


class Diary:
    """The servicer; `act` is what happens before each answer."""

    def __init__(self, *pages: Any, act: Callable[[Call], Awaitable[None]] | None = None) -> None:
        self.pages = pages
        self._act = act

    async def _before(self, call: Call) -> None:
        if self._act is not None:
            await self._act(call)

    async def Read(self, request: Any, call: Call) -> Any:
        await self._before(call)
        return message("ReadResponse", sheets=[message("Sheet", page=page) for page in self.pages])

    async def Write(self, request: Any, call: Call) -> Any:
        await self._before(call)
        return message("WriteResponse", page=self.pages[0])

    async def Leaf(self, request: Any, call: Call) -> AsyncIterator[Any]:
        for page in self.pages:
            yield message("LeafResponse", leaf=page) if isinstance(page, bytes) else page
        await self._before(call)

    async def Fact(self, request: Any, call: Call) -> Any:
        await self._before(call)
        return message("FactResponse", name="Acme")

    async def Locked(self, request: Any, call: Call) -> Any:
        return message("FactResponse", name="Acme")


@asynccontextmanager
async def serving(diary: Diary, ledger: Ledger) -> AsyncIterator[Client]:
    shared = Shared.of(HOME, Doorman(), Telemetry(), policy=POLICY)
    server = Server([Hosted(service("DiaryService"), diary, lambda: None, ledger)], shared)
    address = await server.start("127.0.0.1:0")
    await server.set_ready(DIARY, ready=True)
    async with Client(address, token="good") as client:
        try:
            yield client
        finally:
            await server.drain(0)


def _page(id: str = ID, **fields: Any) -> Any:
    return message("Page", id=id, **fields)


def raising(err: Exception) -> Callable[[Call], Awaitable[None]]:
    async def act(call: Call) -> None:
        raise err

    return act


async def _refused(diary: Diary, method: str, request: Any, *, token: str = "Bearer good") -> list[CallRecord]:
    """What is recorded of a call that must be refused."""
    ledger = Ledger()
    async with serving(diary, ledger) as client:
        headers = {"authorization": token}
        with pytest.raises(CallFailed):
            await client.call(f"{DIARY}/{method}", request, attempts=1, headers=headers)
    assert ledger.shown == []
    return ledger.refusals


async def test_a_read_that_shows_a_person_is_recorded_with_who_saw_which_rows() -> None:
    ledger, diary = Ledger(), Diary(_page(ID, writer=ANNA), _page(OTHER), _page(OTHER, nickname="A"))
    async with serving(diary, ledger) as client:
        await client.call(f"{DIARY}/Read", message("ReadRequest", partner_id=an_id("ptn", cell="de")))
    expected = replace(SHOWN, resource_id=an_id("ptn", cell="de"), shown_ids=(ID, OTHER))
    assert (ledger.shown, ledger.refusals) == ([expected], [])


async def test_a_caller_without_the_permission_gets_masks_and_leaves_nothing() -> None:
    person = person_pb2.Person(name="Anna", email="anna@example.org")
    ledger, diary = Ledger(), Diary(_page(writer=person, nickname="An"), _page(OTHER))
    headers = {"authorization": "Bearer masked"}
    async with serving(diary, ledger) as client:
        answer = await client.call(f"{DIARY}/Read", message("ReadRequest", id=ID), headers=headers)
        shown = await client.call(f"{DIARY}/Read", message("ReadRequest", id=ID))
    writer = answer.sheets[0].page.writer
    assert (writer.name, writer.email) == ("A***", "a***@e***")
    assert "nna" not in str(answer)
    assert shown.sheets[0].page.writer == person
    async with serving(Diary(b"Anna"), ledger) as client:
        leaves = [one async for one in client.stream(f"{DIARY}/Leaf", message("ReadRequest"), headers=headers)]
    assert [one.leaf for one in leaves] == [b""]
    assert [one.actor for one in ledger.shown] == ["dev:bob"]


@pytest.mark.parametrize(
    ("named", "recorded"), [("", "self_service"), ("support", "support"), ("billing", None), ("no_such", None)]
)
async def test_a_call_reads_in_clear_for_what_it_names_and_the_record_names_it(
    named: str, recorded: str | None
) -> None:
    ledger, diary = Ledger(), Diary(_page(writer=ANNA))
    headers = {"prm-purpose": named} if named else {}
    async with serving(diary, ledger) as client:
        if named not in ("", *PURPOSES):
            with pytest.raises(CallFailed) as refused:
                await client.call(f"{DIARY}/Read", message("ReadRequest"), attempts=1, headers=headers)
            assert (refused.value.code, refused.value.reason) == ("INVALID_ARGUMENT", "INVALID_INPUT")
            assert "prm-purpose: is none of the purposes: billing, " in str(refused.value)
            return
        answer = await client.call(f"{DIARY}/Read", message("ReadRequest"), headers=headers)
    assert answer.sheets[0].page.writer.name == ("Anna" if recorded else "A***")
    assert [one.purpose for one in ledger.shown] == ([recorded] if recorded else [])


async def test_without_a_purpose_the_permission_alone_shows_nothing() -> None:
    ledger, diary = Ledger(), Diary(_page(writer=ANNA))
    headers = {"authorization": "Bearer purposeless"}
    async with serving(diary, ledger) as client:
        answer = await client.call(f"{DIARY}/Read", message("ReadRequest"), headers=headers)
        named = await client.call(f"{DIARY}/Read", message("ReadRequest"), headers=headers | {"prm-purpose": "support"})
    assert (answer.sheets[0].page.writer.name, named.sheets[0].page.writer.name) == ("A***", "Anna")
    assert [one.purpose for one in ledger.shown] == ["support"]


async def test_a_read_of_one_row_is_about_that_row() -> None:
    ledger, diary = Ledger(), Diary(_page(writer=ANNA))
    async with serving(diary, ledger) as client:
        await client.call(f"{DIARY}/Read", message("ReadRequest"))
        await client.call(f"{DIARY}/Read", message("ReadRequest", id=OTHER))
    assert ledger.shown == [SHOWN, replace(SHOWN, resource_id=OTHER)]


async def test_a_read_that_shows_nobody_leaves_nothing() -> None:
    ledger, diary = Ledger(), Diary(_page(title="t"), _page(OTHER))
    async with serving(diary, ledger) as client:
        await client.call(f"{DIARY}/Read", message("ReadRequest", id=ID))
        await client.call(f"{DIARY}/Fact", message("ReadRequest", id=ID))
    assert (ledger.shown, ledger.refusals) == ([], [])


async def test_of_very_many_rows_the_first_are_named() -> None:
    ids = [an_id("pag", number, cell="de") for number in range(300)]
    ledger, diary = Ledger(), Diary(*[_page(one, nickname="A") for one in ids])
    async with serving(diary, ledger) as client:
        await client.call(f"{DIARY}/Read", message("ReadRequest"))
    assert [one.shown_ids for one in ledger.shown] == [tuple(ids[:200])]


async def test_nothing_is_shown_before_the_record_is_durable() -> None:
    ledger, diary = Ledger(), Diary(_page(writer=ANNA))
    ledger.open.clear()
    async with serving(diary, ledger) as client:
        call = asyncio.ensure_future(client.call(f"{DIARY}/Read", message("ReadRequest")))
        await until(lambda: ledger.shown)
        await client.call(f"{DIARY}/Fact", message("ReadRequest"))
        assert not call.done()
        ledger.open.set()
        assert (await call).sheets


async def test_what_cannot_be_recorded_is_not_shown() -> None:
    ledger, diary = Ledger(), Diary(_page(writer=ANNA))
    ledger.failure = StoreUnavailable("away")
    async with serving(diary, ledger) as client:
        with pytest.raises(CallFailed) as caught:
            await client.call(f"{DIARY}/Read", message("ReadRequest"), attempts=1)
    assert (caught.value.code, caught.value.reason) == ("UNAVAILABLE", "STORE_UNAVAILABLE")
    assert ledger.refusals == []


async def test_a_change_speaks_for_itself_and_an_answer_without_one_is_a_disclosure() -> None:
    async def commit(call: Call) -> None:
        assert call.effects is not None
        call.effects.committed.add(ID)

    async def commit_another(call: Call) -> None:
        assert call.effects is not None
        call.effects.committed.add("dec_1")

    disclosed = [replace(SHOWN, method=f"/{DIARY}/Write", caused_by_request_id="r-1")]
    for act, records in ((commit, []), (None, disclosed), (commit_another, disclosed)):
        ledger = Ledger()
        async with serving(Diary(_page(writer=ANNA), act=act), ledger) as client:
            await client.call(f"{DIARY}/Write", message("WriteRequest", request_id="r-1"))
        assert ledger.shown == records


async def _collect(stream: AsyncIterator[Any], into: list[Any]) -> None:
    async for reply in stream:
        into.append(reply)  # noqa: PERF401  # what came before the end stays


async def test_a_stream_is_recorded_before_its_first_personal_message_and_again_for_other_rows() -> None:
    ledger, diary = Ledger(), Diary(b"", b"x", b"y")
    async with serving(diary, ledger) as client:
        request = message("ReadRequest", id=ID)
        assert len([reply async for reply in client.stream(f"{DIARY}/Leaf", request)]) == 3
        assert ledger.shown == [replace(SHOWN, method=f"/{DIARY}/Leaf", shown_ids=())]
        ledger.failure = StoreUnavailable("away")
        replies: list[Any] = []
        with pytest.raises(CallFailed):
            await _collect(client.stream(f"{DIARY}/Leaf", request), replies)
    assert replies == [message("LeafResponse", leaf=b"")]


async def test_a_service_that_shows_personal_data_and_records_nothing_is_not_served() -> None:
    shared = Shared.of(HOME, Doorman(), Telemetry(), policy=POLICY)
    with pytest.raises(TypeError, match="has no recorder"):
        Server([Hosted(service("DiaryService"), Diary(), lambda: None)], shared)


async def test_who_is_nobody_is_refused_and_nothing_they_sent_is_read() -> None:
    found = await _refused(Diary(), "Locked", message("ReadRequest", id=ID), token="")
    assert found == [
        CallRecord(time=NOW, method=f"/{DIARY}/Locked", outcome=CallOutcome.REFUSED, reason="TOKEN_MISSING")
    ]


async def test_whose_token_was_revoked_is_named() -> None:
    found = await _refused(Diary(), "Fact", message("ReadRequest", id=ID), token="Bearer revoked")
    assert found == [replace(REFUSED, method=f"/{DIARY}/Fact", reason="TOKEN_REVOKED", resource_id="")]


async def test_who_may_not_is_refused_by_any_method() -> None:
    found = await _refused(Diary(), "Locked", message("ReadRequest", id=ID))
    assert found == [replace(REFUSED, method=f"/{DIARY}/Locked", reason="PERMISSION_DENIED")]


@pytest.mark.parametrize("method", ["Read", "Write"])
async def test_every_refusal_of_a_change_or_of_something_personal_is_recorded(method: str) -> None:
    kind = "WriteRequest" if method == "Write" else "ReadRequest"
    found = await _refused(Diary(act=raising(NotFound("page", ID))), method, message(kind, id=ID))
    assert found == [replace(REFUSED, method=f"/{DIARY}/{method}", reason="NOT_FOUND")]


async def test_a_refused_read_of_something_impersonal_is_not() -> None:
    act = raising(NotFound("page", ID))
    assert await _refused(Diary(act=act), "Fact", message("ReadRequest", id=ID), token="Bearer ours") == []


async def test_what_a_partners_people_do_not_find_may_be_anothers_and_is_recorded_for_every_method() -> None:
    act = raising(NotFound("page", ID))
    found = await _refused(Diary(act=act), "Fact", message("ReadRequest", id=ID))
    assert found == [replace(REFUSED, method=f"/{DIARY}/Fact", reason="NOT_FOUND")]


async def test_limits_are_recorded_for_every_method_without_a_look_at_the_request() -> None:
    class TooMany(AppError):
        code, reason = Code.RESOURCE_EXHAUSTED, "TOO_MANY_CALLS"

    found = await _refused(Diary(act=raising(TooMany("x"))), "Fact", message("ReadRequest", id=ID))
    assert found == [replace(REFUSED, method=f"/{DIARY}/Fact", reason="TOO_MANY_CALLS", resource_id="")]


@pytest.mark.parametrize("err", [ValueError("a bug"), StoreUnavailable("away"), TimeoutError()])
async def test_what_happens_to_the_service_is_no_refusal(err: Exception) -> None:
    assert await _refused(Diary(act=raising(err)), "Write", message("WriteRequest", id=ID)) == []


async def test_of_a_wrong_request_only_what_looks_like_ours_is_kept() -> None:
    wrong = message("WriteRequest", request_id="anna@example.org", id="Anna " * 20, partner_id="Anna")
    found = await _refused(Diary(), "Write", wrong)
    assert found == [replace(REFUSED, method=f"/{DIARY}/Write", reason="INVALID_INPUT", resource_id="")]
    right = message("WriteRequest", request_id="r-1" * 30, id="x" * 49, partner_id=OTHER)
    found = await _refused(Diary(), "Write", right)
    assert found == [replace(REFUSED, method=f"/{DIARY}/Write", reason="INVALID_INPUT", resource_id=OTHER)]
