"""The row about a person's package: its rows a second beside a bare stream of the same rows."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from libs.clock import monotonic
from libs.pb.prm.common.v1 import person_pb2
from libs.pb.prm.compliance import v1 as pb
from libs.pb.prm.deals.v1 import CreateRegistrationRequest
from libs.rpc.client import Client
from services.demo.scenario import SERVICES
from tests.load.bare import BareRows
from tests.load.calls import CREATE, SOMEBODY, creations
from tests.load.driver import GrpcTarget
from tests.load.pairs import Pace
from tests.load.process import under_load
from tests.load.report import Row, row
from tests.load.served import Ready
from tests.tokens import token
from tests.waiting import until

NAMED = 2_000  # registrations that name the person
CREATED_AT_ONCE = 32
FOUND_SECONDS = 120.0
COMPLIANCE = "prm.compliance.v1.ComplianceService"


async def export_rows(folder: Path, pace: Pace) -> AsyncIterator[Row]:
    """The package of somebody whom two thousand registrations name, taken again and again."""
    async with under_load(folder, *SERVICES) as (ready, _), Client(ready.address, token=token(folder)) as client:
        await _name_the_person(ready)
        request = await _asked(client)
        lines = await _rows_of(client, request)
        async with BareRows(ready.echo, lines) as bare:
            ratios, rates = [], []
            for pair in range(pace.pairs + 1):
                ours, other = await _seconds(_taken(client, request)), await _seconds(bare.read())
                if pair:  # the first pair warms both up
                    ratios.append(other / ours)
                    rates.append((len(lines) / ours, len(lines) / other))
    ours, other = (sorted(one)[len(rates) // 2] for one in zip(*rates, strict=True))
    notes = f"{len(lines)} rows; ours {ours:.0f} rows/s, bare stream {other:.0f} rows/s"
    yield row("subject export, rows a second over a bare stream", ratios, must=0.5, aim=0.8, notes=notes)


async def _name_the_person(ready: Ready) -> None:
    make = creations(ready)

    def one() -> bytes:
        request = CreateRegistrationRequest.FromString(make())
        request.customer_contact.CopyFrom(SOMEBODY)
        return request.SerializeToString()

    target = GrpcTarget(ready.address, CREATE, one, ready.token)
    for _ in range(0, NAMED, CREATED_AT_ONCE):
        await asyncio.gather(*(target.once() for _ in range(CREATED_AT_ONCE)))
    await target.close()


async def _asked(client: Client) -> pb.ExportRequestRequest:
    """A request of the person that every service has answered."""
    asked = pb.CreateRequestRequest(
        type=pb.REQUEST_TYPE_ACCESS,
        country="DE",
        channel=pb.REQUEST_CHANNEL_EMAIL,
        subject=person_pb2.Person(name=SOMEBODY.name, email=SOMEBODY.email),
        identity_proof=pb.IDENTITY_PROOF_ACCOUNT,
    )
    id = (await client.call(f"{COMPLIANCE}/CreateRequest", asked)).request.id

    async def answered() -> bool:
        found = await client.call(f"{COMPLIANCE}/GetRequest", pb.GetRequestRequest(id=id))
        return bool(found.request.state == pb.REQUEST_STATE_READY_FOR_REVIEW)

    await until(answered, within_seconds=FOUND_SECONDS)
    return pb.ExportRequestRequest(id=id)


async def _rows_of(client: Client, request: pb.ExportRequestRequest) -> list[bytes]:
    """The rows in a package, as its JSON Lines files have them."""
    files: dict[str, bytes] = {}
    async for answer in client.stream(f"{COMPLIANCE}/ExportRequest", request):
        if answer.HasField("chunk"):
            files[answer.chunk.path] = files.get(answer.chunk.path, b"") + answer.chunk.data
    return [
        line
        for path, data in files.items()
        if path.startswith("data/") and path.endswith(".json") and not path.endswith(".schema.json")
        for line in data.splitlines()
    ]


async def _taken(client: Client, request: pb.ExportRequestRequest) -> AsyncIterator[object]:
    async for answer in client.stream(f"{COMPLIANCE}/ExportRequest", request):
        yield answer


async def _seconds(stream: AsyncIterator[object]) -> float:
    begun = monotonic()
    async for _ in stream:
        pass
    return monotonic() - begun
