"""The base class of all documents that a service stores, and how two of them differ."""

from typing import Any

import msgspec
from msgspec import UNSET


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A stored struct with an id. `version` is 1 at first and grows by 1 with every change; the writes of the store
    set it, the domain never does."""

    id: str
    version: int = 0


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """The base class of update commands' fields: a field that the update does not change is UNSET."""

    def given(self) -> dict[str, Any]:
        """The fields that are set, in the order of the struct."""
        values = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return {name: value for name, value in values if value is not UNSET}


def same_content(before: Document, after: Document) -> bool:
    """Whether the documents differ in nothing but `version` and `update_time`."""
    return set(changed_fields(before, after)) <= {"update_time"}


def changed_fields(before: Document, after: Document) -> tuple[str, ...]:
    """The names of the fields that differ, in the order of the struct, without `version`."""
    found = []
    for name in after.__struct_fields__:
        old, new = getattr(before, name), getattr(after, name)
        if old is not new and name != "version" and old != new:
            found.append(name)
    return tuple(found)
