"""Rows about size: the same calls on a store of a million documents and on one of a thousand, in turns."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from libs.clock import SystemClock
from libs.ids import Ids
from libs.messaging.outbox import KINDS as OUTBOX_KINDS
from libs.store.opening import open_store
from libs.store.port import WRITES_PER_COMMIT, create
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Customer, Registration, RegistrationLine
from services.deals.service import COMPOSITION
from tests.load.calls import CREATE, GET, creations, one_read
from tests.load.driver import GrpcTarget
from tests.load.pairs import Pace, Side, in_turns
from tests.load.process import under_load
from tests.load.report import Row, row

FEW, MANY = 1_000, 1_000_000
CALLERS = 16
_AT = datetime(2026, 1, 2, tzinfo=UTC)


async def growth_rows(folder: Path, pace: Pace) -> AsyncIterator[Row]:
    """How much longer a create and a read by id take on a million documents."""
    for documents in (FEW, MANY):
        await _fill(folder / str(documents), documents)
    async with AsyncExitStack() as stack:
        few, few_process = await stack.enter_async_context(under_load(folder / str(FEW), "deals"))
        many, many_process = await stack.enter_async_context(under_load(folder / str(MANY), "deals"))
        creates = [GrpcTarget(one.address, CREATE, creations(one), one.token) for one in (few, many)]
        reads = [GrpcTarget(one.address, GET, await one_read(one), one.token) for one in (few, many)]
        for name, (small, large) in (("create", creates), ("read by id", reads)):
            pairs = await in_turns(
                Side(f"{FEW:,}", small, (few_process.pid,)),
                Side(f"{MANY:,}", large, (many_process.pid,)),
                CALLERS,
                pace,
            )
            measure = f"{name}, {MANY:,} documents over {FEW:,}"
            yield row(measure, pairs.rates, must=1.2, aim=1.05, most=True, unit="x", notes=pairs.notes)
        for target in (*creates, *reads):
            await target.close()


async def _fill(folder: Path, documents: int) -> None:
    store = await open_store("deals", cell="local", data_dir=folder, url="")
    await store.ensure((*COMPOSITION.kinds, *OUTBOX_KINDS))
    ids = Ids("local", SystemClock())
    for first in range(0, documents, WRITES_PER_COMMIT):
        await store.commit(
            [
                create(REGISTRATIONS, _registration(ids, n))
                for n in range(first, min(first + WRITES_PER_COMMIT, documents))
            ]
        )
    await store.close()


def _registration(ids: Ids, number: int) -> Registration:
    return Registration(
        id=ids.new("reg"),
        partner_id=f"ptn_local_{number % 5000:026d}",
        customer=Customer(legal_name=f"Customer {number}", country="DE"),
        lines=(RegistrationLine(sku="RTR-1", product_line="ROUTERS", quantity=2),),
        create_time=_AT,
        update_time=_AT,
    )
