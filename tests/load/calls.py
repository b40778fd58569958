"""Rows about calls: each compared with a bare echo of the same process, pair by pair."""

from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path

from google.type.money_pb2 import Money

from libs.pb.prm.deals.v1.deals_requests_pb2 import (
    CreateRegistrationRequest,
    CreateRegistrationResponse,
    GetRegistrationRequest,
)
from libs.pb.prm.deals.v1.registration_pb2 import Customer, RegistrationLine
from tests.load.driver import Loop, Target
from tests.load.process import under_load
from tests.load.report import Row, row
from tests.load.served import ECHO, Ready

PAIRS = 7
SLICE_SECONDS = 2.0
WARM_SECONDS = 1.0
ECHO_BYTES = b"x" * 415

CREATE = "/prm.deals.v1.DealRegistrationService/CreateRegistration"
GET = "/prm.deals.v1.DealRegistrationService/GetRegistration"


async def call_rows(folder: Path) -> AsyncIterator[Row]:
    """Create at 64, 16 and 1 callers, its p99, and a read by id."""
    async with under_load(folder, "deals") as (ready, _):
        echo = Target(ready.echo, ECHO, lambda: ECHO_BYTES)
        create = Target(ready.address, CREATE, creations(ready))
        for callers, must, aim in ((64, 0.65, 0.80), (16, 0.50, 0.60), (1, 0.45, 0.55)):
            pairs = await _pairs(create, echo, callers)
            yield row(f"create, {callers} callers", [ours.rate / bare.rate for ours, bare in pairs], must=must, aim=aim)
            if callers == 64:
                late = [ours.percentile(99) / bare.percentile(99) for ours, bare in pairs]
                yield row("create, 64 callers, p99", late, must=1.8, aim=1.4, most=True)
        read = Target(ready.address, GET, await one_read(ready))
        pairs = await _pairs(read, echo, 64)
        yield row("read by id, 64 callers", [ours.rate / bare.rate for ours, bare in pairs], must=0.80, aim=0.92)
        for target in (echo, create, read):
            await target.close()


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


async def one_read(ready: Ready) -> Callable[[], bytes]:
    """Requests for one registration that exists."""
    target = Target(ready.address, CREATE, creations(ready))
    made = CreateRegistrationResponse.FromString(await target.once())
    await target.close()
    request = GetRegistrationRequest(id=made.registration.id).SerializeToString()
    return lambda: request


async def _pairs(ours: Target, echo: Target, callers: int) -> list[tuple[Loop, Loop]]:
    """Slices of both in turns, so that the neighbours disturb both alike."""
    await ours.loop(callers, WARM_SECONDS)
    await echo.loop(callers, WARM_SECONDS)
    found = []
    for pair in range(PAIRS):
        if pair % 2:
            bare = await echo.loop(callers, SLICE_SECONDS)
            found.append((await ours.loop(callers, SLICE_SECONDS), bare))
        else:
            mine = await ours.loop(callers, SLICE_SECONDS)
            found.append((mine, await echo.loop(callers, SLICE_SECONDS)))
    return found
