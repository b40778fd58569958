"""The base of everything a service remembers."""

from typing import Any

import msgspec
from msgspec import UNSET


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A thing with an identity. `version` counts its changes, 1 at first; the store sets it, never the domain."""

    id: str
    version: int = 0


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What an update sets: the base of structs whose fields are UNSET where the update leaves them alone."""

    def given(self) -> dict[str, Any]:
        """The fields that are set, in the order of the struct."""
        values = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return {name: value for name, value in values if value is not UNSET}


def same_content(before: Document, after: Document) -> bool:
    """Whether nothing differs but the time of the change."""
    return set(changed_fields(before, after)) <= {"update_time"}


def changed_fields(before: Document, after: Document) -> tuple[str, ...]:
    """The names of the fields that have another value, in the order of the document; the version is none of them."""
    found = []
    for name in after.__struct_fields__:
        old, new = getattr(before, name), getattr(after, name)
        if old is not new and name != "version" and old != new:
            found.append(name)
    return tuple(found)
