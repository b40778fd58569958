"""A tickets service without its process: what its methods answer on a real store, and what it told the others."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from protovalidate import Validator

from libs.call import SYSTEM, Call, Caller, IdempotencyKey
from libs.clock import SteppedClock
from libs.partner import PartnerFacts, PartnerStatus
from libs.partner_projection import ProjectPartner, project_partner
from libs.pb.prm.common.v1 import import_pb2, person_pb2
from libs.pb.prm.tickets import v1 as pb
from libs.privacy.keys import Keys
from libs.rpc.decode import Decoder, Incoming
from libs.store.port import Store
from services.tickets.clocks.jobs import publish_deadlines
from services.tickets.handling.usecases.orders import KnowOrder, know_order
from services.tickets.record.domain.policy import ServicePolicy
from services.tickets.service import COMPOSITION
from services.tickets.settings import STANDARD, Settings
from tests.builders import a_call, an_id
from tests.component.replica import Replica, Shelf

PARTNER, OTHER_PARTNER, ORDER = an_id("ptn"), an_id("ptn", 2), an_id("ord")


class Harness(Replica[Settings]):
    """One replica of tickets."""

    def __init__(
        self,
        store: Store,
        keys: Keys,
        *,
        clock: SteppedClock | None = None,
        policy: ServicePolicy = STANDARD,
    ) -> None:
        self.shelf = Shelf()
        super().__init__(
            "tickets",
            store,
            keys=keys,
            objects=self.shelf,
            encode=COMPOSITION.encode,
            settings=Settings(policy=policy),
            clock=clock,
            partners=COMPOSITION.partners,
        )
        self._service = COMPOSITION.servicer(self.env)
        self._validator = Validator()

    def later(self, **by: float) -> datetime:
        """Let time pass."""
        self.clock.advance(timedelta(**by))
        return self.clock.now()

    async def call(self, request: Message, *, partner: str = "") -> Any:
        """The answer to a request, checked as the wrapper does; by one of a partner's people if `partner` is given."""
        descriptor: Any = request.DESCRIPTOR
        name = descriptor.name.removesuffix("Request")
        Decoder(descriptor, self._validator, self.env.directory).check(request)
        caller = Caller(subject="partner-user", partner_id=partner) if partner else SYSTEM
        asked = IdempotencyKey(
            request_id=getattr(request, "request_id", ""),
            caller=caller.subject,
            fingerprint=request.SerializeToString(deterministic=True).hex(),
        )
        return await getattr(self._service, name)(request, Call(caller=caller, method=name, request=asked))

    async def take(
        self, *rows: pb.ImportTicketRow, update_existing: bool = False, validate_only: bool = False
    ) -> list[import_pb2.ImportResult]:
        """The results of one message of rows."""
        request = pb.ImportTicketsRequest(rows=rows, update_existing=update_existing, validate_only=validate_only)

        async def batches() -> AsyncIterator[Incoming[pb.ImportTicketsRequest]]:
            yield Incoming(request, None)

        answers = [one async for one in self._service.ImportTickets(batches(), a_call())]
        return [result for answer in answers for result in answer.results]

    async def sweep(self) -> int:
        """Run the job once."""
        return await publish_deadlines(self.env)

    async def know_partner(self, id: str = PARTNER, status: PartnerStatus = PartnerStatus.ACTIVE, **facts: Any) -> None:
        """As if the partner's event had come."""
        fact = PartnerFacts(id=id, status=status, **{"facts_version": 1, "country": "DE", **facts})
        await self.env.run(project_partner, ProjectPartner(call=a_call(), fact=fact))

    async def know_order(self, id: str = ORDER, partner: str = PARTNER) -> None:
        """As if the order's event had come."""
        await self.env.run(know_order, KnowOrder(call=a_call(), order_id=id, partner_id=partner))

    async def file(self, **fields: Any) -> pb.Ticket:
        """A new ticket."""
        answer: pb.Ticket = (await self.call(a_filing(**fields))).ticket
        return answer

    async def get(self, id: str, *, partner: str = "") -> pb.GetTicketResponse:
        """The ticket with everything around it."""
        answer: pb.GetTicketResponse = await self.call(pb.GetTicketRequest(id=id), partner=partner)
        return answer


def a_filing(**fields: Any) -> pb.CreateTicketRequest:
    """A customer's router is broken."""
    defaults: dict[str, Any] = {
        "partner_id": PARTNER,
        "requester": person_pb2.Person(name="Ngozi Okafor", email="ngozi@example.org"),
        "subject": text("The router does not start"),
        "channel": pb.CHANNEL_PORTAL,
        "impact": pb.IMPACT_HIGH,
        "urgency": pb.URGENCY_HIGH,
    }
    return pb.CreateTicketRequest(**{**defaults, **fields})


def text(words: str, person_id: str = "") -> person_pb2.PersonalText:
    """Something in words."""
    return person_pb2.PersonalText(text=words, person_id=person_id)


def stamp(at: datetime) -> Timestamp:
    """An instant on the wire."""
    found = Timestamp()
    found.FromDatetime(at)
    return found
