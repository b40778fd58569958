"""The shapes that may hold personal data inside a service; nothing else may. They print as ids only.

A person belongs to the cell that serves the country of their address, whatever they are written down for.
"""

from collections.abc import Iterator

import msgspec

from libs.country import Directory, country_violations
from libs.errors import Violation


class PostalAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where a person or an organisation is; as prm.common.v1.PostalAddress."""

    country: str = ""
    subdivision: str = ""
    city: str = ""
    postal_code: str = ""
    lines: tuple[str, ...] = ()


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A natural person; as prm.common.v1.Person, which says what each field holds."""

    person_id: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    address: PostalAddress | None = None
    job_title: str = ""
    locale: str = ""

    def __repr__(self) -> str:
        return f"Person({self.person_id})"


class PersonalText(msgspec.Struct, frozen=True, kw_only=True):
    """Free text by or about a person; as prm.common.v1.PersonalText."""

    person_id: str = ""
    text: str = ""

    def __repr__(self) -> str:
        return f"PersonalText({self.person_id})"


def home_violations(**persons: Person | None) -> list[Violation]:
    """UNKNOWN_COUNTRY for everybody whose address is in no country; `persons` by the field that names them."""
    return [one for field, country in _homes(persons) for one in country_violations(country, field)]


def require_homes(directory: Directory, **persons: Person | None) -> None:
    """WrongCell for one who lives where another cell serves; nobody knows that of a person without a country."""
    for _, country in _homes(persons):
        directory.require_country(country)


def _homes(persons: dict[str, Person | None]) -> Iterator[tuple[str, str]]:
    for field, person in persons.items():
        if person is not None and person.address is not None and person.address.country:
            yield f"{field}.address.country", person.address.country
