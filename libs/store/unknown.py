"""What a stored document has and the struct of this release does not: an update keeps it.

While a newer release rolls out, processes of this one change documents that the newer one has written. Such a document
is compared with the struct that was read; what the struct lacks is put into the new document, where it was. Where that
would be a guess, the update is refused: another process can make it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from libs.errors import OlderRelease

IDENTITY = ("id", "person_id")
"""Fields that say whether a nested value is the same thing as before, changed, or another thing."""


def keep(kind: str, new: Any, known: Any, stored: Any) -> Any:
    """`new` with what `stored` has and `known` lacks; all three of JSON types. known: `stored`, as this release reads
    it. Nothing is kept of nested values that were removed or replaced by another one. OlderRelease if an element of a
    list, without an id, has changed that has more than this release knows."""
    if known == stored:
        return new
    if isinstance(new, dict) and isinstance(known, dict) and isinstance(stored, dict):
        return _keep_fields(kind, new, known, stored)
    if isinstance(new, list) and isinstance(known, list) and isinstance(stored, list):
        return _keep_elements(kind, new, known, stored)
    return new


def _keep_fields(kind: str, new: dict[str, Any], known: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    if any(new.get(name) != known.get(name) for name in IDENTITY):
        return new
    found = dict(new)
    for name, value in stored.items():
        if name not in known:
            found.setdefault(name, value)
        elif name in new:
            found[name] = keep(kind, new[name], known[name], value)
    return found


def _keep_elements(kind: str, new: Sequence[Any], known: Sequence[Any], stored: Sequence[Any]) -> list[Any]:
    """An element is the one that is equal to it, else the one with its identity."""
    if len(known) != len(stored):  # a struct that is stored as a list has more elements by now
        if new == known:
            return list(stored)
        _refuse(kind)
    left = [pair for pair in zip(known, stored, strict=True) if pair[0] != pair[1] and isinstance(pair[1], dict | list)]
    found, open_places = list(new), dict(enumerate(new))
    for is_same in (_equal, _same_thing):
        for place, one in tuple(open_places.items()):
            pair = next((pair for pair in left if is_same(one, pair[0])), None)
            if pair is not None:
                left.remove(pair)
                del open_places[place]
                found[place] = keep(kind, one, *pair)
    changed = [one for one in open_places.values() if one not in known and not _named(one)]
    if changed and not all(_named(before) for before, _ in left):
        _refuse(kind)
    return found


def _equal(one: Any, other: Any) -> bool:
    return bool(one == other)


def _same_thing(one: Any, other: Any) -> bool:
    return _named(one) and _named(other) and all(one.get(name) == other.get(name) for name in IDENTITY)


def _named(one: Any) -> bool:
    return isinstance(one, dict) and any(one.get(name) for name in IDENTITY)


def _refuse(kind: str) -> NoReturn:
    raise OlderRelease(f"a newer release has written this {kind}, and this one cannot change it without loss")
