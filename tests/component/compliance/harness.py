"""Compliance and two other holders of persons on one shelf, each on a store of its own, without a broker between."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from libs.country import Directory
from libs.erasing import ERASED
from libs.measures import MEASURED
from libs.messaging.envelope import Envelope
from libs.person import Person, PersonalText
from libs.privacy.aliases import ALIASES, alias_writes
from libs.privacy.keys import Keys
from libs.privacy.renewal import ALIAS_WALKS
from libs.privacy.unsought import unsought
from libs.purging import KINDS as PURGE_KINDS
from libs.store.port import Document, Index, Kind, Persons, Store, create
from libs.subject_data import ANSWERS, answering
from services.compliance.package.usecases.assembly import Package
from services.compliance.package.usecases.export import make_package
from services.compliance.requests.consumers import on_subject_data_located
from services.compliance.requests.documents import REQUESTS
from services.compliance.requests.domain.request import SERVICES, AliasField, SubjectAlias, SubjectRequest
from services.compliance.requests.domain.states import IdentityProof, RequestChannel, RequestType
from services.compliance.requests.usecases import CreateRequest, create_request
from services.compliance.service import COMPOSITION
from services.compliance.settings import Settings
from tests.builders import a_call
from tests.component.replica import Replica, Shelf, sealed
from tests.compositions import COMPOSITIONS


class Card(Document, frozen=True, kw_only=True):
    """A row with persons in it."""

    owner: Person
    country: str = ""
    others: tuple[Person, ...] = ()
    remark: str = ""
    note: PersonalText | None = None


_SEARCH = next(one for one in COMPOSITION.consumers if one.subject == "compliance.subject_request.opened")


async def _country(store: Store, card: Card) -> str:
    return card.country


def _named(card: Card) -> tuple[Person, ...]:
    return (card.owner, *card.others)


CARDS = Kind("card", Card, (Index(("remark",)),), persons=Persons(of=_named, country=_country))
KINDS = (CARDS, ALIASES, ALIAS_WALKS, ANSWERS, ERASED, MEASURED, *PURGE_KINDS)

HOLDING = answering(CARDS, unsought=unsought("deals", CARDS))


class Holder(Replica[None]):
    """Any service that holds persons."""

    def __init__(self, name: str, store: Store, keys: Keys, shelf: Shelf) -> None:
        super().__init__(name, store, keys=keys, objects=shelf, encode=COMPOSITIONS[name].encode, settings=None)
        self._keys = keys

    async def keep(self, card: Card) -> None:
        """A row and what it is found by, as services write them."""
        named = (card.owner, *card.others)
        found = await alias_writes(self.env.store, self._keys, CARDS, card.id, after=named)
        await self.env.store.commit([create(CARDS, card), *found])

    async def answer(self, opened: Envelope) -> Envelope:
        """What it tells when asked."""
        await HOLDING.handle(self.env, opened, a_call())
        return self.told[-1]


class Harness(Replica[Settings]):
    """Compliance, and everybody it asks."""

    def __init__(
        self,
        store: Store,
        keys: Keys,
        holders: dict[str, Holder],
        shelf: Shelf,
        *,
        directory: Directory | None = None,
    ) -> None:
        self.shelf = shelf
        self.holders = holders
        super().__init__(
            "compliance",
            store,
            keys=keys,
            objects=shelf,
            encode=COMPOSITION.encode,
            settings=Settings(),
            directory=directory,
        )

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
        return await self.run(create_request, CreateRequest, **content)

    def opened(self) -> Envelope:
        """The last question."""
        return [one for one in self.told if one.type.endswith("SubjectRequestOpened")][-1]

    async def answers(self, opened: Envelope, *services: str) -> list[Envelope]:
        """What these services answer, all if none is named."""
        found = []
        for name in services or SERVICES:
            if name == "compliance":
                await _SEARCH.handle(self.env, opened, a_call())
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

    async def package(self, request: SubjectRequest) -> Package:
        """What is handed out."""
        return await make_package(self.env, await self.request(request), language="en")


@asynccontextmanager
async def harnessed(folder: Path, keys: Keys) -> AsyncIterator[Harness]:
    """Compliance and everybody it asks, each with a store in the folder."""
    async with AsyncExitStack() as stack:
        shelf = Shelf()
        holders = {}
        for name in COMPOSITIONS.keys() - {COMPOSITION.name}:
            (folder / name).mkdir()
            store = await stack.enter_async_context(sealed(folder / name, name, KINDS, keys))
            holders[name] = Holder(name, store, keys, shelf)
        store = await stack.enter_async_context(sealed(folder, COMPOSITION.name, COMPOSITION.kinds, keys))
        yield Harness(store, keys, holders, shelf)
