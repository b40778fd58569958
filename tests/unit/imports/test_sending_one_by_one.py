"""An RPC that takes single messages: one call each, in order, and nothing else is assumed about it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.any_pb2 import Any as Packed
from google.rpc.error_details_pb2 import BadRequest
from google.rpc.status_pb2 import Status
from grpc import aio

from libs.pb.prm.orders import v1 as pb
from libs.rpc.client import ATTEMPTS, CallFailed, Client
from libs.rpc.status import TRAILER
from services.imports.notes import Fate
from services.imports.run import Run
from tests.unit.imports.samples import Heard, mapping, write

_PUT = "prm.orders.v1.OrderService/PutPriceList"


class _Lists:
    """A PutPriceList that keeps what it was sent and refuses the list `bad`, so many times if `away` says so."""

    def __init__(self, code: grpc.StatusCode, *, away: int = 10**9) -> None:
        self.seen: list[pb.PutPriceListRequest] = []
        self._code = code
        self._away = away

    async def put(self, request: pb.PutPriceListRequest, context: Any) -> pb.PutPriceListResponse:
        self.seen.append(request)
        if request.code == "bad" and self._away:
            self._away -= 1
            violation = BadRequest.FieldViolation(field="items[0].sku", description="no", reason="NO")
            packed = Packed()
            packed.Pack(BadRequest(field_violations=[violation]))
            trailer = Status(code=self._code.value[0], message="wrong", details=[packed]).SerializeToString()
            await context.abort(self._code, "wrong", ((TRAILER, trailer),))
        return pb.PutPriceListResponse()


@asynccontextmanager
async def _cell(lists: _Lists) -> AsyncIterator[Client]:
    handler = grpc.unary_unary_rpc_method_handler(
        lists.put,
        request_deserializer=pb.PutPriceListRequest.FromString,
        response_serializer=pb.PutPriceListResponse.SerializeToString,
    )
    server = aio.server()
    name, _, method = _PUT.partition("/")
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, {method: handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with asyncio.timeout(30), Client(f"127.0.0.1:{port}") as client:
            yield client
    finally:
        await server.stop(None)


def _run(folder: Path) -> tuple[Run, Heard]:
    fields: dict[str, object] = {
        "request_id": {"fingerprint": "true"},
        "code": "id",
        "currency": {"constant": "EUR"},
        "valid_from": {"constant": "2020-01-01"},
        "items": {
            "each": "rows",
            "fields": {"sku": "sku", "unit_price": {"constant": "1.5", "currency": {"constant": "EUR"}}},
        },
    }
    heard = Heard()
    files = write(folder, rows="id,sku\na,x\na,y\nbad,x\nc,x\n")
    return Run(mapping(fields, _PUT), files, heard), heard


async def test_each_message_is_a_call_and_a_refusal_does_not_stop_the_others(tmp_path: Path) -> None:
    lists = _Lists(grpc.StatusCode.INVALID_ARGUMENT)
    run, heard = _run(tmp_path)
    async with _cell(lists) as client:
        totals = await run.send(client)
    assert [request.code for request in lists.seen] == ["a", "bad", "c"]
    assert len({request.request_id for request in lists.seen}) == 3
    assert (totals.messages[Fate.ACCEPTED], totals.messages[Fate.REFUSED], totals.rows_sent) == (2, 1, 3)
    assert [(note.line, note.external_id, note.field, note.reason, note.rows) for note in heard.notes] == [
        (4, "bad", "items[0].sku", "NO", 1)
    ]


@pytest.mark.parametrize("code", ["UNAVAILABLE", "UNAUTHENTICATED", "PERMISSION_DENIED"])
async def test_what_is_said_of_no_message_stops_the_import_and_refuses_nothing(code: str, tmp_path: Path) -> None:
    run, heard = _run(tmp_path)
    async with _cell(_Lists(grpc.StatusCode[code])) as client:
        with pytest.raises(CallFailed, match=code):
            await run.send(client, outage_seconds=0.1)
    assert (run.totals.rows_sent, heard.notes) == (2, [])


async def test_a_cell_that_is_away_for_a_while_is_waited_for(tmp_path: Path) -> None:
    lists = _Lists(grpc.StatusCode.UNAVAILABLE, away=ATTEMPTS + 2)
    run, heard = _run(tmp_path)
    async with _cell(lists) as client:
        totals = await run.send(client)
    assert (totals.messages, heard.notes) == ({Fate.ACCEPTED: 3}, [])
    assert len(lists.seen) == 3 + ATTEMPTS + 2
