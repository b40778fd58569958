"""The row about an import: the same rows into a service that encrypts personal data and into one that does not, in
turns."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from statistics import median

from libs.clock import monotonic
from libs.pb.prm.common.v1 import import_pb2
from libs.pb.prm.common.v1.person_pb2 import PersonalText
from libs.pb.prm.deals import v1 as pb
from libs.rpc.client import Client
from services.imports.sending import BATCH_ROWS, BATCHES_UNDER_WAY, STREAM_SECONDS
from tests.load.pairs import Pace
from tests.load.process import under_load
from tests.load.report import Row, row
from tests.load.sealing import somebody
from tests.load.served import CLEAR, Ready
from tests.tokens import token

IMPORT = "prm.deals.v1.DealRegistrationService/ImportRegistrations"
ROWS, ROWS_IN_FULL = 10_000, 300_000  # in all slices of a side
ROWS_PER_SLICE = 5_000  # at most


async def import_rows(folder: Path, pace: Pace) -> AsyncIterator[Row]:
    """An import of registrations with two new persons and a text in every row."""
    rows = pace.rows or (ROWS_IN_FULL if pace.full else ROWS)
    pairs = max(pace.pairs, -(-rows // ROWS_PER_SLICE))
    batches = -(-rows // (pairs * BATCH_ROWS))
    async with AsyncExitStack() as stack:
        sides = []
        for name, options in (("sealed", ()), ("clear", (CLEAR,))):
            ready, _ = await stack.enter_async_context(under_load(folder / name, "deals", *options))
            client = await stack.enter_async_context(Client(ready.address, token=token(folder / name)))
            sides.append(_Import(client, ready))
        for side in sides:
            await side.rate(1)
        rates = []
        for pair in range(pairs):
            found = {side: await side.rate(batches) for side in (sides if pair % 2 else sides[::-1])}
            rates.append([found[side] for side in sides])
    sealed, clear = (median(one) for one in zip(*rates, strict=True))
    measure = f"import of {pairs * batches * BATCH_ROWS:,} rows with two new persons each, sealed over clear"
    notes = f"sealed {sealed:.0f} rows/s, clear {clear:.0f} rows/s"
    yield row(measure, [ours / other for ours, other in rates], must=0.7, aim=0.9, notes=notes)


class _Import:
    """Rows for one service, none of them twice, sent as `prm import` sends them."""

    def __init__(self, client: Client, ready: Ready) -> None:
        self._client = client
        self._partners = ready.partners
        self._numbers = count()

    async def rate(self, batches: int) -> float:
        """Rows a second of an import of so many batches."""
        under_way = asyncio.Semaphore(BATCHES_UNDER_WAY)
        sent = [pb.ImportRegistrationsRequest(rows=[self._row() for _ in range(BATCH_ROWS)]) for _ in range(batches)]

        async def requests() -> AsyncIterator[pb.ImportRegistrationsRequest]:
            for one in sent:
                await under_way.acquire()
                yield one

        begun = monotonic()
        async for answer in self._client.converse(IMPORT, requests(), timeout_seconds=STREAM_SECONDS):
            under_way.release()
            assert {one.outcome for one in answer.results} == {import_pb2.IMPORT_OUTCOME_CREATED}, answer
        return batches * BATCH_ROWS / (monotonic() - begun)

    def _row(self) -> pb.ImportRegistrationRow:
        number = next(self._numbers)
        return pb.ImportRegistrationRow(
            external_source="crm-eu",
            external_id=f"OPP-{number}",
            partner_id=self._partners[number % len(self._partners)],
            customer=pb.Customer(legal_name=f"Customer {number}", country="DE"),
            customer_contact=somebody("customer", number),
            sales_contact=somebody("sales", number),
            description=PersonalText(text=f"Order {number} was promised for the spring."),
            lines=[pb.RegistrationLine(sku="RTR-1", product_line="ROUTERS", quantity=1)],
            review=pb.REVIEW_SUBMITTED,
            stage=pb.STAGE_QUALIFIED,
        )
