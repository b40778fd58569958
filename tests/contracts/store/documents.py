"""What the contract suite stores: a kind with every sort of field and index, one that only counts, one that is kept."""

from datetime import UTC, date, datetime
from enum import Enum
from hashlib import blake2b
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from libs.store.port import D, Document, Index, Kind, Place, Put, Store, create, get

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class State(Enum):
    """Sorts by its value, not by its place."""

    WAITING = "WAITING"
    ACTIVE = "ACTIVE"
    ENDED = "ENDED"


class Address(msgspec.Struct, frozen=True):
    """A nested value with an indexed field."""

    country: str
    city: str = ""


class Item(Document, frozen=True, kw_only=True):
    """A document with every sort of field that an index may hold."""

    name: str = ""
    rank: int | None = None
    state: State = State.WAITING
    due_at: datetime | None = None
    day: date | None = None
    open: bool = False
    buyer: Address | None = None
    email: str | None = None
    serial: str | None = None
    partner: str = ""
    number: int = 0
    tags: tuple[str, ...] = ()
    amounts: dict[str, int] = msgspec.field(default_factory=dict)
    blob: bytes = b""


class Counter(Document, frozen=True, kw_only=True):
    """Something to count with, in a kind of its own."""

    value: int = 0


class Told(Document, frozen=True, kw_only=True):
    """Something that the store numbers."""

    lane: str = ""
    number: int = 0


class Book(Document, frozen=True, kw_only=True):
    """Something large that is read much more often than it changes."""

    shelf: str = ""
    title: str | None = None


ITEMS = Kind(
    "item",
    Item,
    (
        Index(("rank",)),
        Index(("state", "due_at")),
        Index(("day",)),
        Index(("open", "name")),
        Index(("buyer.country", "rank")),
        Index(("name",)),
        Index(("email",), unique=True),
        Index(("buyer.country", "buyer.city"), unique=True),
        Index(("partner", "number"), unique=True),
        Index(("serial",), unique=True, where=(("open", True),)),
    ),
)
COUNTERS = Kind("counter", Counter)
BOOKS = Kind("book", Book, (Index(("shelf",)), Index(("title",))), kept=True)
TOLD = Kind("told", Told)
KINDS = (ITEMS, COUNTERS, BOOKS, TOLD)


def item(id: str, **fields: Any) -> Put[Item]:
    """The write of a new item; `number` differs for each id, so that it is unique unless it is given."""
    number = int.from_bytes(blake2b(id.encode(), digest_size=6).digest(), "big")
    return create(ITEMS, Item(id=id, **{"number": number, **fields}))


def counter(id: str, value: int = 0) -> Put[Counter]:
    """The write of a new counter."""
    return create(COUNTERS, Counter(id=id, value=value))


def told(id: str) -> Put[Told]:
    """The write of a new document that is to be numbered."""
    return replace(create(TOLD, Told(id=id)), place=Place())


def book(id: str, shelf: str = "", title: str | None = None) -> Put[Book]:
    """The write of a new book."""
    return create(BOOKS, Book(id=id, shelf=shelf, title=title))


async def fill(store: Store, *writes: Put[Any]) -> None:
    """Commit writes that do not depend on each other, fifty at a time."""
    for start in range(0, len(writes), 50):
        await store.commit(writes[start : start + 50])


async def change(store: Store, kind: Kind[D], id: str, **fields: Any) -> D:
    """Replace fields of a stored document; the document as it is then."""
    loaded = await get(store, kind, id)
    assert loaded is not None, f"{id} is not stored"
    put = loaded.put(replace(loaded.value, **fields))
    await store.commit([put])
    return put.document


async def read(store: Store, kind: Kind[D], id: str) -> D | None:
    """The document, without what it was read for; read alone and as one of several, which must not differ."""
    alone = await store.get_many(kind, [id])
    several = await store.get_many(kind, ["~ nothing", id])
    assert list(alone) == list(several) in ([], [id])
    assert [one.value for one in alone.values()] == [one.value for one in several.values()]
    return alone[id].value if alone else None


async def refused(error: type[Exception], store: Store, *writes: Any) -> Any:
    """The error of a commit that must be refused with it."""
    with pytest.raises(error) as failed:
        await store.commit(writes)
    return failed.value
