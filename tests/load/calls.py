"""Rows about calls: each compared with a bare echo of the same process, pair by pair."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path
from statistics import median, quantiles

from google.type.money_pb2 import Money

from libs.clock import monotonic
from libs.pb.prm.common.v1.person_pb2 import Person
from libs.pb.prm.deals.v1 import (
    CreateRegistrationRequest,
    CreateRegistrationResponse,
    Customer,
    GetRegistrationRequest,
    RegistrationLine,
)
from tests.load.bare import ECHO
from tests.load.driver import GrpcTarget
from tests.load.pairs import Pace, Side, in_turns
from tests.load.process import under_load
from tests.load.report import Row, row
from tests.load.served import Ready

SYNCS = 50
ECHO_BYTES = b"x" * 415
SOMEBODY = Person(name="Head of Purchasing", email="purchasing@zweiradwerk.example")

CREATE = "/prm.deals.v1.DealRegistrationService/CreateRegistration"
GET = "/prm.deals.v1.DealRegistrationService/GetRegistration"


async def call_rows(folder: Path, pace: Pace) -> AsyncIterator[Row]:
    """Create at 64, 16 and 1 callers, its p99, and a read by id, also one that the trail must know of."""
    async with under_load(folder, "deals") as (ready, process):
        pids = (process.pid,)
        echo = Side("echo", GrpcTarget(ready.echo, ECHO, lambda: ECHO_BYTES), pids)
        create = Side("ours", GrpcTarget(ready.address, CREATE, creations(ready), ready.token), pids)
        for callers, must, aim in ((64, 0.37, 0.45), (16, 0.28, 0.36), (1, 0.27, 0.34)):
            pairs = await in_turns(create, echo, callers, pace)
            notes = f"{pairs.notes}; {await asyncio.to_thread(disk, folder)}"
            yield row(f"create over the echo, {callers} callers", pairs.rates, must=must, aim=aim, notes=notes)
            if callers == 64:
                late = [ours.percentile(99) / bare.percentile(99) for ours, bare in pairs.slices]
                yield row("p99 of the create over p99 of the echo, 64 callers", late, must=3.0, aim=2.2, most=True)
        read = Side("ours", GrpcTarget(ready.address, GET, await one_read(ready), ready.token), pids)
        shown = Side("ours", GrpcTarget(ready.address, GET, await one_read(ready, SOMEBODY), ready.token), pids)
        for what, side in (("read by id", read), ("read by id that shows a person", shown)):
            pairs = await in_turns(side, echo, 64, pace)
            yield row(f"{what} over the echo, 64 callers", pairs.rates, must=0.65, aim=0.75, notes=pairs.notes)
        for side in (echo, create, read, shown):
            await side.target.close()


def disk(folder: Path) -> str:
    """How long the disk takes to make 4 KiB durable at this moment: every lone command waits for it once."""
    took = []
    with (folder / "disk").open("wb", buffering=0) as file:
        for _ in range(SYNCS):
            file.write(b"x" * 4096)
            begun = monotonic()
            os.fdatasync(file.fileno())
            took.append((monotonic() - begun) * 1000)
    return f"fdatasync {median(took):.2f} ms, nine of ten below {quantiles(took, n=10)[-1]:.2f} ms"


def creations(ready: Ready) -> Callable[[], bytes]:
    """Requests to create a registration, each with a request_id of its own."""
    numbers = count()
    request = CreateRegistrationRequest(
        customer=Customer(legal_name="Zweiradwerk Müller & Söhne GmbH", country="DE", domain="zweiradwerk.example"),
        lines=[
            RegistrationLine(
                sku=f"RTR-{line}",
                product_line="ROUTERS",
                quantity=12,
                expected_amount=Money(currency_code="EUR", units=line),
            )
            for line in range(1, 4)
        ],
    )

    def one() -> bytes:
        number = next(numbers)
        request.request_id = f"bench-{number}-{ready.echo}"
        request.partner_id = ready.partners[number % len(ready.partners)]
        return request.SerializeToString()

    return one


async def one_read(ready: Ready, contact: Person | None = None) -> Callable[[], bytes]:
    """Requests for one registration that exists."""
    first = CreateRegistrationRequest.FromString(creations(ready)())
    if contact is not None:
        first.customer_contact.CopyFrom(contact)
    first.request_id += f"-{'shown' if contact else 'read'}"
    target = GrpcTarget(ready.address, CREATE, first.SerializeToString, ready.token)
    made = CreateRegistrationResponse.FromString(await target.once())
    await target.close()
    request = GetRegistrationRequest(id=made.registration.id).SerializeToString()
    return lambda: request
