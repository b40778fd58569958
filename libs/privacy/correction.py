"""Wrong values of a person and the right ones, and what a rectification makes of a Person."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from libs.errors import Violation
from libs.person import Person, PostalAddress
from libs.privacy.identity import folded
from libs.privacy.keys import AliasField
from libs.privacy.sealing.places import Place
from libs.privacy.spelling import normalise

FIELDS = ("name", "email", "phone", "address", "job_title", "locale")
"""The fields of a Person that can be corrected, as the protos name them."""

_TOLD_WRONG = ("name", "email", "phone")


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """wrong, right: as prm.compliance.v1.BeginRectificationRequest describes them."""

    wrong: Person = Person()
    right: Person = Person()

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that are corrected."""
        return tuple(one for one in FIELDS if getattr(self.right, one))

    def violations(self) -> Iterator[Violation]:
        """What makes it no correction."""
        if not self.fields:
            yield Violation("right", f"must have one of: {', '.join(FIELDS)}", "REQUIRED")
        for one in _TOLD_WRONG:
            if one in self.fields and not getattr(self.wrong, one):
                yield Violation(f"wrong.{one}", "must be given, because the person may have several", "REQUIRED")

    def applied(self, person: Person, country: str) -> Person:
        """The person with the right values in place of wrong ones; the same object if there is none. country: of the
        row, for phone numbers without a country."""
        home = (person.address.country if person.address else "") or country
        changed = {
            one: getattr(self.right, one)
            for one in self.fields
            if (held := getattr(person, one))
            and held != getattr(self.right, one)
            and (not (wrong := getattr(self.wrong, one)) or _form(one, held, home) == _form(one, wrong, home))
        }
        return replace(person, **changed) if changed else person


class Correcting:
    """Corrects each Person that is the subject; a visitor of the places of a document."""

    def __init__(self, correction: Correction, country: str, is_subject: Callable[[Person], bool]) -> None:
        self._correction = correction
        self._country = country
        self._is_subject = is_subject

    def person(self, place: Place, value: Any) -> Any:
        """See Visitor."""
        return self._correction.applied(value, self._country) if self._is_subject(value) else value

    def text(self, place: Place, value: Any) -> Any:
        """See Visitor: texts and keyed hashes stay as they were written."""
        return value

    field = anything = hashes = text


def _form(field: str, value: Any, home: str) -> object:
    """The form in which two values of a field are compared."""
    if field in ("email", "phone"):
        return normalise(AliasField[field.upper()], value, home)
    if isinstance(value, PostalAddress):
        return (value.country, *map(folded, (value.subdivision, value.city, value.postal_code, *value.lines)))
    return folded(value)
