"""Flattens the rows of a section to fields, for tables and the page. A section may have thousands of rows, but of a few
shapes, so what depends on the paths alone is computed once for each shape."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from libs.person import Person
from libs.subject_data import Section

BETWEEN = "\x1f"
_PERSON = frozenset(Person.__struct_fields__)


class FlatRow(NamedTuple):
    """A row as fields in order. paths: `customer.country`, `lines[0].sku`; equal for rows of one shape. values: one for
    each path; None is an empty value. persons: the persons in the row, as JSON objects."""

    paths: tuple[str, ...]
    values: tuple[str, ...]
    persons: tuple[dict[str, Any], ...] = ()

    def treated(self, one: Callable[[str], str], joined: Callable[[str], str]) -> list[str]:
        """The values, each as `one` changes it. joined: does the same to each part of a text between two BETWEEN; it is
        called once for the whole row, which takes a tenth of the time, unless a value contains BETWEEN."""
        changed = joined(BETWEEN.join(self.values)).split(BETWEEN)
        return changed if len(changed) == len(self.values) else [one(value) for value in self.values]


def flatten(section: Section) -> tuple[FlatRow, ...]:
    """The rows of a section, flattened; computed once for table and page."""
    top = _Place("")
    return tuple(_flat(row, top) for row in section.rows)


def flat_values(value: object) -> tuple[str, ...]:
    """Each value below a JSON value, in order; None is an empty value."""
    return _flat(value, _Place("")).values


class _Place:
    """A place in the rows of a section. path: see FlatRow. below: the places in it, by name or position."""

    __slots__ = ("below", "path")

    def __init__(self, path: str) -> None:
        self.path = path
        self.below: dict[str | int, _Place] = {}

    def open(self, key: str | int) -> "_Place":
        """The place with this name or position, which is not in `below` yet."""
        name = f"[{key}]" if isinstance(key, int) else f".{key}"
        path = f"{self.path}{name}" if self.path else name.removeprefix(".")
        place = self.below[key] = _Place(path)
        return place


class _Fields:
    """The fields of a row, collected."""

    __slots__ = ("paths", "persons", "values")

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.values: list[str] = []
        self.persons: list[dict[str, Any]] = []

    def add(self, value: Any, place: _Place) -> None:
        """Add what is below a value."""
        if isinstance(value, dict):
            if len(value) == len(_PERSON) and value.keys() == _PERSON:
                self.persons.append(value)
            self._add_all(value.items(), place)
        elif isinstance(value, list | tuple):
            self._add_all(enumerate(value), place)
        else:
            self.paths.append(place.path)
            self.values.append("" if value is None else str(value))

    def _add_all(self, found: Iterable[tuple[str | int, Any]], place: _Place) -> None:
        places, paths, values = place.below, self.paths, self.values
        for key, value in found:
            below = places.get(key) or place.open(key)
            if type(value) is str:  # most values; they need no call of `add`
                paths.append(below.path)
                values.append(value)
            else:
                self.add(value, below)


def _flat(value: object, top: _Place) -> FlatRow:
    fields = _Fields()
    fields.add(value, top)
    return FlatRow(tuple(fields.paths), tuple(fields.values), tuple(fields.persons))
