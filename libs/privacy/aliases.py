"""Finds a person by email, phone or id without storing these in clear outside the person's own rows.

An alias row means "the person with this keyed hash occurs in that row". It is written in the commit of the row itself.
The hash is of the normalised form of a value (`spelling.py`), so that equal values have equal hashes. A search uses
every form in which a value may be stored (`sought`). Whether a row that it finds is about the same person, for instance
a row of another country, is decided when the person is read in clear (`recognised`). `possible` finds persons who may
be the same; an officer decides.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from libs.ids import Ids
from libs.person import Login, Person
from libs.privacy.keys import AliasField, Keys
from libs.privacy.spelling import base, bases, normalise, spellings
from libs.store.port import D, Document, Index, Kind, Store, Write, create, get_all


class Alias(Document, frozen=True, kw_only=True):
    """The person with the hash `hash` occurs in the row with the id `row` of the kind `kind`."""

    hash: str
    kind: str
    row: str


ALIASES = Kind("alias", Alias, (Index(("hash",)), Index(("hash", "kind", "row"))))


def identified(person: Person | None, ids: Ids) -> Person | None:
    """The person with an id: its own, or a new one; None for None."""
    if person is None or person.person_id:
        return person
    return replace(person, person_id=ids.new("psn"))


def same_person(person: Person, before: Person | None, ids: Ids) -> Person | None:
    """The person with an id: `before` if nothing else than the id differs, else its own id or a new one."""
    same = before is not None and person in (before, replace(before, person_id=""))
    return before if same else identified(person, ids)


def hashes(keys: Keys, person: Person) -> frozenset[str]:
    """The keyed hashes under which the person is stored."""
    return frozenset(keys.blind(one.field, one.form) for one in _known_by(person))


def sought(keys: Keys, person: Person, country: str) -> frozenset[str]:
    """The keyed hashes under which the person may be stored. country: assumed for a phone number if the person has no
    address."""
    return frozenset(
        keys.blind(one.field, form)
        for one in _known_by(person, country)
        for form in spellings(one.field, one.value, one.home)
    )


def recognised(keys: Keys, person: Person, country: str) -> frozenset[str]:
    """The keyed hashes that identify this person in a row of the country. They are fewer than those of `sought`,
    because in another country the same digits are somebody else's number."""
    exact = {keys.blind(one.field, one.form) for one in _known_by(person, country)}
    return frozenset(exact if _home(person) else {*exact, *as_written(keys, person)})


def possible(keys: Keys, person: Person, country: str) -> frozenset[str]:
    """The keyed hashes of persons who may be this person or somebody else: the mailbox with another `+tag` or without,
    the phone number without its area code."""
    known = _known_by(person, country)
    found = {keys.blind(one.field, form) for one in known for form in bases(one.field, one.value, one.home)}
    return frozenset(found - sought(keys, person, country))


def resembling(keys: Keys, person: Person, asked: frozenset[str]) -> Iterator[tuple[AliasField, str]]:
    """The fields and original values of the person that are stored under one of `asked`, hashes from `possible`."""
    for one in _known_by(person):
        forms = {one.form, base(one.field, one.value, one.home)} - {""}
        if any(keys.blind(one.field, form) in asked for form in forms):
            yield one.field, one.value


def as_written(keys: Keys, person: Person) -> frozenset[str]:
    """The keyed hash that recognises a national phone number by its digits if its country is unknown; empty if there is
    no such number. No row is stored under it."""
    national = normalise(AliasField.PHONE, person.phone)
    known = national and not national.startswith("+")
    return frozenset({keys.blind(AliasField.PHONE, f"={national}")} if known else ())


def alias_rows(keys: Keys, kind: Kind[D], row: str, persons: Iterable[Person]) -> dict[str, Alias]:
    """The alias rows of a document with these persons, by id: one for each hash under which a person is stored, and one
    for each base, by which a search finds possible aliases. row: the id of the document."""
    found = {one for person in persons for one in (*hashes(keys, person), *_base_hashes(keys, person))}
    rows = (Alias(id=f"{one}:{kind.name}:{row}", hash=one, kind=kind.name, row=row) for one in sorted(found))
    return {one.id: one for one in rows}


async def alias_writes(
    store: Store, keys: Keys, kind: Kind[D], row: str, *, before: Sequence[Person] = (), after: Sequence[Person] = ()
) -> tuple[Write, ...]:
    """The writes to add to a commit that changes the persons of a row from `before` to `after`. Alias rows of an
    earlier release have other ids; `libs.privacy.renewal` replaces them. StoreUnavailable."""
    old, new = (alias_rows(keys, kind, row, persons) for persons in (before, after))
    held = await get_all(store, ALIASES, sorted(old.keys() ^ new.keys())) if old else {}
    added = (create(ALIASES, one) for name, one in new.items() if name not in old and name not in held)
    return (*added, *(held[name].delete() for name in sorted(old.keys() - new.keys()) if name in held))


class _Known(NamedTuple):
    """An alias of a person, with its normalised form. home: its country, empty if unknown."""

    field: AliasField
    value: str
    home: str
    form: str


def _base_hashes(keys: Keys, person: Person) -> Iterator[str]:
    for one in _known_by(person):
        if found := base(one.field, one.value, one.home):
            yield keys.blind(one.field, found)


def _known_by(person: Person, country: str = "") -> Iterator[_Known]:
    """The aliases of the person that are not empty, in the country of the person's address, else in `country`."""
    home = _home(person) or country
    if isinstance(person, Login):
        if form := normalise(AliasField.PERSON_ID, person.login):
            yield _Known(AliasField.PERSON_ID, person.login, home, form)
        return
    values = (
        (AliasField.EMAIL, person.email),
        (AliasField.PHONE, person.phone),
        (AliasField.PERSON_ID, person.person_id),
    )
    for field, value in values:
        if form := normalise(field, value, home):
            yield _Known(field, value, home, form)


def _home(person: Person) -> str:
    return person.address.country if person.address else ""
