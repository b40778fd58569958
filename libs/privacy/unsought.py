"""Lists what a search for a person does not read: texts, names and fields that may name the person.

The list is computed from the types of the documents and the categories in the protos, so a new field is included
automatically. A struct is compared with the message of the same name; fields without a counterpart there are internal:
ids, hashes, counters.
"""

import importlib
from collections.abc import Iterator
from enum import Enum
from functools import cache
from pkgutil import iter_modules
from typing import Any

import msgspec
from google.protobuf.descriptor import Descriptor
from msgspec import inspect

from libs.pb.prm.options.v1 import options_pb2
from libs.person import Person, PersonalText
from libs.store.port import ROWS_PER_COUNT, Kind, Query, Store

_PERSONAL = "user"
_PERSON_ID = "person_id"


class What(Enum):
    """TEXT: free text, which may name anybody. NAME: a Person, who is not found if only a name is given. FIELD: a field
    that is not an alias and may name somebody: a login, an organisation, words for goods or work."""

    TEXT = "TEXT"
    NAME = "NAME"
    FIELD = "FIELD"


class Unsought(msgspec.Struct, frozen=True):
    """Fields of one sort in the documents of a kind, by path (`activities[].note`)."""

    kind: Kind[Any]
    what: What
    fields: tuple[str, ...]


class NotSearched(msgspec.Struct, frozen=True, kw_only=True):
    """Unsought fields with the number of documents of their kind. more: there are at least so many."""

    kind: str
    what: What
    fields: tuple[str, ...]
    documents: int
    more: bool = False


def unsought(service: str, kind: Kind[Any]) -> tuple[Unsought, ...]:
    """The fields that a search in this kind does not read, grouped by What."""
    sought = kind.persons.sought if kind.persons is not None else ()
    found = [(what, path) for what, path in _fields(service, kind.type) if path not in sought]
    paths = ((what, tuple(dict.fromkeys(path for one, path in found if one is what))) for what in What)
    return tuple(Unsought(kind, what, fields) for what, fields in paths if fields)


async def not_searched(store: Store, kinds: tuple[Unsought, ...]) -> tuple[NotSearched, ...]:
    """The same fields with the number of documents of their kind, counted up to 10,000. StoreUnavailable."""
    pages = {
        kind.name: await store.find(Query(kind=kind, limit=1, count_up_to=ROWS_PER_COUNT))
        for kind in {one.kind.name: one.kind for one in kinds}.values()
    }
    return tuple(
        NotSearched(
            kind=one.kind.name,
            what=one.what,
            fields=one.fields,
            documents=page.total,
            more=page.total_is_lower_bound,
        )
        for one in kinds
        for page in (pages[one.kind.name],)
    )


def _fields(service: str, struct: type[msgspec.Struct], path: str = "") -> Iterator[tuple[What, str]]:
    message = message_of(service, struct)
    for field in msgspec.structs.fields(struct):
        personal = _is_personal(message, field.name)
        below = f"{path}.{field.name}" if path else field.name
        yield from _of_type(service, inspect.type_info(field.type), below, personal=personal)


def _of_type(service: str, type: inspect.Type, path: str, *, personal: bool) -> Iterator[tuple[What, str]]:
    match type:
        case inspect.StructType(cls=cls):
            if cls is Person:
                yield What.NAME, path
            elif cls is PersonalText:
                yield What.TEXT, path
            else:
                yield from _fields(service, cls, path)
        case inspect.UnionType(types=types) | inspect.TupleType(item_types=types):
            for one in types:
                yield from _of_type(service, one, path, personal=personal)
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            yield from _of_type(service, item, f"{path}[]", personal=personal)
        case inspect.DictType(value_type=value):
            yield from _of_type(service, value, path, personal=personal)
        case inspect.AnyType():
            yield What.TEXT, path
        case inspect.StrType() | inspect.BytesType() if personal:
            yield What.FIELD, path
        case _:
            pass


def message_of(service: str, struct: type[msgspec.Struct]) -> Descriptor | None:
    """The message with the name of the struct, in the service's or the common package; None if there is none."""
    own = f"libs.pb.prm.{service}.v1"
    for package in (own, "libs.pb.prm.common.v1"):
        if package is own and service not in _packages():
            continue  # a service of the tests
        found = getattr(getattr(importlib.import_module(package), struct.__name__, None), "DESCRIPTOR", None)
        if isinstance(found, Descriptor):
            return found
    return None


@cache
def _packages() -> frozenset[str]:
    return frozenset(one.name for one in iter_modules(importlib.import_module("libs.pb.prm").__path__))


def category_of(message: Descriptor | None, name: str) -> str:
    """The category of the field of that name; empty if the message has no such field."""
    if message is None or name not in message.fields_by_name:
        return ""
    return str(message.fields_by_name[name].GetOptions().Extensions[options_pb2.category])


def flag_of(message: Descriptor | None) -> str:
    """The name of the flag that makes the facts of the message personal; empty if it has none."""
    fields = message.fields if message is not None else ()
    return next((one.name for one in fields if one.GetOptions().Extensions[options_pb2.makes_personal]), "")


def _is_personal(message: Descriptor | None, name: str) -> bool:
    """Whether a field may contain personal data. The id of a person does not count: it is an alias and is searched."""
    return not name.endswith(_PERSON_ID) and category_of(message, name).startswith(_PERSONAL)
