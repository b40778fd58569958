"""The base class of all documents that a service stores, and how two of them differ."""

from collections.abc import Iterator
from typing import Any, Self

import msgspec
from msgspec import UNSET

from libs.money import Money

_OF_THE_CELL = "person_id"  # who sends none does not say that there is none


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A stored struct with an id. `version` is 1 at first and grows by 1 with every change; the writes of the store
    set it, the domain never does."""

    id: str
    version: int = 0

    def recorded(self) -> Self:
        """The document as it is stored as the answer to a repeated request: without keyed hashes, which no answer
        shows."""
        return self


class Facts(Document, frozen=True, kw_only=True):
    """What a service stores of a document of another one. facts_version: the version of that document."""

    facts_version: int


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


def differing_fields(kept: msgspec.Struct, sent: msgspec.Struct, path: str = "") -> Iterator[str]:
    """The path of every value that was sent and is not the one kept under the same name, as deep as both have names:
    `customer.domain`, `lines[2].quantity`; `lines` where their number differs. What is kept under another name is left
    to the caller."""
    for name in sent.__struct_fields__:
        value = getattr(sent, name)
        if name in kept.__struct_fields__ and (value or name != _OF_THE_CELL):
            yield from differing_values(getattr(kept, name), value, f"{path}{name}")


def differing_values(kept: Any, sent: Any, path: str) -> Iterator[str]:
    """As `differing_fields`, for two values of one field."""
    if kept == sent:
        return
    if isinstance(kept, msgspec.Struct) and isinstance(sent, msgspec.Struct) and not isinstance(sent, Money):
        yield from differing_fields(kept, sent, f"{path}.")
    elif isinstance(kept, tuple) and isinstance(sent, tuple) and len(kept) == len(sent):
        for place, (one, other) in enumerate(zip(kept, sent, strict=True)):
            yield from differing_values(one, other, f"{path}[{place}]")
    else:
        yield path
