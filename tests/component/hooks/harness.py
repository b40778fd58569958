"""A hooks service without its process: what its methods answer on a real store, and what receivers got from it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from google.protobuf.message import Message
from protovalidate import Validator

from libs.call import SYSTEM, Call, Caller, IdempotencyKey
from libs.clock import SteppedClock
from libs.messaging.catalogue import deliverable
from libs.messaging.envelope import Envelope
from libs.messaging.events import message_type
from libs.outbound.addresses import Address, literal
from libs.outbound.posting import Poster
from libs.partner import PartnerFacts, PartnerStatus
from libs.partner_projection import ProjectPartner, project_partner
from libs.pb.prm.hooks import v1 as pb
from libs.privacy.keys import Keys
from libs.rpc.decode import Decoder
from libs.store.port import Store
from services.hooks.deliveries.consumers import on_event
from services.hooks.sending.workers import Sender
from services.hooks.service import COMPOSITION, partner_events
from services.hooks.settings import Policy, Settings
from tests.builders import a_call, an_id
from tests.component.replica import Replica, Shelf

PARTNER, OTHER_PARTNER = an_id("ptn"), an_id("ptn", 2)
CONFIRMED = "orders.order.confirmed"


class Names:
    """A resolver whose answers a test gives, one after the other; the last one stays. asked: how often it was."""

    def __init__(self, *answers: str) -> None:
        self._answers = [tuple(_address(one) for one in answer.split()) for answer in answers or ("127.0.0.1",)]
        self.asked = 0

    async def resolve(self, host: str) -> tuple[Address, ...]:
        """See Resolver."""
        self.asked += 1
        return self._answers[min(self.asked, len(self._answers)) - 1]

    async def close(self) -> None:
        """See Resolver."""


def _address(text: str) -> Address:
    found = literal(text)
    assert found is not None, text
    return found


class Harness(Replica[Settings]):
    """One replica of hooks."""

    def __init__(
        self, store: Store, keys: Keys, *, clock: SteppedClock | None = None, policy: Policy | None = None
    ) -> None:
        super().__init__(
            "hooks",
            store,
            keys=keys,
            objects=Shelf(),
            encode=COMPOSITION.encode,
            settings=Settings(policy=policy or Policy(loopback=True), partner_events=partner_events()),
            clock=clock,
            partners=COMPOSITION.partners,
        )
        self._service = COMPOSITION.servicer(self.env)
        self._validator = Validator()

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
        return await getattr(self._service, name)(request, Call(caller=caller, method=f"/{name}", request=asked))

    async def subscribe(self, url: str, *, partner: str = "", **fields: Any) -> pb.CreateSubscriptionResponse:
        """A new subscription to confirmed orders."""
        found: pb.CreateSubscriptionResponse = await self.call(a_subscription(url=url, **fields), partner=partner)
        return found

    async def know_partner(
        self, id: str = PARTNER, status: PartnerStatus = PartnerStatus.ACTIVE, *, version: int = 1
    ) -> None:
        """As if the partner's event had come."""
        fact = PartnerFacts(id=id, status=status, facts_version=version, country="DE")
        await self.env.run(project_partner, ProjectPartner(call=a_call(), fact=fact))

    async def happen(self, subject: str = CONFIRMED, **fields: Any) -> Envelope:
        """As if an event had come from the broker."""
        envelope = self.an_event(subject, **fields)
        await on_event(self.env, envelope, a_call())
        return envelope

    def an_event(self, subject: str = CONFIRMED, **fields: Any) -> Envelope:
        """An event of this cell."""
        message = message_type(deliverable()[subject])(**{"partner_id": PARTNER, **fields})
        return Envelope(
            id=self.env.ids.new("evt"),
            type=deliverable()[subject],
            source=f"prm/local/{subject.split('.', maxsplit=1)[0]}",
            about=an_id("ord"),
            version=3,
            subject=f"prm.local.{subject}",
            time=self.clock.now(),
            actor="dev:ada",
            body=message.SerializeToString(),
        )

    def later(self, **by: float) -> None:
        """Let time pass."""
        self.clock.advance(timedelta(**by))

    async def deliveries(self, subscription_id: str, **fields: Any) -> list[pb.Delivery]:
        """The deliveries of a subscription, the newest event first."""
        found = await self.call(pb.ListDeliveriesRequest(subscription_id=subscription_id, **fields))
        return list(found.deliveries)

    async def only(self, subscription_id: str) -> pb.Delivery:
        """The one delivery of a subscription."""
        [found] = await self.deliveries(subscription_id)
        return found

    async def backlog(self, subscription_id: str) -> pb.Backlog:
        """What waits for a receiver."""
        found: pb.Backlog = (await self.call(pb.GetBacklogRequest(subscription_id=subscription_id))).backlog
        return found

    @asynccontextmanager
    async def sender(self, names: Names | None = None, **poster: Any) -> AsyncIterator[Sender]:
        """A sender of this replica, with a resolver of the test."""
        async with Poster(names or Names(), **{"loopback": True, **poster}) as found:
            yield Sender(self.env, found)

    async def send(self, **poster: Any) -> int:
        """Send once what is due."""
        async with self.sender(**poster) as sender:
            return await sender.send_due()


def a_subscription(**fields: Any) -> pb.CreateSubscriptionRequest:
    """An ERP wants to know of confirmed orders."""
    defaults: dict[str, Any] = {
        "name": "ERP",
        "url": "https://erp.example/hooks",
        "event_types": [CONFIRMED],
        "scheme": pb.SIGNATURE_SCHEME_ED25519,
    }
    return pb.CreateSubscriptionRequest(**{**defaults, **fields})
