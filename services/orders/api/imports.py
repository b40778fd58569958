"""Taking over what other systems know."""

from collections.abc import AsyncIterator
from functools import partial

from libs.call import Call
from libs.imports import Imported
from libs.pb.prm.orders import v1 as pb
from libs.rpc.decode import Incoming
from libs.rpc.imports import RowCheck, take_batches
from services.orders.usecases import imports
from services.orders.usecases.settings import Env
from services.orders.wire import imports as wire


class ImportMethods:
    """What importers do."""

    _env: Env
    _check_row: RowCheck

    async def ImportOrders(
        self, batches: AsyncIterator[Incoming[pb.ImportOrdersRequest]], call: Call
    ) -> AsyncIterator[pb.ImportOrdersResponse]:
        async for results in take_batches(batches, self._check_row, partial(self._import, call=call)):
            yield pb.ImportOrdersResponse(results=results)

    async def _import(self, row: pb.ImportOrderRow, *, call: Call) -> Imported:
        return await self._env.run(imports.import_document, wire.row(row, call))
