"""Finding a person by email, phone or id without storing any of them in the clear outside the person's own rows.

An alias row says "the person with this keyed hash occurs in that row". It is written in the commit of the row itself.
Normalisation is one function for everybody, or the hashes would not meet. What is asked for is looked for in every form
in which it may be stored (`sought`); whether it is the same person, a row of another country for instance, is decided
where the person is read in the clear (`recognised`).
"""

import unicodedata
from collections.abc import Iterable, Iterator, Set

from msgspec.structs import replace

from libs.ids import Ids
from libs.organisation import bare_phone_numbers, phone_number
from libs.person import Person
from libs.privacy.keys import AliasField, Keys
from libs.store.port import D, Delete, Document, Index, Kind, Write, create


class Alias(Document, frozen=True, kw_only=True):
    """`hash` occurs in the row `row` of the kind `kind`."""

    hash: str
    kind: str
    row: str


LABEL_LENGTH = 63  # of a domain name; to read longer ones costs the square of their length

ALIASES = Kind("alias", Alias, (Index(("hash",)),))


def normalise(field: AliasField, value: str, country: str = "") -> str:
    """The form that is hashed: NFKC and folded case for an email, its domain in ASCII; E.164 for a phone (`country` for
    national numbers; digits alone where it is not one that can be dialled). Empty if nothing is left. Any text has one:
    what has no such form stays as it came. A form is its own form, without a country."""
    text = unicodedata.normalize("NFKC", value).strip()
    if field is AliasField.EMAIL:
        local, at, domain = text.rpartition("@")
        return unicodedata.normalize("NFKC", local.casefold()) + at + _in_ascii(domain.lower())
    if field is AliasField.PHONE:
        return phone_number(text, country)
    return text


def spellings(field: AliasField, value: str, country: str = "") -> frozenset[str]:
    """Every form under which the same alias may have been hashed: as today; an email as it was before case was folded
    and domains were written in ASCII; a phone where its country was not known, and in digits of any script."""
    text = unicodedata.normalize("NFKC", value).strip()
    found = {normalise(field, value, country)}
    if field is AliasField.EMAIL:
        local, at, domain = text.lower().rpartition("@")
        found |= {_unfolded(value), local + at + _in_letters(domain)}
    if field is AliasField.PHONE:
        found |= {_bare(text), *bare_phone_numbers(text, country)}
    return frozenset(found - {""})


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
    return frozenset(keys.blind(field, normalise(field, value, home)) for field, value, home in _known_by(person))


def sought(keys: Keys, person: Person, country: str) -> frozenset[str]:
    """The keyed hashes of everything the person may be stored under. country: of a phone number without one."""
    return frozenset(
        keys.blind(field, form)
        for field, value, home in _known_by(person, country)
        for form in spellings(field, value, home)
    )


def recognised(keys: Keys, person: Person, country: str) -> frozenset[str]:
    """The keyed hashes any of which says that it is this person, in a row of the country. Fewer than `sought`: the same
    digits are somebody else's number in another country."""
    exact = {keys.blind(field, normalise(field, value, home)) for field, value, home in _known_by(person, country)}
    return frozenset(exact if _home(person) else {*exact, *as_written(keys, person)})


def as_written(keys: Keys, person: Person) -> frozenset[str]:
    """The keyed hash by which a national number is recognised, digit for digit, where it may be of any country. Nothing
    is stored under it."""
    national = normalise(AliasField.PHONE, person.phone)
    known = national and not national.startswith("+")
    return frozenset({keys.blind(AliasField.PHONE, f"={national}")} if known else ())


def alias_writes(
    keys: Keys, kind: Kind[D], row: str, *, before: Iterable[Person] = (), after: Iterable[Person] = ()
) -> tuple[Write, ...]:
    """What to add to a commit that changes the persons of a row from `before` to `after`."""
    old = {name: one for person in before for name, one in _stored(keys, person)}
    new = {name: one for person in after for name, one in _stored(keys, person)}
    added = {name: one for name, one in new.items() if name not in old}
    return (*_added(kind.name, row, added), *_removed(kind.name, row, old.keys() - new.keys()))


def _stored(keys: Keys, person: Person) -> Iterator[tuple[str, str]]:
    """What an alias row is named by, and its hash."""
    for field, value, home in _known_by(person):
        form = normalise(field, value, home)
        yield keys.blind(field, _first_form(field, value, form)), keys.blind(field, form)


def _first_form(field: AliasField, value: str, form: str) -> str:
    """What the alias was hashed by before case was folded and digits of other scripts were read: rows written then can
    only be removed under that name."""
    if field is AliasField.EMAIL:
        return _unfolded(value)
    return _bare(value) if field is AliasField.PHONE and not form.startswith("+") else form


def _added(kind: str, row: str, fresh: dict[str, str]) -> Iterator[Write]:
    for name, one in sorted(fresh.items()):
        yield create(ALIASES, Alias(id=f"{name}:{kind}:{row}", hash=one, kind=kind, row=row))


def _removed(kind: str, row: str, stale: Set[str]) -> Iterator[Write]:
    for name in sorted(stale):
        yield Delete(ALIASES, f"{name}:{kind}:{row}", 1)  # an alias row is never changed, so it has its first version


def _known_by(person: Person, country: str = "") -> Iterator[tuple[AliasField, str, str]]:
    """What of the person can be looked for, and of which country it is: the person's own, else the given one."""
    home = _home(person) or country
    found = (
        (AliasField.EMAIL, person.email),
        (AliasField.PHONE, person.phone),
        (AliasField.PERSON_ID, person.person_id),
    )
    return ((field, value, home) for field, value in found if normalise(field, value, home))


def _home(person: Person) -> str:
    return person.address.country if person.address else ""


def _unfolded(email: str) -> str:
    return unicodedata.normalize("NFKC", email).strip().lower()


def _bare(phone: str) -> str:
    """The digits as they were written."""
    return "".join(character for character in unicodedata.normalize("NFKC", phone) if character.isdigit())


def _in_ascii(domain: str) -> str:
    """Each label as the name system has it (RFC 3492): `xn--mnchen-3ya.de`. It has none that is longer."""
    labels = domain.split(".")
    return ".".join(
        one if one.isascii() or len(one) > LABEL_LENGTH else f"xn--{one.encode('punycode').decode()}" for one in labels
    )


def _in_letters(domain: str) -> str:
    """Each label as people write it: `münchen.de`."""
    return ".".join(_letters(one) for one in domain.split("."))


def _letters(label: str) -> str:
    """As it came where it only looks like a label of that kind: what it says may be half a character, for instance."""
    if not label.startswith("xn--") or len(label) > LABEL_LENGTH:
        return label
    try:
        letters = label[4:].encode("ascii").decode("punycode")
        letters.encode()
    except UnicodeError:
        return label
    return letters
