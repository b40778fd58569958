"""The row about an erasure: how long it takes to erase a person from all services while one of them creates."""

from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path

from libs.clock import monotonic
from libs.pb.prm.compliance import v1 as pb
from libs.pb.prm.deals.v1 import CreateRegistrationRequest
from libs.rpc.client import Client
from services.demo.scenario import SERVICES
from tests.load.calls import CREATE, creations
from tests.load.driver import GrpcTarget, Loop
from tests.load.pairs import Pace
from tests.load.process import cpu_seconds, under_load
from tests.load.report import Row, row
from tests.load.sealing import somebody
from tests.load.served import Ready
from tests.load.subject import ask, name_the_person
from tests.tokens import token

NAMED, NAMED_IN_FULL = 1_000, 10_000  # registrations that name the person
CALLERS = 4
MUST_SECONDS, AIM_SECONDS = 60.0, 20.0  # with NAMED_IN_FULL
LOOK_SECONDS = 0.25
ERASURES = "prm.compliance.v1.ErasureService"


async def erasing_rows(folder: Path, pace: Pace) -> AsyncIterator[Row]:
    """From the call that begins the erasure to its certificate, while four callers create registrations."""
    named = NAMED_IN_FULL if pace.full else NAMED
    async with under_load(folder, *SERVICES) as (ready, process), Client(ready.address, token=token(folder)) as client:
        await name_the_person(ready, named)
        request = await ask(client, pb.REQUEST_TYPE_ERASURE)
        creating = GrpcTarget(ready.address, CREATE, _with_others(ready), ready.token)
        alone = await creating.loop(CALLERS, pace.slice_seconds)
        begun, used = monotonic(), cpu_seconds([process.pid])
        await client.call(f"{ERASURES}/BeginErasure", pb.BeginErasureRequest(case_id=request))
        beside: list[Loop] = []
        while (erasure := await _erasure(client, request)).state != pb.ERASURE_STATE_CERTIFIED:
            beside.append(await creating.loop(CALLERS, LOOK_SECONDS))
        seconds, cpu = monotonic() - begun, cpu_seconds([process.pid]) - used
        rows = sum(one.rows for said in erasure.statements for one in said.counts)
        await creating.close()
    assert rows >= named, f"{rows} rows erased of {named}"
    share = named / NAMED_IN_FULL
    notes = "; ".join(
        [
            f"{CALLERS} callers create {_rate(beside):.0f}/s meanwhile, slowest call {_slowest(beside):.2f} s",
            f"alone {alone.rate:.0f}/s, {_slowest([alone]):.2f} s",
            f"{cpu:.1f} s of server cpu in all",
        ]
    )
    measure = f"erase a person with {rows:,} rows beside creates"
    yield row(measure, [seconds], must=MUST_SECONDS * share, aim=AIM_SECONDS * share, most=True, unit="s", notes=notes)


async def _erasure(client: Client, id: str) -> pb.Erasure:
    answer: pb.GetErasureResponse = await client.call(f"{ERASURES}/GetErasure", pb.GetErasureRequest(case_id=id))
    return answer.erasure


def _with_others(ready: Ready) -> Callable[[], bytes]:
    """Requests to create a registration with a contact who is somebody else each time."""
    make, numbers = creations(ready), count()

    def one() -> bytes:
        request = CreateRegistrationRequest.FromString(make())
        number = next(numbers)
        request.request_id = f"beside-{number}-{ready.echo}"
        request.customer_contact.CopyFrom(somebody("customer", number))
        return request.SerializeToString()

    return one


def _rate(loops: list[Loop]) -> float:
    return sum(one.calls for one in loops) / sum(one.seconds for one in loops)


def _slowest(loops: list[Loop]) -> float:
    return max(one.latencies[-1] for one in loops)
