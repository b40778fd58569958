"""Updates of what was imported before, against a service that is away for a while, or refuses a field."""

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

from libs.pb.prm.common.v1 import import_pb2
from libs.pb.prm.partners import v1 as pb
from libs.rpc.client import ATTEMPTS, CallFailed, Client
from libs.rpc.status import TRAILER
from services.imports.notes import Fate
from services.imports.run import Run
from tests.unit.imports.samples import Heard, partners, said, write

_SERVICE = "prm.partners.v1.PartnerService"
_ID = "ptn_local_00000000000000000000000001"


class _Partners:
    """One partner that differs from its row in every field that is named. away: how many updates find nobody."""

    def __init__(self, *differing: str, away: int = 0, wrong: str = "") -> None:
        self.updates: list[pb.UpdatePartnerRequest] = []
        self._differing = differing
        self._away = away
        self._wrong = wrong

    async def take(self, requests: Any, context: Any) -> AsyncIterator[pb.ImportPartnersResponse]:
        async for request in requests:
            results = [self._differs(row.external_id) for row in request.rows]
            yield pb.ImportPartnersResponse(results=results)

    def _differs(self, external_id: str) -> import_pb2.ImportResult:
        problem = import_pb2.ImportProblem(reason="EXTERNAL_ID_TAKEN", description="was imported before")
        return import_pb2.ImportResult(
            external_id=external_id,
            id=_ID,
            outcome=import_pb2.IMPORT_OUTCOME_REFUSED,
            problems=[problem],
            differing_fields=self._differing,
        )

    async def get(self, request: pb.GetPartnerRequest, context: Any) -> pb.GetPartnerResponse:
        return pb.GetPartnerResponse(partner=pb.Partner(id=request.id, etag="7"))

    async def update(self, request: pb.UpdatePartnerRequest, context: Any) -> pb.UpdatePartnerResponse:
        self.updates.append(request)
        if self._away:
            self._away -= 1
            await context.abort(grpc.StatusCode.UNAVAILABLE, "away")
        if self._wrong in request.update_mask.paths:
            packed = Packed()
            packed.Pack(
                BadRequest(
                    field_violations=[BadRequest.FieldViolation(field=self._wrong, description="no", reason="NO")]
                )
            )
            status = Status(code=grpc.StatusCode.INVALID_ARGUMENT.value[0], message="wrong", details=[packed])
            trailer = ((TRAILER, status.SerializeToString()),)
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "wrong", trailer)
        return pb.UpdatePartnerResponse()


@asynccontextmanager
async def _cell(service: _Partners) -> AsyncIterator[Client]:
    unary = grpc.unary_unary_rpc_method_handler
    handlers = {
        "ImportPartners": grpc.stream_stream_rpc_method_handler(
            service.take,
            request_deserializer=pb.ImportPartnersRequest.FromString,
            response_serializer=pb.ImportPartnersResponse.SerializeToString,
        ),
        "GetPartner": unary(
            service.get,
            request_deserializer=pb.GetPartnerRequest.FromString,
            response_serializer=pb.GetPartnerResponse.SerializeToString,
        ),
        "UpdatePartner": unary(
            service.update,
            request_deserializer=pb.UpdatePartnerRequest.FromString,
            response_serializer=pb.UpdatePartnerResponse.SerializeToString,
        ),
    }
    server = aio.server()
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with asyncio.timeout(60), Client(f"127.0.0.1:{port}") as client:
            yield client
    finally:
        await server.stop(None)


def _run(folder: Path) -> tuple[Run, Heard]:
    heard = Heard()
    return Run(partners(), write(folder, rows="id,name,country\np1,A,DE\n"), heard), heard


async def test_an_update_waits_for_a_cell_that_restarts_and_asks_the_same_again(tmp_path: Path) -> None:
    service = _Partners("legal_name", away=ATTEMPTS + 1)
    run, heard = _run(tmp_path)
    async with _cell(service) as client:
        totals = await run.send(client, update=True)
    assert (totals.messages, said(heard)) == ({Fate.CHANGED: 1}, [("NOTICED", 2, "legal_name", "CHANGED")])
    assert len(service.updates) == ATTEMPTS + 2
    assert {one.request_id for one in service.updates} == {service.updates[0].request_id}


async def test_an_update_gives_up_when_the_cell_stays_away_and_every_row_is_accounted_for(tmp_path: Path) -> None:
    run, _ = _run(tmp_path)
    async with _cell(_Partners("legal_name", away=10**9)) as client:
        with pytest.raises(CallFailed):
            await run.send(client, update=True, outage_seconds=0.5)
    assert "1 not sent, because the import stopped" in run.totals.account


async def test_a_field_that_the_service_refuses_does_not_keep_others_from_being_set(tmp_path: Path) -> None:
    service = _Partners("legal_name", "kind", "country", wrong="legal_name")
    run, heard = _run(tmp_path)
    async with _cell(service) as client:
        totals = await run.send(client, update=True)
    assert totals.messages == {Fate.REFUSED: 1}
    assert said(heard) == [
        ("REFUSED", 2, "legal_name", "NO"),
        ("REFUSED", 2, "country", "NOT_UPDATABLE"),
        ("NOTICED", 2, "kind", "CHANGED"),
    ]
    assert [list(one.update_mask.paths) for one in service.updates] == [["legal_name", "kind"], ["kind"]]
    assert (totals.settled, totals.rows_read) == (1, 1)
