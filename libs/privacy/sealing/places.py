"""Where a kind of document holds personal data: computed from its types and from the categories of the protos.

A place is a whole Person, the text of a PersonalText, a string whose field has a personal category, a value of a field
of any type, all keyed hashes of a field with them, or, in a struct whose flag says that its facts are about a person,
a fact about an organisation: a text of the person whom the struct names. A string `assignee` beside an
`assignee_person_id` is a text of that person. The name of a place is the path in the document without list positions,
because lists are trimmed: the ciphertext of an element stays valid when the elements before it go.
"""

from collections.abc import Callable, Sequence
from enum import Enum
from functools import cache
from typing import Any, NamedTuple, Protocol

import msgspec
from msgspec import inspect
from msgspec.structs import replace

from libs.person import Person, PersonalText
from libs.privacy.unsought import category_of, flag_of, message_of

IMPERSONAL = frozenset(
    {"", "system.operations", "user.content", "user.contact.organization", "user.unique_id.pseudonymous"}
)
"""Categories that are not encrypted: opaque ids, facts of organisations, and words for goods and work."""

ORGANISATION = "user.contact.organization"
"""The category of facts about an organisation, which are about a person while a flag of their message is set."""

KEYED = "_hashes"
"""How the names of fields with keyed hashes of a person's aliases end."""

_WHO, _KEY = "_person_id", "_key"  # beside a login: whose it is, and by what it is looked up

HASHES = frozenset({"imported_as"})
"""Names of fields with a hash of what a caller sent, which may be about persons; an earlier release made it without a
key."""


class What(Enum):
    """What stands in a place."""

    PERSON = "PERSON"
    TEXT = "TEXT"
    FIELD = "FIELD"
    ANYTHING = "ANYTHING"
    HASHES = "HASHES"


class Place(msgspec.Struct, frozen=True):
    """One place of a kind. path: `activities[].note`."""

    what: What
    path: str


class Visitor(Protocol):
    """What is done with the value of each place; a method returns the value that replaces it, or the same object."""

    def person(self, place: Place, value: Any) -> Any:
        """A Person."""
        ...

    def text(self, place: Place, value: Any) -> Any:
        """A PersonalText."""
        ...

    def field(self, place: Place, value: Any) -> Any:
        """A string."""
        ...

    def anything(self, place: Place, value: Any) -> Any:
        """Any JSON value."""
        ...

    def hashes(self, place: Place, value: Any) -> Any:
        """A tuple with keyed hashes of a person's aliases."""
        ...


Step = Callable[[Any, Visitor], Any]


class Walk(NamedTuple):
    """The way through a value. places: all that there can be. visit: visits every place that is not empty, in a fixed
    order; returns the value with what the visits returned, or the same object."""

    places: tuple[Place, ...]
    visit: Step


def walk_of(service: str, struct: type[msgspec.Struct], path: str = "") -> Walk | None:
    """The walk through the documents of a type; None if they hold no personal data."""
    return _walk_of(service, struct, path)


@cache  # of a private function, because the cache takes no type[Any]
def _walk_of(service: str, struct: type[msgspec.Struct], path: str) -> Walk | None:
    message = message_of(service, struct)
    below: list[tuple[str, Walk]] = []
    logins: list[tuple[str, Place]] = []
    for field in msgspec.structs.fields(struct):
        personal = field.name in HASHES or category_of(message, field.name) not in IMPERSONAL
        at = f"{path}.{field.name}" if path else field.name
        if personal and f"{field.name}{_WHO}" in struct.__struct_fields__:
            logins.append((field.name, Place(What.TEXT, at)))
            continue
        if field.name.endswith(KEYED):
            below.append((field.name, _hashes(Place(What.HASHES, at))))
            continue
        found = _of_type(service, inspect.type_info(field.type), at, personal=personal)
        if found is not None:
            below.append((field.name, found))
    walk = _fields(below) if below else None
    for name, place in logins:
        walk = _both(walk, _login(name, place, keyed=f"{name}{_KEY}" in struct.__struct_fields__))
    if flag := flag_of(message):
        named = [one for one in msgspec.structs.fields(struct) if category_of(message, one.name) == ORGANISATION]
        facts = _facts(flag, {one.name: Place(What.TEXT, _fact_path(path, one)) for one in named})
        return _both(walk, facts)
    return walk


def _of_type(service: str, type: inspect.Type, path: str, *, personal: bool) -> Walk | None:
    match type:
        case inspect.StructType(cls=cls):
            if cls is Person:
                return _person(Place(What.PERSON, path))
            if cls is PersonalText:
                return _text(Place(What.TEXT, path))
            return walk_of(service, cls, path)
        case inspect.UnionType(types=types):
            return _union(service, types, path, personal=personal)
        case inspect.VarTupleType(item_type=item):
            return _each(_of_type(service, item, f"{path}[]", personal=personal))
        case inspect.DictType(value_type=value):
            return _values(_of_type(service, value, f"{path}[]", personal=personal))
        case inspect.AnyType():
            return _anything(Place(What.ANYTHING, path))
        case inspect.StrType() if personal:
            return _field(Place(What.FIELD, path))
        case _:
            assert not personal, f"{path}: nothing encrypts a {type}"
            return None


def _union(service: str, types: tuple[inspect.Type, ...], path: str, *, personal: bool) -> Walk | None:
    named = [one for one in types if not isinstance(one, inspect.NoneType)]
    found = [walk for one in named if (walk := _of_type(service, one, path, personal=personal)) is not None]
    assert not found or len(named) == 1, f"{path}: which type of a union is personal must not depend on the value"
    return found[0] if found else None


def _fact_path(path: str, field: msgspec.structs.FieldInfo) -> str:
    at = f"{path}.{field.name}" if path else field.name
    return f"{at}[]" if isinstance(inspect.type_info(field.type), inspect.VarTupleType) else at


def _facts(flag: str, places: dict[str, Place]) -> Walk:
    """The facts of a struct, strings and tuples of them, which are texts of the person with its `person_id` while the
    flag is set."""

    def over(value: Any, visitor: Visitor) -> Any:
        if not getattr(value, flag):
            return value
        changed = {}
        for name, place in places.items():
            if before := getattr(value, name):
                texts = before if isinstance(before, tuple) else (before,)
                found = tuple(
                    visitor.text(place, PersonalText(person_id=value.person_id, text=one)).text for one in texts
                )
                after = found if isinstance(before, tuple) else found[0]
                if after != before:
                    changed[name] = after
        return replace(value, **changed) if changed else value

    return Walk(tuple(places.values()), over)


def _login(name: str, place: Place, *, keyed: bool) -> Walk:
    """A login, which is a text of the person whose id stands beside it. Its key, if it has one, goes when it goes."""
    who = f"{name}{_WHO}"

    def over(value: Any, visitor: Visitor) -> Any:
        if not (before := getattr(value, name)):
            return value
        given = PersonalText(person_id=getattr(value, who), text=before)
        after = visitor.text(place, given)
        if after == given:
            return value
        gone = {f"{name}{_KEY}": None} if keyed and not after.text else {}
        return replace(value, **{name: after.text, who: after.person_id}, **gone)

    return Walk((place,), over)


def _both(one: Walk | None, other: Walk) -> Walk:
    if one is None:
        return other
    return Walk((*one.places, *other.places), lambda value, visitor: other.visit(one.visit(value, visitor), visitor))


def _person(place: Place) -> Walk:
    return Walk((place,), lambda value, visitor: visitor.person(place, value))


def _text(place: Place) -> Walk:
    return Walk((place,), lambda value, visitor: visitor.text(place, value))


def _field(place: Place) -> Walk:
    return Walk((place,), lambda value, visitor: visitor.field(place, value))


def _anything(place: Place) -> Walk:
    return Walk((place,), lambda value, visitor: visitor.anything(place, value))


def _hashes(place: Place) -> Walk:
    return Walk((place,), lambda value, visitor: visitor.hashes(place, value))


def _fields(below: Sequence[tuple[str, Walk]]) -> Walk:
    steps = tuple((name, one.visit) for name, one in below)

    def over(value: Any, visitor: Visitor) -> Any:
        changed = {}
        for name, step in steps:
            before = getattr(value, name)
            if before:  # neither None nor empty
                after = step(before, visitor)
                if after is not before:
                    changed[name] = after
        return replace(value, **changed) if changed else value

    return Walk(tuple(place for _, one in below for place in one.places), over)


def _each(below: Walk | None) -> Walk | None:
    if below is None:
        return None
    step = below.visit

    def over(value: Any, visitor: Visitor) -> Any:
        after = tuple([step(one, visitor) for one in value])
        return after if any(new is not old for new, old in zip(after, value, strict=True)) else value

    return Walk(below.places, over)


def _values(below: Walk | None) -> Walk | None:
    if below is None:
        return None
    step = below.visit

    def over(value: Any, visitor: Visitor) -> Any:
        after = {name: step(one, visitor) for name, one in value.items()}
        return after if any(after[name] is not one for name, one in value.items()) else value

    return Walk(below.places, over)
