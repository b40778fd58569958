"""Finding a person by email, phone or id without storing any of them in the clear outside the person's own rows.

An alias row says "the person with this keyed hash occurs in that row". It is written in the commit of the row itself.
Normalisation is one function for everybody, or the hashes would not meet.
"""

import unicodedata
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from libs.ids import Ids
from libs.organisation import phone_number
from libs.person import Person
from libs.privacy.keys import AliasField, Keys
from libs.store.port import D, Delete, Document, Index, Kind, Write, create


class Alias(Document, frozen=True, kw_only=True):
    """`hash` occurs in the row `row` of the kind `kind`."""

    hash: str
    kind: str
    row: str


ALIASES = Kind("alias", Alias, (Index(("hash",)),))


def normalise(field: AliasField, value: str, country: str = "") -> str:
    """The form that is hashed: NFKC and lower case for email, E.164 for a phone (`country` for national numbers; digits
    alone where it is not one that can be dialled). Empty if nothing is left."""
    text = unicodedata.normalize("NFKC", value).strip()
    if field is AliasField.EMAIL:
        return text.lower()
    if field is AliasField.PHONE:
        return phone_number(text, country)
    return text


def identified(person: Person | None, ids: Ids) -> Person | None:
    """The person with an id: the one it has, or a fresh one."""
    if person is None or person.person_id:
        return person
    return replace(person, person_id=ids.new("psn"))


def hashes(keys: Keys, person: Person) -> frozenset[str]:
    """The keyed hashes of everything the person can be found by."""
    country = person.address.country if person.address else ""
    found = (
        (AliasField.EMAIL, normalise(AliasField.EMAIL, person.email)),
        (AliasField.PHONE, normalise(AliasField.PHONE, person.phone, country)),
        (AliasField.PERSON_ID, person.person_id),
    )
    return frozenset(keys.blind(field, value) for field, value in found if value)


def alias_writes(
    keys: Keys, kind: Kind[D], row: str, *, before: Iterable[Person] = (), after: Iterable[Person] = ()
) -> tuple[Write, ...]:
    """What to add to a commit that changes the persons of a row from `before` to `after`."""
    old = {one for person in before for one in hashes(keys, person)}
    new = {one for person in after for one in hashes(keys, person)}
    return (*_added(kind.name, row, new - old), *_removed(kind.name, row, old - new))


def _added(kind: str, row: str, fresh: set[str]) -> Iterator[Write]:
    for one in sorted(fresh):
        yield create(ALIASES, Alias(id=f"{one}:{kind}:{row}", hash=one, kind=kind, row=row))


def _removed(kind: str, row: str, stale: set[str]) -> Iterator[Write]:
    for one in sorted(stale):
        yield Delete(ALIASES, f"{one}:{kind}:{row}", 1)  # an alias row is never changed, so it has its first version
