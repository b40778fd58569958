"""A small service that says when something happens, and one that writes down in a ledger what it hears."""

import asyncio
from collections.abc import Sequence

import msgspec

from libs.call import Call, Command
from libs.clock import Clock
from libs.country import Cell, Directory
from libs.env import Env
from libs.errors import StoreUnavailable
from libs.messaging.consumers import durable_name
from libs.messaging.envelope import Envelope
from libs.messaging.outbox import KINDS, OUTBOX, Encoded, OutboxEntry, no_relay
from libs.messaging.relay import Relay
from libs.store.port import Document, Kind, Query, Store, create, get, get_all
from tests.builders import NO_KEYS, NO_OBJECTS, a_call
from tests.store_faults import Away

CELL = "local"
HERE = Directory(Cell(code=CELL, countries=("*",), time_zone="UTC", currency="EUR"))
SUBJECT = "things.thing.happened"
HEARD = durable_name("ledgers", SUBJECT)


class Thing(Document, frozen=True, kw_only=True):
    """What events are about."""

    happened: int = 0


class Ledger(Document, frozen=True, kw_only=True):
    """The numbers that were heard about one thing, in the order of their effects."""

    numbers: tuple[int, ...] = ()


class Happened(msgspec.Struct, frozen=True):
    """It happened for the `number`-th time."""

    number: int


THINGS = Kind("thing", Thing)
LEDGERS = Kind("ledger", Ledger)


def encode(event: msgspec.Struct) -> Encoded:
    """The number as text is enough of a body."""
    assert isinstance(event, Happened)
    return Encoded("prm.things.v1.Happened", SUBJECT, str(event.number).encode())


class Things:
    """The service that publishes; `relay` may be set, exchanged and taken away."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.relay: Relay | None = None
        self.env: Env[None] = Env(
            "things",
            store=store,
            directory=HERE,
            clock=clock,
            encode=encode,
            handover=self._handover,
            doubt=self._doubt,
            keys=NO_KEYS,
            objects=NO_OBJECTS,
            settings=None,
        )

    async def happen(self, about: str, times: int = 1, *, trace: str = "") -> None:
        """One commit with one event, so many times."""
        call = msgspec.structs.replace(a_call(), traceparent=trace)
        for _ in range(times):
            loaded = await get(self.store, THINGS, about)
            number = await self.last(about) + 1
            thing = Thing(id=about, happened=number)
            write = loaded.put(thing) if loaded else create(THINGS, thing)
            await self.env.commit(write, events=[Happened(number)], call=call)

    async def happen_to(self, abouts: Sequence[str], times: int) -> None:
        """To several at the same time."""
        await asyncio.gather(*(self.happen(about, times) for about in abouts))

    async def last(self, about: str) -> int:
        """How often it happened."""
        loaded = await get(self.store, THINGS, about)
        return loaded.value.happened if loaded else 0

    async def outbox(self) -> list[Envelope]:
        """What is stored, as it is published, in the order of the backlog."""
        found: list[Envelope] = []
        query = Query(kind=OUTBOX, order="at", limit=200)
        while True:
            rows, cursor, *_ = await self.store.find(query)
            entries = [row.value for row in rows]
            found += [msgspec.structs.replace(one.envelope, lane=one.lane, number=one.number) for one in entries]
            if not cursor:
                return found
            query = msgspec.structs.replace(query, cursor=cursor)

    def _handover(self, entries: Sequence[OutboxEntry]) -> None:
        if self.relay is not None:
            self.relay.handover(entries)

    def _doubt(self, entries: Sequence[OutboxEntry]) -> None:
        if self.relay is not None:
            self.relay.doubt(entries)


class Enter(Command, frozen=True, kw_only=True):
    """Write one number down."""

    about: str
    number: int


async def enter(env: Env[None], cmd: Enter) -> Ledger:
    """The effect: as many entries as the event had effects."""
    loaded = await get(env.store, LEDGERS, cmd.about)
    ledger = Ledger(id=cmd.about, numbers=((*loaded.value.numbers, cmd.number) if loaded else (cmd.number,)))
    return await env.commit(loaded.put(ledger) if loaded else create(LEDGERS, ledger), call=cmd.call)


async def write_down(env: Env[None], envelope: Envelope, call: Call) -> None:
    """The ordinary handle."""
    await env.run(enter, Enter(call=call, about=envelope.about, number=int(envelope.body)))


class Note(Command, frozen=True, kw_only=True):
    """Write numbers down that are not there yet, in this order."""

    numbers: tuple[tuple[str, int], ...]


async def note(env: Env[None], cmd: Note) -> Ledger:
    """The effect of a consumer that may have any event again: each number once, in one commit."""
    known = await get_all(env.store, LEDGERS, [about for about, _ in cmd.numbers])
    ledgers = {about: one.value for about, one in known.items()}
    for about, number in cmd.numbers:
        before = ledgers.get(about, Ledger(id=about))
        if number not in before.numbers:
            ledgers[about] = msgspec.structs.replace(before, numbers=(*before.numbers, number))
    first, *rest = [known[one.id].put(one) if one.id in known else create(LEDGERS, one) for one in ledgers.values()]
    return await env.commit(first, *rest, call=cmd.call)


async def note_down(env: Env[None], envelope: Envelope, call: Call) -> None:
    """The `handle` of such a consumer."""
    await note_all_down(env, (envelope,), call)


async def note_all_down(env: Env[None], envelopes: Sequence[Envelope], call: Call) -> None:
    """Its `handle_many`."""
    await env.run(note, Note(call=call, numbers=tuple((one.about, int(one.body)) for one in envelopes)))


class Ledgers:
    """The service that consumes."""

    def __init__(self, store: Away, clock: Clock) -> None:
        self.store = store
        self.env: Env[None] = Env(
            "ledgers",
            store=store,
            directory=HERE,
            clock=clock,
            encode=encode,
            handover=no_relay,
            keys=NO_KEYS,
            objects=NO_OBJECTS,
            settings=None,
        )

    async def numbers(self, about: str) -> tuple[int, ...]:
        """What was written down about a thing; nothing while the store is away."""
        try:
            loaded = await get(self.store, LEDGERS, about)
        except StoreUnavailable:
            return ()
        return loaded.value.numbers if loaded else ()


ALL_KINDS = (*KINDS, THINGS, LEDGERS)
