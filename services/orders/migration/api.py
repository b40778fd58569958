"""The gRPC side of migration: rows in, results out."""

from collections.abc import AsyncIterator
from functools import partial

from libs.call import Call
from libs.imports import Imported
from libs.pb.prm.orders import v1 as pb
from libs.rpc.decode import Incoming
from libs.rpc.imports import row_check, take_batches
from services.orders.migration import usecases, wire
from services.orders.settings import Env


class Api:
    """The RPC that imports orders and credit notes."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self._check_row = row_check(pb.ImportOrderRow, env.directory)

    async def ImportOrders(
        self, batches: AsyncIterator[Incoming[pb.ImportOrdersRequest]], call: Call
    ) -> AsyncIterator[pb.ImportOrdersResponse]:
        async for results in take_batches(batches, self._check_row, self._env, partial(self._import, call=call)):
            yield pb.ImportOrdersResponse(results=results)

    async def _import(
        self, env: Env, request: pb.ImportOrdersRequest, row: pb.ImportOrderRow, *, call: Call
    ) -> Imported:
        return await env.run(usecases.import_document, wire.row(row, call))
