"""The gRPC side of migration: rows in, results out."""

from collections.abc import AsyncIterator
from functools import partial

from libs.call import Call
from libs.imports import Imported
from libs.pb.prm.tickets import v1 as pb
from libs.rpc.decode import Incoming
from libs.rpc.imports import row_check, take_batches
from services.tickets.migration import usecases, wire
from services.tickets.settings import Env


class Api:
    """The RPC that imports tickets."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self._check_row = row_check(pb.ImportTicketRow, env.directory)

    async def ImportTickets(
        self, batches: AsyncIterator[Incoming[pb.ImportTicketsRequest]], call: Call
    ) -> AsyncIterator[pb.ImportTicketsResponse]:
        async for results in take_batches(batches, self._check_row, self._env, partial(self._import, call=call)):
            yield pb.ImportTicketsResponse(results=results)

    async def _import(
        self, env: Env, request: pb.ImportTicketsRequest, row: pb.ImportTicketRow, *, call: Call
    ) -> Imported:
        return await env.run(usecases.import_ticket, wire.row(row, call, update=request.update_existing))
