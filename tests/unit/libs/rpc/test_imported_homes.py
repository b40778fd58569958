"""A row of an import that belongs to another cell is refused alone, with the way there."""

from collections.abc import AsyncIterator
from typing import Any

from libs.imports import Imported
from libs.pb.prm.common.v1 import import_pb2
from libs.pb.prm.tickets import v1 as pb
from libs.rpc.decode import Incoming
from libs.rpc.homes import Homes
from libs.rpc.imports import take_batches
from tests.builders import an_id
from tests.unit.libs.rpc.probe import HOME


class Bare:
    """An environment that writes nothing."""

    def rehearsal(self) -> "Bare":
        return self


async def _once(request: Any) -> AsyncIterator[Incoming[Any]]:
    yield Incoming(request, None)


async def _take(env: Bare, request: Any, row: Any) -> Imported:
    return Imported(an_id("tkt", cell="de"), fresh=True)


async def test_the_problem_names_field_cell_and_endpoint_and_other_rows_are_taken() -> None:
    rows = [
        pb.ImportTicketRow(external_id="1", partner_id=an_id("ptn", cell="cn")),
        pb.ImportTicketRow(external_id="2", country="CN"),
        pb.ImportTicketRow(external_id="3", partner_id=an_id("ptn", cell="de"), country="DE"),
    ]
    check = Homes(pb.ImportTicketRow.DESCRIPTOR, HOME).require
    request = pb.ImportTicketsRequest(rows=rows)
    [results] = [one async for one in take_batches(_once(request), check, Bare(), _take)]
    told = [(one.field, one.reason, one.cell, one.endpoint) for result in results for one in result.problems]
    assert told == [
        ("partner_id", "WRONG_CELL", "cn", "cn.example:443"),
        ("country", "WRONG_CELL", "cn", "cn.example:443"),
    ]
    assert results[2].outcome == import_pb2.IMPORT_OUTCOME_CREATED
