"""Rows about calls: each compared with a bare echo of the same process, pair by pair."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path
from statistics import median, quantiles

import msgspec
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
from tests.load.driver import Loop, Target
from tests.load.process import cpu_seconds, under_load
from tests.load.report import Row, row
from tests.load.served import ECHO, Ready

PAIRS = 7
SLICE_SECONDS = 2.0
WARM_SECONDS = 1.0
SYNCS = 50
ECHO_BYTES = b"x" * 415
SOMEBODY = Person(name="Head of Purchasing", email="purchasing@zweiradwerk.example")

CREATE = "/prm.deals.v1.DealRegistrationService/CreateRegistration"
GET = "/prm.deals.v1.DealRegistrationService/GetRegistration"


async def call_rows(folder: Path) -> AsyncIterator[Row]:
    """Create at 64, 16 and 1 callers, its p99, and a read by id, also one that the trail must know of."""
    async with under_load(folder, "deals") as (ready, process):
        echo = Target(ready.echo, ECHO, lambda: ECHO_BYTES)
        create = Target(ready.address, CREATE, creations(ready), ready.token)
        for callers, must, aim in ((64, 0.65, 0.80), (16, 0.50, 0.60), (1, 0.45, 0.55)):
            pairs = Pairs(await _pairs(create, echo, callers, process))
            notes = f"{pairs.notes}; {await asyncio.to_thread(disk, folder)}"
            yield row(f"create, {callers} callers", pairs.rates, must=must, aim=aim, notes=notes)
            if callers == 64:
                late = [ours.percentile(99) / bare.percentile(99) for ours, bare in pairs.slices]
                yield row("create, 64 callers, p99", late, must=1.8, aim=1.4, most=True)
        read = Target(ready.address, GET, await one_read(ready), ready.token)
        shown = Target(ready.address, GET, await one_read(ready, SOMEBODY), ready.token)
        for what, target in (("read by id", read), ("read by id that shows a person", shown)):
            pairs = Pairs(await _pairs(target, echo, 64, process))
            yield row(f"{what}, 64 callers", pairs.rates, must=0.80, aim=0.92, notes=pairs.notes)
        for target in (echo, create, read, shown):
            await target.close()


class Pairs(msgspec.Struct, frozen=True):
    """Slices of ours, each beside one of the echo."""

    slices: list[tuple[Loop, Loop]]

    @property
    def rates(self) -> list[float]:
        """Our calls for one of the echo."""
        return [ours.rate / bare.rate for ours, bare in self.slices]

    @property
    def notes(self) -> str:
        """What the ratio is made of: rates, and processor time of the server, which neighbours disturb least."""
        ours, bare = ([pair[side] for pair in self.slices] for side in (0, 1))
        told = []
        for name, loops in (("ours", ours), ("echo", bare)):
            rate, cpu = median([one.rate for one in loops]), median([one.server_cpu_micros for one in loops])
            told.append(f"{name} {rate:.0f}/s, {cpu:.0f} us of server cpu a call")
        return "; ".join(told)


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
    target = Target(ready.address, CREATE, first.SerializeToString, ready.token)
    made = CreateRegistrationResponse.FromString(await target.once())
    await target.close()
    request = GetRegistrationRequest(id=made.registration.id).SerializeToString()
    return lambda: request


async def _pairs(
    ours: Target, echo: Target, callers: int, process: asyncio.subprocess.Process
) -> list[tuple[Loop, Loop]]:
    """Slices of both in turns, so that the neighbours disturb both alike."""

    async def slice_of(target: Target) -> Loop:
        before = cpu_seconds(process)
        loop = await target.loop(callers, SLICE_SECONDS)
        return msgspec.structs.replace(loop, server_cpu_seconds=cpu_seconds(process) - before)

    await ours.loop(callers, WARM_SECONDS)
    await echo.loop(callers, WARM_SECONDS)
    found = []
    for pair in range(PAIRS):
        if pair % 2:
            bare = await slice_of(echo)
            found.append((await slice_of(ours), bare))
        else:
            mine = await slice_of(ours)
            found.append((mine, await slice_of(echo)))
    return found
