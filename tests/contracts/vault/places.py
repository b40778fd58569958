"""Where encrypted documents and their keys are in a test, so that a case can close them, open them again and let
another process write to them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from libs.clock import SteppedClock
from libs.document import Document
from libs.ids import Ids
from libs.messaging.outbox import KINDS as OUTBOX_KINDS
from libs.person import Person, PersonalText
from libs.privacy.aliases import ALIASES
from libs.privacy.keys import create_keys, open_keys
from libs.privacy.ledger.ledger import Ledger
from libs.privacy.sealing.store import SealedStore
from libs.privacy.vault.documents import CLAIMS, SHEETS, KeyClaim, KeySheet
from libs.privacy.vault.vault import Vault
from libs.store.port import Kind, Persons, Query, Store, create
from tests.builders import NOW
from tests.contracts.store.site import Site

SERVICE = "deals"


class Letter(Document, frozen=True, kw_only=True):
    """A document with persons in every way in which one may hold them."""

    sender: Person | None = None
    readers: tuple[Person, ...] = ()
    text: PersonalText | None = None
    notes: tuple[PersonalText, ...] = ()
    extras: dict[str, Any] = msgspec.field(default_factory=dict)
    imported_as: str = ""
    weight: int = 0


def _named(letter: Letter) -> tuple[Person, ...]:
    texts = (letter.text, *letter.notes)
    known = sorted({one.person_id for one in texts if one is not None and one.person_id})
    senders = (letter.sender,) if letter.sender else ()
    return (*senders, *letter.readers, *(Person(person_id=one) for one in known))


LETTERS = Kind("letter", Letter, persons=Persons(of=_named, about=lambda letter: letter.sender))


class Places:
    """A data store, a key store and a ledger; `arguments` tell `tests.contracts.vault.writer` how to open them."""

    def __init__(self, sites: Sequence[Site], folder: Path) -> None:
        self.data, self.keys, self.ledger = self.sites = tuple(sites)
        self.folder = folder
        create_keys(folder, [SERVICE])
        self.clock = SteppedClock(NOW)
        self.arguments = (str(folder), *(part for one in self.sites for part in (*one.arguments, "--")))

    @asynccontextmanager
    async def opened(self, *, sealing: bool = True, letters: Kind[Any] = LETTERS) -> AsyncIterator[SealedStore]:
        """The store, as a process has it. letters: their kind as the release of the process knows it."""
        async with opened(self.sites, self.folder, self.clock, sealing=sealing, letters=letters) as store:
            yield store

    async def recover(self) -> None:
        """Called when a process was killed that had the stores open."""
        for one in self.sites:
            await one.recover()


@asynccontextmanager
async def opened(
    sites: Sequence[Site], folder: Path, clock: SteppedClock, *, sealing: bool = True, letters: Kind[Any] = LETTERS
) -> AsyncIterator[SealedStore]:
    """The store of the suite's kinds over these sites: of data, keys and the ledger."""
    ids = Ids("local", clock)
    keys = open_keys(folder).of(SERVICE)
    inner, key_store, ledger_store = [await one.open() for one in sites]
    try:
        vault = await Vault.open(key_store, keys.open_wrapping, service=SERVICE, ids=ids, clock=clock)
        ledger = await Ledger.open(ledger_store, keys, SERVICE)
    except BaseException:
        for one in (inner, key_store, ledger_store):
            await one.close()
        raise
    store = SealedStore(inner, vault, SERVICE, clock, ledger=ledger, time_zone="UTC", sealing=sealing)
    try:
        await store.ensure([letters, ALIASES, *OUTBOX_KINDS])
        yield store
    finally:
        await store.close()


def a_person(name: str, number: int = 1) -> Person:
    """A person with that name."""
    return Person(person_id=f"psn_{number}", name=name, email=f"{name}@example.org")


async def put(store: Store, letter: Letter) -> None:
    """Store a new letter."""
    await store.commit([create(LETTERS, letter)])


async def sheets(store: SealedStore) -> Mapping[str, KeySheet]:
    """Every sheet of the key store."""
    return {one.value.id: one.value for one in await _all(store.vault.key_store, SHEETS)}


async def claims(store: SealedStore) -> Mapping[str, KeyClaim]:
    """Every claim of the data store."""
    return {one.value.id: one.value for one in await _all(store.inner, CLAIMS)}


async def _all(store: Store, kind: Kind[Any]) -> list[Any]:
    found: list[Any] = []
    cursor = ""
    while True:
        page = await store.find(Query(kind=kind, limit=1_000, cursor=cursor))
        found += page.rows
        if not (cursor := page.next_cursor):
            return found
