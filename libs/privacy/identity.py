"""Who in a row is the person of a request, and who only shares an alias with that person.

A search finds everybody who has one of the aliases, because it must miss nothing. A measure that changes rows must not
touch a colleague at the same switchboard, so it looks at the name and at the aliases that the request names, too.
"""

import unicodedata
from collections.abc import Iterable
from enum import Enum

import msgspec

from libs.person import Person
from libs.privacy.aliases import hashes, recognised
from libs.privacy.keys import Keys


class Standing(Enum):
    """How a person in a row relates to the person of a request. ANOTHER: has an alias of the person and may be somebody
    else."""

    UNKNOWN = "UNKNOWN"
    SUBJECT = "SUBJECT"
    ANOTHER = "ANOTHER"


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """The person of a request, as keyed hashes. found: of all aliases that the search found. named: of the aliases that
    the request names. names: of the person's names, see `name_hash`."""

    found: frozenset[str]
    named: frozenset[str]
    names: frozenset[str]

    def standing(self, keys: Keys, person: Person, country: str) -> Standing:
        """Whether `person`, in a row of the country, is the person. The id decides; then a name that is not the
        person's excludes; then an email must be one that the request names; without an email a name or a named phone
        number suffices."""
        known = recognised(keys, person, country)
        if not known & (self.found | self.named):
            return Standing.UNKNOWN
        if person.person_id and hashes(keys, Person(person_id=person.person_id)) & self.named:
            return Standing.SUBJECT
        if person.name and name_hash(keys, person.name) not in self.names:
            return Standing.ANOTHER
        if person.email:
            named = bool(hashes(keys, Person(email=person.email)) & self.named)
        else:
            named = bool(person.name) or bool(known & self.named)
        return Standing.SUBJECT if named else Standing.ANOTHER

    def joined(self, other: "Identity") -> "Identity":
        """What both know, if they are the same person by a named alias and a name; else the same as before."""
        if not (self.named & other.named and self.names & other.names):
            return self
        return Identity(found=self.found | other.found, named=self.named | other.named, names=self.names | other.names)

    def without(self, hashes: frozenset[str]) -> "Identity":
        """The same without these hashes; nobody if no named alias is left."""
        named = self.named - hashes
        if not named:
            return Identity(found=frozenset(), named=frozenset(), names=frozenset())
        return Identity(found=self.found - hashes, named=named, names=self.names)


def name_hash(keys: Keys, name: str) -> str:
    """The keyed hash of a name, whatever its case, width and spaces."""
    return keys.derived(f"name:{folded(name)}")


def name_hashes(keys: Keys, names: Iterable[str]) -> frozenset[str]:
    """The keyed hashes of the names that are not empty."""
    return frozenset(name_hash(keys, one) for one in names if one.strip())


def folded(text: str) -> str:
    """A text in the form in which names and addresses are compared."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())
