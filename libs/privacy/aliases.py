"""Finding a person by email, phone or id without storing any of them in the clear outside the person's own rows.

An alias row says "the person with this keyed hash occurs in that row". It is written in the commit of the row itself.
What is hashed is the one form of a value (`spelling.py`), or the hashes would not meet. What is asked for is looked for
in every form in which it may be stored (`sought`); whether it is the same person, a row of another country for
instance, is decided where the person is read in the clear (`recognised`). Who may be the same person is `possible`, and
for a person to decide.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from libs.ids import Ids
from libs.person import Person
from libs.privacy.keys import AliasField, Keys
from libs.privacy.spelling import base, bases, normalise, spellings
from libs.store.port import D, Document, Index, Kind, Store, Write, create, get_all


class Alias(Document, frozen=True, kw_only=True):
    """`hash` occurs in the row `row` of the kind `kind`."""

    hash: str
    kind: str
    row: str


ALIASES = Kind("alias", Alias, (Index(("hash",)), Index(("hash", "kind", "row"))))


def identified(person: Person | None, ids: Ids) -> Person | None:
    """The person with an id: the one it has, or a fresh one."""
    if person is None or person.person_id:
        return person
    return replace(person, person_id=ids.new("psn"))


def same_person(person: Person, before: Person | None, ids: Ids) -> Person | None:
    """The person with an id: the same id if the description is as before."""
    same = before is not None and person in (before, replace(before, person_id=""))
    return before if same else identified(person, ids)


def hashes(keys: Keys, person: Person) -> frozenset[str]:
    """The keyed hashes of everything the person is stored under."""
    return frozenset(keys.blind(one.field, one.form) for one in _known_by(person))


def sought(keys: Keys, person: Person, country: str) -> frozenset[str]:
    """The keyed hashes of everything the person may be stored under. country: of a phone number without one."""
    return frozenset(
        keys.blind(one.field, form)
        for one in _known_by(person, country)
        for form in spellings(one.field, one.value, one.home)
    )


def recognised(keys: Keys, person: Person, country: str) -> frozenset[str]:
    """The keyed hashes any of which says that it is this person, in a row of the country. Fewer than `sought`: the same
    digits are somebody else's number in another country."""
    exact = {keys.blind(one.field, one.form) for one in _known_by(person, country)}
    return frozenset(exact if _home(person) else {*exact, *as_written(keys, person)})


def possible(keys: Keys, person: Person, country: str) -> frozenset[str]:
    """The keyed hashes under which somebody is stored who may be this person, and may be somebody else: the mailbox
    with another `+tag` or without, the phone number without its area code."""
    known = _known_by(person, country)
    found = {keys.blind(one.field, form) for one in known for form in bases(one.field, one.value, one.home)}
    return frozenset(found - sought(keys, person, country))


def resembling(keys: Keys, person: Person, asked: frozenset[str]) -> Iterator[tuple[AliasField, str]]:
    """What of the person, as it was written, is stored under one of the hashes that `possible` gave."""
    for one in _known_by(person):
        forms = {one.form, base(one.field, one.value, one.home)} - {""}
        if any(keys.blind(one.field, form) in asked for form in forms):
            yield one.field, one.value


def as_written(keys: Keys, person: Person) -> frozenset[str]:
    """The keyed hash by which a national number is recognised, digit for digit, where it may be of any country. Nothing
    is stored under it."""
    national = normalise(AliasField.PHONE, person.phone)
    known = national and not national.startswith("+")
    return frozenset({keys.blind(AliasField.PHONE, f"={national}")} if known else ())


def alias_rows(keys: Keys, kind: Kind[D], row: str, persons: Iterable[Person]) -> dict[str, Alias]:
    """By id, the rows by which a document is found that names these persons: one for each hash they are stored under,
    and one for each base, by which somebody finds it who may be one of them."""
    found = {one for person in persons for one in (*hashes(keys, person), *_base_hashes(keys, person))}
    rows = (Alias(id=f"{one}:{kind.name}:{row}", hash=one, kind=kind.name, row=row) for one in sorted(found))
    return {one.id: one for one in rows}


async def alias_writes(
    store: Store, keys: Keys, kind: Kind[D], row: str, *, before: Sequence[Person] = (), after: Sequence[Person] = ()
) -> tuple[Write, ...]:
    """What to add to a commit that changes the persons of a row from `before` to `after`. Rows of an earlier release,
    which have other ids, are left to `libs.privacy.renewal`. StoreUnavailable."""
    old, new = (alias_rows(keys, kind, row, persons) for persons in (before, after))
    held = await get_all(store, ALIASES, sorted(old.keys() ^ new.keys())) if old else {}
    added = (create(ALIASES, one) for name, one in new.items() if name not in old and name not in held)
    return (*added, *(held[name].delete() for name in sorted(old.keys() - new.keys()) if name in held))


class _Known(NamedTuple):
    """Something that a person can be looked for by, and its form. home: its country, empty if nobody knows."""

    field: AliasField
    value: str
    home: str
    form: str


def _base_hashes(keys: Keys, person: Person) -> Iterator[str]:
    for one in _known_by(person):
        if found := base(one.field, one.value, one.home):
            yield keys.blind(one.field, found)


def _known_by(person: Person, country: str = "") -> Iterator[_Known]:
    """What of the person can be looked for; of the person's own country, else the given one."""
    home = _home(person) or country
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
