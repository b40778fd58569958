"""The only structs of a service that may hold personal data; they print as ids only.

The cell that serves the country of a person's address stores that person, whatever the record is about.
"""

from collections.abc import Iterator

import msgspec

from libs.country import Directory, country_violations
from libs.errors import Violation


class PostalAddress(msgspec.Struct, frozen=True, kw_only=True):
    """The address of a person or an organisation; prm.common.v1.PostalAddress describes each field."""

    country: str = ""
    subdivision: str = ""
    city: str = ""
    postal_code: str = ""
    lines: tuple[str, ...] = ()


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A natural person; prm.common.v1.Person describes each field."""

    person_id: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    address: PostalAddress | None = None
    job_title: str = ""
    locale: str = ""

    def __repr__(self) -> str:
        return f"Person({self.person_id})"


class Login(Person, frozen=True, kw_only=True):
    """A person of whom nothing but a login is known, or a name that somebody typed instead of one. It is an alias as a
    person id is. person_id: under which the login is stored; empty if nobody gave it one yet."""

    login: str


class PersonalText(msgspec.Struct, frozen=True, kw_only=True):
    """Free text by or about a person; prm.common.v1.PersonalText describes each field."""

    person_id: str = ""
    text: str = ""

    def __repr__(self) -> str:
        return f"PersonalText({self.person_id})"


def persons_named(*texts: PersonalText | None) -> tuple[Person, ...]:
    """The persons whom these texts name by their ids, each once, without anything else about them."""
    ids = {text.person_id for text in texts if text is not None and text.person_id}
    return tuple(Person(person_id=one) for one in sorted(ids))


def home_violations(**persons: Person | None) -> list[Violation]:
    """A violation (UNKNOWN_COUNTRY) for each person whose address has an unknown country. persons: by field name."""
    return [one for field, country in _homes(persons) for one in country_violations(country, field)]


def require_homes(directory: Directory, **persons: Person | None) -> None:
    """WrongCell for the first person whose country this cell does not serve; a person without a country passes."""
    for _, country in _homes(persons):
        directory.require_country(country)


def _homes(persons: dict[str, Person | None]) -> Iterator[tuple[str, str]]:
    for field, person in persons.items():
        if person is not None and person.address is not None and person.address.country:
            yield f"{field}.address.country", person.address.country
