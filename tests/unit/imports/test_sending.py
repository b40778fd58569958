"""Sending survives what happens between two machines: late facts, broken streams, refusals, wrong answers."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import aio

from libs.pb.prm.common.v1 import import_pb2 as pb
from libs.pb.prm.deals import v1 as deals_pb
from libs.rpc.client import CallFailed, Client
from services.imports.mapping import MappingFile
from services.imports.notes import Fate, Outcome
from services.imports.run import Run
from services.imports.sending import BATCH_ROWS, BATCHES_UNDER_WAY, BrokenAnswer
from tests.unit.imports.samples import DEALS, Heard, mapping, write

_CREATED, _UNCHANGED = pb.IMPORT_OUTCOME_CREATED, pb.IMPORT_OUTCOME_UNCHANGED
_REFUSED, _NOT_YET = pb.IMPORT_OUTCOME_REFUSED, pb.IMPORT_OUTCOME_NOT_YET

Answer = Callable[[str, int], Any]
_Stream = AsyncIterator[deals_pb.ImportRegistrationsRequest]


class _Service:
    """An Import RPC that keeps what it was sent. `answer` gives the outcome of an external id at its n-th time;
    `limit`: after so many requests a stream breaks."""

    def __init__(self, answer: Answer, *, limit: int = 10**9, code: grpc.StatusCode | None = None) -> None:
        self.seen: Counter[str] = Counter()
        self.sizes: list[int] = []
        self.streams = 0
        self.limit = limit
        self._answer = answer
        self._code = code

    async def serve(self, requests: _Stream, context: Any) -> AsyncIterator[deals_pb.ImportRegistrationsResponse]:
        self.streams += 1
        count = 0
        async for request in requests:
            count += 1
            self.sizes.append(request.ByteSize())
            response = deals_pb.ImportRegistrationsResponse(
                results=[self._result(row.external_id) for row in request.rows]
            )
            if count > self.limit:
                if self._code is not None:
                    await context.abort(self._code, "gone")
                return
            yield response

    def _result(self, external_id: str) -> pb.ImportResult:
        self.seen[external_id] += 1
        outcome = self._answer(external_id, self.seen[external_id])
        if isinstance(outcome, pb.ImportResult):
            return outcome
        problems = [pb.ImportProblem(field="customer", description="no", reason="NO")] if outcome == _REFUSED else []
        return pb.ImportResult(external_id=external_id, id="reg_x", outcome=outcome, problems=problems)


@asynccontextmanager
async def _cell(service: _Service) -> AsyncIterator[Client]:
    handler = grpc.stream_stream_rpc_method_handler(
        service.serve,
        request_deserializer=deals_pb.ImportRegistrationsRequest.FromString,
        response_serializer=deals_pb.ImportRegistrationsResponse.SerializeToString,
    )
    server = aio.server()
    name, _, method = DEALS.partition("/")
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, {method: handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with Client(f"127.0.0.1:{port}") as client:
            yield client
    finally:
        await server.stop(None)


def _registrations() -> MappingFile:
    return mapping(
        {
            "external_source": {"constant": "t"},
            "external_id": "id",
            "customer": {"fields": {"legal_name": "id", "country": {"constant": "DE"}}},
            "review": {"constant": "DRAFT"},
            "stage": {"constant": "PROSPECT"},
            "description": {"fields": {"text": "text"}},
            "lines": [{"fields": {"sku": "id", "quantity": {"constant": "1"}}}],
        },
        DEALS,
    )


def _run(folder: Path, rows: int, text: str = "") -> tuple[Run, Heard]:
    lines = "".join(f"r{number:06},{text}\n" for number in range(rows))
    heard = Heard()
    return Run(_registrations(), write(folder, rows=f"id,text\n{lines}"), heard), heard


async def _send(service: _Service, run: Run, *, patience_seconds: float = 20.0) -> Run:
    async with asyncio.timeout(60), _cell(service) as client:
        await run.send(client, patience_seconds=patience_seconds)
    return run


async def test_every_row_is_sent_once_and_counted_by_what_became_of_it(tmp_path: Path) -> None:
    service = _Service(lambda row, _: _CREATED if row < "r000600" else _UNCHANGED)
    run, heard = _run(tmp_path, 1001)
    totals = (await _send(service, run)).totals
    assert (totals.messages[Fate.CREATED], totals.messages[Fate.UNCHANGED], totals.rows_sent, totals.rows_read) == (
        600,
        401,
        1001,
        1001,
    )
    assert set(service.seen.values()) == {1}
    assert (len(service.sizes), heard.notes, totals.clean) == (11, [], True)


async def test_a_refused_row_is_reported_with_every_reason_and_the_line_it_came_from(tmp_path: Path) -> None:
    problems = [pb.ImportProblem(field="a", description="b", reason="C"), pb.ImportProblem(field="d", reason="E")]
    refused = pb.ImportResult(external_id="r000001", outcome=_REFUSED, problems=problems)
    run, heard = _run(tmp_path, 3)
    totals = (await _send(_Service(lambda row, _: refused if row == "r000001" else _CREATED), run)).totals
    assert [(note.line, note.external_id, note.field, note.reason, note.rows) for note in heard.notes] == [
        (3, "r000001", "a", "C", 1),
        (3, "r000001", "d", "E", 0),
    ]
    assert (totals.messages[Fate.CREATED], totals.messages[Fate.REFUSED], totals.settled, totals.clean) == (
        2,
        1,
        3,
        False,
    )


async def test_a_row_that_is_not_yet_is_sent_again_until_it_is_taken(tmp_path: Path) -> None:
    service = _Service(lambda row, time: _NOT_YET if row.endswith("7") and time < 3 else _CREATED)
    run, heard = _run(tmp_path, 250)
    totals = (await _send(service, run)).totals
    assert (totals.messages[Fate.CREATED], totals.waiting, heard.notes) == (250, 0, [])
    assert Counter(service.seen.values()) == {1: 225, 3: 25}


async def test_a_row_that_stays_not_yet_is_reported_when_the_patience_is_used_up(tmp_path: Path) -> None:
    run, heard = _run(tmp_path, 3)
    service = _Service(lambda row, _: _NOT_YET if row == "r000002" else _CREATED)
    totals = (await _send(service, run, patience_seconds=0.5)).totals
    assert [(note.outcome, note.line, note.rows) for note in heard.notes] == [(Outcome.NOT_YET, 4, 1)]
    assert (totals.messages[Fate.CREATED], totals.messages[Fate.NOT_YET], totals.settled, totals.clean) == (
        2,
        1,
        3,
        False,
    )
    assert service.seen["r000002"] > 1


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, None])
async def test_a_stream_that_breaks_is_opened_again_with_what_was_not_answered(
    tmp_path: Path, code: grpc.StatusCode | None
) -> None:
    service = _Service(lambda _, time: _CREATED if time == 1 else _UNCHANGED, limit=3, code=code)
    run, heard = _run(tmp_path, 1000)
    totals = (await _send(service, run)).totals
    assert totals.messages[Fate.CREATED] + totals.messages[Fate.UNCHANGED] == 1000
    assert len(service.seen) == 1000
    assert service.streams >= 3
    assert heard.notes == []


async def test_a_stream_that_never_answers_is_given_up_after_some_attempts(tmp_path: Path) -> None:
    service = _Service(lambda *_: _CREATED, limit=0, code=grpc.StatusCode.PERMISSION_DENIED)
    run, _ = _run(tmp_path, 10)
    with pytest.raises(CallFailed, match="PERMISSION_DENIED"):
        await _send(service, run)
    assert (service.streams, run.totals.rows_sent, run.totals.rows_read) == (1, 0, 10)


async def test_results_of_other_rows_stop_the_import(tmp_path: Path) -> None:
    run, _ = _run(tmp_path, 2)
    service = _Service(lambda *_: pb.ImportResult(external_id="r000001", outcome=_CREATED))
    with pytest.raises(BrokenAnswer):
        await _send(service, run)


async def test_a_request_holds_a_hundred_rows_and_less_than_a_mebibyte(tmp_path: Path) -> None:
    service = _Service(lambda *_: _CREATED)
    run, _ = _run(tmp_path, 150, "x" * 19_990)
    totals = (await _send(service, run)).totals
    assert totals.messages[Fate.CREATED] == 150
    assert 900 * 1024 < max(service.sizes) < 1024 * 1024


async def test_no_more_is_under_way_than_the_bound_says(tmp_path: Path) -> None:
    loaded = asyncio.Event()
    service = _Slow(loaded)
    run, _ = _run(tmp_path, BATCH_ROWS * (BATCHES_UNDER_WAY + 10))
    async with asyncio.timeout(60), _cell(service) as client, asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(run.send(client))
        await service.until(BATCHES_UNDER_WAY)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await service.until(BATCHES_UNDER_WAY + 1)
        most = service.received
        loaded.set()
        await sending
    assert most == BATCHES_UNDER_WAY
    assert run.totals.messages[Fate.CREATED] == BATCH_ROWS * (BATCHES_UNDER_WAY + 10)


class _Slow(_Service):
    """Answers nothing before it may."""

    def __init__(self, loaded: asyncio.Event) -> None:
        super().__init__(lambda *_: _CREATED)
        self.received = 0
        self._held = loaded
        self._reached = asyncio.Condition()

    async def until(self, received: int) -> None:
        async with self._reached:
            await self._reached.wait_for(lambda: self.received >= received)

    async def serve(self, requests: _Stream, context: Any) -> AsyncIterator[deals_pb.ImportRegistrationsResponse]:
        answers: asyncio.Queue[deals_pb.ImportRegistrationsResponse | None] = asyncio.Queue()

        async def receive() -> None:
            async for request in requests:
                async with self._reached:
                    self.received += 1
                    self._reached.notify_all()
                results = [self._result(row.external_id) for row in request.rows]
                answers.put_nowait(deals_pb.ImportRegistrationsResponse(results=results))
            answers.put_nowait(None)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(receive())
            await self._held.wait()
            while (answer := await answers.get()) is not None:
                yield answer


async def test_an_error_while_reading_stops_the_import_and_is_not_taken_for_a_broken_call(tmp_path: Path) -> None:
    run, _ = _run(tmp_path, 500)
    (tmp_path / "rows.csv").unlink()
    with pytest.raises(FileNotFoundError):
        await _send(_Service(lambda *_: _CREATED), run)
