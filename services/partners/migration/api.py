"""The gRPC side of migration: rows in, results out."""

from collections.abc import AsyncIterator
from functools import partial

from libs.call import Call
from libs.imports import Imported
from libs.pb.prm.partners import v1 as pb
from libs.rpc.decode import Incoming
from libs.rpc.imports import row_check, take_batches
from services.partners.migration import usecases, wire
from services.partners.settings import Env


class Api:
    """The RPC that imports partners."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self._check_row = row_check(pb.ImportPartnerRow, env.directory)

    async def ImportPartners(
        self, batches: AsyncIterator[Incoming[pb.ImportPartnersRequest]], call: Call
    ) -> AsyncIterator[pb.ImportPartnersResponse]:
        async for results in take_batches(batches, self._check_row, self._env, partial(self._import, call=call)):
            yield pb.ImportPartnersResponse(results=results)

    async def _import(
        self, env: Env, request: pb.ImportPartnersRequest, row: pb.ImportPartnerRow, *, call: Call
    ) -> Imported:
        return await env.run(usecases.import_partner, wire.row(row, call))
