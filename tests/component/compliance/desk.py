"""Compliance and two other holders of persons on one shelf, each on a store of its own, without a broker between."""

from typing import Any

from libs.messaging.envelope import Envelope
from libs.person import Person, PersonalText
from libs.privacy.aliases import ALIASES, alias_writes
from libs.privacy.keys import Keys
from libs.store.port import Document, Index, Kind, Store, create
from libs.subject_data import ANSWERS, Holding, answering
from services.compliance import wire
from services.compliance.consumers import on_subject_data_located
from services.compliance.documents import REQUESTS
from services.compliance.domain.kinds import IdentityProof, RequestChannel, RequestType
from services.compliance.domain.request import SERVICES, AliasField, SubjectAlias, SubjectRequest
from services.compliance.subject_data import CONSUMER
from services.compliance.usecases import package, requests
from services.compliance.usecases.settings import Settings
from services.deals import wire as deals_wire
from services.orders.service import COMPOSITION as ORDERS
from services.partners.service import COMPOSITION as PARTNERS
from services.tickets.service import COMPOSITION as TICKETS
from tests.builders import a_call
from tests.component.replica import Replica, Shelf

ENCODERS = {
    "deals": deals_wire.EVENTS.encode,
    "orders": ORDERS.encode,
    "partners": PARTNERS.encode,
    "tickets": TICKETS.encode,
}


class Card(Document, frozen=True, kw_only=True):
    """A row with persons in it."""

    owner: Person
    country: str = ""
    others: tuple[Person, ...] = ()
    remark: str = ""
    note: PersonalText | None = None


CARDS = Kind("card", Card, (Index(("remark",)),))
KINDS = (CARDS, ALIASES, ANSWERS)


async def _country(store: Store, card: Card) -> str:
    return card.country


HOLDING = answering(Holding(CARDS, lambda card: (card.owner, *card.others), _country))


class Holder(Replica[None]):
    """Any service that holds persons."""

    def __init__(self, name: str, store: Store, keys: Keys, shelf: Shelf) -> None:
        super().__init__(name, store, keys=keys, objects=shelf, encode=ENCODERS[name], settings=None)
        self._keys = keys

    async def keep(self, card: Card) -> None:
        """A row and what it is found by, as services write them."""
        named = (card.owner, *card.others)
        await self.env.store.commit([create(CARDS, card), *alias_writes(self._keys, CARDS, card.id, after=named)])

    async def answer(self, opened: Envelope) -> Envelope:
        """What it tells when asked."""
        await HOLDING.handle(self.env, opened, a_call())
        return self.told[-1]


class Desk(Replica[Settings]):
    """Compliance, and everybody it asks."""

    def __init__(self, store: Store, keys: Keys, holders: dict[str, Holder], shelf: Shelf) -> None:
        self.shelf = shelf
        self.holders = holders
        super().__init__("compliance", store, keys=keys, objects=shelf, encode=wire.EVENTS.encode, settings=Settings())

    async def ask(self, *aliases: tuple[str, str], **fields: Any) -> SubjectRequest:
        """A request of somebody in Germany who is known by these."""
        content: dict[str, Any] = {
            "type": RequestType.ACCESS,
            "country": "DE",
            "channel": RequestChannel.EMAIL,
            "identity_proof": IdentityProof.ACCOUNT,
            "aliases": tuple(SubjectAlias(field=AliasField(field), value=value) for field, value in aliases),
            **fields,
        }
        return await self.run(requests.create_request, requests.CreateRequest, **content)

    def opened(self) -> Envelope:
        """The last question."""
        return [one for one in self.told if one.type.endswith("SubjectRequestOpened")][-1]

    async def answers(self, opened: Envelope, *services: str) -> list[Envelope]:
        """What these services answer, all if none is named."""
        found = []
        for name in services or SERVICES:
            if name == "compliance":
                await CONSUMER.handle(self.env, opened, a_call())
                found.append(self.told[-1])
            else:
                found.append(await self.holders[name].answer(opened))
        return found

    async def hear(self, *answers: Envelope) -> None:
        """The answers arrive."""
        for one in answers:
            await on_subject_data_located(self.env, one, a_call())

    async def search(self, request: SubjectRequest) -> SubjectRequest:
        """Round after round until everybody has answered everything."""
        while (await self.request(request)).missing_services:
            await self.hear(*await self.answers(self.opened()))
        return await self.request(request)

    async def request(self, request: SubjectRequest) -> SubjectRequest:
        """The request as it is now."""
        return await self.value(REQUESTS, request.id)

    async def package(self, request: SubjectRequest) -> package.Package:
        """What is handed out."""
        return await package.make_package(self.env, await self.request(request))
