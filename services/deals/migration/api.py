"""The gRPC side of migration: rows in, results out."""

from collections.abc import AsyncIterator
from functools import partial

from libs.call import Call
from libs.imports import Imported
from libs.pb.prm.deals import v1 as pb
from libs.rpc.decode import Incoming
from libs.rpc.imports import row_check, take_batches
from services.deals.migration import usecases, wire
from services.deals.settings import Env


class Api:
    """The RPC that imports claims from another system."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self._check_row = row_check(pb.ImportRegistrationRow, env.directory)

    async def ImportRegistrations(
        self, batches: AsyncIterator[Incoming[pb.ImportRegistrationsRequest]], call: Call
    ) -> AsyncIterator[pb.ImportRegistrationsResponse]:
        async for results in take_batches(batches, self._check_row, self._env, partial(self._import, call=call)):
            yield pb.ImportRegistrationsResponse(results=results)

    async def _import(
        self, env: Env, request: pb.ImportRegistrationsRequest, row: pb.ImportRegistrationRow, *, call: Call
    ) -> Imported:
        return await env.run(usecases.import_registration, wire.row(row, call))
