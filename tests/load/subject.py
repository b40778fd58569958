"""A person whom many registrations name, and a request of this person that every service has answered."""

import asyncio

from libs.pb.prm.common.v1 import person_pb2
from libs.pb.prm.compliance import v1 as pb
from libs.pb.prm.deals.v1 import CreateRegistrationRequest
from libs.rpc.client import Client
from tests.load.calls import CREATE, SOMEBODY, creations
from tests.load.driver import GrpcTarget
from tests.load.served import Ready
from tests.waiting import until

COMPLIANCE = "prm.compliance.v1.ComplianceService"
CREATED_AT_ONCE = 32
FOUND_SECONDS = 300.0


async def name_the_person(ready: Ready, count: int) -> None:
    """Create registrations that name SOMEBODY; at least `count`, a few more to fill the last group."""
    make = creations(ready)

    def one() -> bytes:
        request = CreateRegistrationRequest.FromString(make())
        request.customer_contact.CopyFrom(SOMEBODY)
        return request.SerializeToString()

    target = GrpcTarget(ready.address, CREATE, one, ready.token)
    for _ in range(0, count, CREATED_AT_ONCE):
        await asyncio.gather(*(target.once() for _ in range(CREATED_AT_ONCE)))
    await target.close()


async def ask(client: Client, type: "pb.RequestType.ValueType") -> str:
    """The id of a request of SOMEBODY that every service has answered."""
    asked = pb.CreateRequestRequest(
        type=type,
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
    return str(id)
