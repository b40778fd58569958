"""Rows about the encryption of personal data: the same calls on a service with it and on one without, in turns."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from random import Random

from libs.pb.prm.common.v1.person_pb2 import Person, PersonalText, PostalAddress
from libs.pb.prm.deals.v1 import CreateRegistrationRequest, CreateRegistrationResponse, GetRegistrationRequest
from libs.privacy.vault.opened import MOST_SHEETS
from libs.privacy.vault.vault import CLAIMS_PER_SHEET
from tests.load.calls import CREATE, GET, creations
from tests.load.driver import GrpcTarget
from tests.load.pairs import Pace, Side, in_turns
from tests.load.process import under_load
from tests.load.report import Row, row
from tests.load.served import CLEAR, Ready

CALLERS = 64
FEW = MOST_SHEETS * CLAIMS_PER_SHEET // 2  # whose keys all fit into the cache
MANY = 4 * FEW  # twice as many as have their keys in the cache
MUST, AIM = 0.85, 0.95
SEED = 7


async def sealing_rows(folder: Path, pace: Pace) -> AsyncIterator[Row]:
    """Creates with two new persons in every call, and reads of documents whose keys fit into the cache, and of more."""
    async with AsyncExitStack() as stack:
        ours, ours_process = await stack.enter_async_context(under_load(folder / "sealed", "deals"))
        bare, bare_process = await stack.enter_async_context(under_load(folder / "clear", "deals", CLEAR))
        creates = [GrpcTarget(one.address, CREATE, _creations(one), one.token) for one in (ours, bare)]
        for callers in (CALLERS, 1):
            sides = [
                Side(name, target, (process.pid,))
                for name, target, process in zip(
                    ("sealed", "clear"), creates, (ours_process, bare_process), strict=True
                )
            ]
            pairs = await in_turns(sides[0], sides[1], callers, pace)
            measure = f"create with two new persons, sealed over clear, {callers} callers"
            yield row(measure, pairs.rates, must=MUST, aim=AIM, notes=pairs.notes)
        known = _Documents(ours), _Documents(bare)
        reads = [GrpcTarget(one.ready.address, GET, one.read, one.ready.token) for one in known]
        sides = [
            Side(name, target, (process.pid,))
            for name, target, process in zip(("sealed", "clear"), reads, (ours_process, bare_process), strict=True)
        ]
        for documents in (FEW, MANY):
            for one in known:
                await one.create(documents)
            pairs = await in_turns(sides[0], sides[1], CALLERS, pace)
            measure = f"read by id of {documents:,} documents with two persons, sealed over clear, {CALLERS} callers"
            yield row(measure, pairs.rates, must=MUST, aim=AIM, notes=pairs.notes)
        for target in (*creates, *reads):
            await target.close()


def _creations(ready: Ready) -> Callable[[], bytes]:
    """Requests to create a registration with two persons and a text that nobody has sent before."""
    plain, numbers = creations(ready), count()

    def one() -> bytes:
        number = next(numbers)
        request = CreateRegistrationRequest.FromString(plain())
        request.customer_contact.CopyFrom(somebody("customer", number))
        request.sales_contact.CopyFrom(somebody("sales", number))
        request.description.CopyFrom(PersonalText(text=f"Order {number} was promised for the spring."))
        return request.SerializeToString()

    return one


def somebody(what: str, number: int) -> Person:
    """A person with every field but a locale, another one for each number."""
    return Person(
        name=f"{what.title()} Contact {number}",
        email=f"{what}.{number}@example.org",
        phone=f"+4930{9_000_000 + number}",
        job_title="Head of Purchasing",
        address=PostalAddress(country="DE", city="Berlin", postal_code="10115", lines=[f"Street {number}"]),
    )


class _Documents:
    """The documents of one service, to be read in a random order: in the order of their creation, the keys of a
    document were forgotten before anybody asks for it again."""

    def __init__(self, ready: Ready) -> None:
        self.ready = ready
        self._requests: list[bytes] = []
        self._some = Random(SEED)

    def read(self) -> bytes:
        """A request for any of them."""
        return self._some.choice(self._requests)

    async def create(self, documents: int) -> None:
        """Create documents until there are so many."""
        target = GrpcTarget(self.ready.address, CREATE, _creations(self.ready), self.ready.token)

        async def until_enough() -> None:
            while len(self._requests) < documents:
                made = CreateRegistrationResponse.FromString(await target.once())
                self._requests.append(GetRegistrationRequest(id=made.registration.id).SerializeToString())

        await asyncio.gather(*(until_enough() for _ in range(CALLERS)))
        await target.close()
