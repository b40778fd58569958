"""Cases of two releases over one store: an update of the older one keeps what only the newer one knows."""

import msgspec
import pytest
from msgspec.structs import replace

from libs.errors import OlderRelease
from libs.store.port import Document, Index, Kind, Query, create, get
from tests.contracts.store.documents import change, refused
from tests.contracts.store.site import Site, opened


class Place(msgspec.Struct, frozen=True):
    """A nested value of the older release."""

    city: str


class NewerPlace(Place, frozen=True):
    """The same, with one field more."""

    zone: str = ""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """An element of a list, with an id."""

    id: str
    count: int = 0


class NewerLine(Line, frozen=True, kw_only=True):
    """The same, with one field more."""

    unit: str = ""


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """An element of a list, without an id."""

    hour: int


class NewerStop(Stop, frozen=True, kw_only=True):
    """The same, with one field more."""

    gate: str = ""


class Trip(Document, frozen=True, kw_only=True):
    """The document of the older release."""

    name: str = ""
    place: Place | None = None
    lines: tuple[Line, ...] = ()
    stops: tuple[Stop, ...] = ()


class NewerTrip(Document, frozen=True, kw_only=True):
    """The same document in the newer release."""

    code: str | None = None
    name: str = ""
    place: NewerPlace | None = None
    lines: tuple[NewerLine, ...] = ()
    stops: tuple[NewerStop, ...] = ()
    large: int = 0
    marks: dict[str, int] = msgspec.field(default_factory=dict)


class RenamedTrip(Document, frozen=True, kw_only=True):
    """A document that the older release cannot read."""

    name: int


OLDER = Kind("trip", Trip, (Index(("name",)),))
NEWER = Kind("trip", NewerTrip, OLDER.indexes)
FULL = NewerTrip(
    id="a",
    code="x",
    name="one",
    place=NewerPlace("Ulm", zone="B"),
    lines=(NewerLine(id="1", count=1, unit="m"), NewerLine(id="2", count=2, unit="l")),
    stops=(NewerStop(hour=7, gate="G"), NewerStop(hour=9, gate="H")),
    large=2**60 + 1,
    marks={"k": 1},
)


async def an_update_keeps_what_a_newer_release_has_written(site: Site) -> None:
    async with opened(site) as store:
        await store.ensure([NEWER])
        await store.commit([create(NEWER, FULL)])
        await change(store, OLDER, "a", name="two", place=Place("Bonn"))
        [found] = (await store.find(Query(kind=NEWER, equals={"name": "two"}))).rows
        assert found.value == replace(FULL, version=2, name="two", place=NewerPlace("Bonn", zone="B"))
        await change(store, NEWER, "a", code="y", large=0)
        [older] = (await store.find(Query(kind=OLDER, equals={"name": "two"}))).rows
        await store.commit([older.put(replace(older.value, name="three", place=None))])
        held = await get(store, NEWER, "a")
        assert held is not None
        assert held.value == replace(FULL, version=4, code="y", name="three", place=None, large=0)


async def elements_of_a_list_keep_what_belongs_to_them(site: Site) -> None:
    async with opened(site) as store:
        await store.ensure([NEWER])
        await store.commit([create(NEWER, FULL)])
        lines = (Line(id="3", count=3), Line(id="2", count=9))
        await change(store, OLDER, "a", lines=lines, stops=(Stop(hour=9),))
        held = await get(store, NEWER, "a")
        assert held is not None
        assert held.value.lines == (NewerLine(id="3", count=3), NewerLine(id="2", count=9, unit="l"))
        assert held.value.stops == (NewerStop(hour=9, gate="H"),)


async def an_update_that_would_lose_something_is_refused(site: Site) -> None:
    async with opened(site) as store:
        await store.ensure([NEWER])
        await store.commit([create(NEWER, FULL)])
        loaded = await get(store, OLDER, "a")
        assert loaded is not None
        put = loaded.put(replace(loaded.value, stops=(Stop(hour=8), Stop(hour=9))))
        await refused(OlderRelease, store, put)
        held = await get(store, NEWER, "a")
        assert held is not None
        assert held.value == replace(FULL, version=1)


async def what_a_release_cannot_read_is_refused_as_newer(site: Site) -> None:
    newer = Kind("trip", RenamedTrip, OLDER.indexes)
    async with opened(site) as store:
        await store.ensure([newer])
        await store.commit([create(newer, RenamedTrip(id="a", name=1))])
        with pytest.raises(OlderRelease):
            await get(store, OLDER, "a")
        with pytest.raises(OlderRelease):
            await store.find(Query(kind=OLDER))
