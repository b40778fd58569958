"""What a mapping file says: which file, which RPC, how columns become fields, what counts as a trap.

README.md of this folder describes the form. Scalars are text whatever they look like, so that `Norway: NO` stays NO.
All mistakes of form are collected; whether columns and fields exist is checked by plan.py.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
import yaml

Then = Literal["notice", "leave_out", "refuse"]
Of = Literal["row", "header", "details"]

Check = Literal[
    "is_not", "has", "same", "in_order", "rising", "follows", "sum", "count", "adds_up", "unique", "no_copies"
]

T = TypeVar("T", bound=msgspec.Struct)

_FILE_BYTES = 256 * 1024


class Test(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the text of one column must be; everything that is said must hold."""

    one_of: tuple[str, ...] | None = None
    none_of: tuple[str, ...] | None = None
    empty: bool | None = None
    matches: str = ""
    number: Literal["", "zero", "negative", "positive"] = ""


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One value: where its text comes from, then what is done with it, in the order of the fields.

    Exactly one of column, constant, join, fingerprint, product, sum, share says where from; a `lookup` makes `column`
    one of the look-up's, in the row whose key is the value `by`; a `share` is in proportion to `by`. `repair` says what
    a wrong value means and is noticed each time, `map` translates a code; what it does not know becomes `otherwise`, or
    what `unknown` says.
    """

    column: str = ""
    constant: str | None = None
    join: "tuple[Value, ...]" = ()
    separator: str = ""
    fingerprint: bool = False
    product: "tuple[Value, ...]" = ()
    sum: "tuple[Value, ...]" = ()
    share: "Value | None" = None
    lookup: str = ""
    by: "Value | None" = None
    of: Of = "row"
    when: dict[str, Test] = {}
    strip: bool = False
    replace: dict[str, str] = {}
    case: Literal["", "upper", "lower"] = ""
    repair: dict[str, str] = {}
    map: dict[str, str] = {}
    otherwise: str = ""
    unknown: Literal["refuse", "notice", "keep"] = "refuse"
    prefix: str = ""
    suffix: str = ""
    format: str = ""
    decimal_point: str = "."
    thousands: str = ""
    negate: bool = False
    decimals: Literal["", "0", "1", "2", "3", "4"] = ""
    currency: "Value | None" = None
    empty: Literal["skip", "notice", "refuse"] = "skip"


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """A message: a node for each field. each: one message for every row, detail row, or cell of a row, that is `where`.
    matching: of which columns the cells are, a regular expression; `column` and `cell` are read as columns then."""

    fields: "dict[str, Node]"
    each: Literal["", "rows", "details", "cells"] = ""
    matching: str = ""
    where: dict[str, Test] = {}
    when: dict[str, Test] = {}


Node = Value | Shape | tuple["Node", ...]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A trap: what must hold and what happens where it does not. rules.py says what each `check` means."""

    check: Check
    reason: str
    say: str
    then: Then = "notice"
    of: Of = "row"
    columns: tuple[str, ...] = ()
    when: dict[str, Test] = {}
    where: dict[str, Test] = {}
    against: str = ""
    within: str = "0"
    as_number: bool = False


class Lookup(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A second table, held in memory: `key` is unique in it."""

    file: str
    key: str
    encoding: str = ""
    delimiter: str = ""


class Details(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A second file whose rows belong to the messages of the first: `key` has the values of the mapping's key."""

    file: str
    key: tuple[str, ...]
    order: str = ""
    encoding: str = ""
    delimiter: str = ""


class Remark(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something to know about many rows, an assumption for instance; said once, with the number of rows it concerns."""

    reason: str
    say: str
    where: dict[str, Test] = {}


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A mapping file but for its fields. encoding and delimiter are those of every file that names none of its own."""

    describe: str
    rpc: str
    source: str
    encoding: str = ""
    delimiter: str = ""
    controls: Literal["", "remove"] = ""
    key: tuple[str, ...] = ()
    folds: bool = False
    where: dict[str, Test] = {}
    empty_values: tuple[str, ...] = ()
    zone: str = ""
    details: Details | None = None
    lookups: dict[str, Lookup] = {}
    remarks: tuple[Remark, ...] = ()
    rules: tuple[Rule, ...] = ()


class MappingFile(msgspec.Struct, frozen=True):
    """A mapping file whose form is right. name: of the file, without its suffix."""

    name: str
    document: Document
    shape: Shape


class MappingMistakes(ValueError):
    """Everything that is wrong with a mapping; nothing was sent."""

    def __init__(self, name: str, mistakes: list[str]) -> None:
        super().__init__(f"{name}: " + "; ".join(mistakes))
        self.name = name
        self.mistakes = mistakes


def read(path: Path) -> MappingFile:
    """The mapping in a YAML file; MappingMistakes with every mistake of form.

    A named map that is only a file name is read from the folder of the mapping.
    """
    loaded = _load(path)
    if isinstance(loaded, dict) and isinstance(maps := loaded.get("maps"), dict):
        loaded["maps"] = {
            name: _load(path.parent / Path(found).name) if isinstance(found, str) else found
            for name, found in maps.items()
        }
    return parse(path.stem, loaded)


def _load(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            return yaml.load(file.read(_FILE_BYTES), Loader=_TextLoader)  # makes nothing but text
    except OSError as err:
        raise MappingMistakes(path.name, [f"cannot be read: {err.strerror}"]) from err
    except yaml.YAMLError as err:
        raise MappingMistakes(path.name, [f"is not YAML: {err}"]) from err


def parse(name: str, loaded: object) -> MappingFile:
    """The mapping in what a YAML file holds; MappingMistakes with every mistake of form."""
    if not isinstance(loaded, dict):
        raise MappingMistakes(name, ["is not a table of keys"])
    mistakes: list[str] = []
    frame = {key: value for key, value in loaded.items() if key not in ("maps", "fields")}
    maps = loaded.get("maps", {})
    fields = _Form(maps if isinstance(maps, dict) else {}, mistakes).shape(loaded.get("fields"), "fields")
    document = _convert(_listed(frame), Document, "", mistakes)
    if mistakes or document is None:
        raise MappingMistakes(name, mistakes)
    return MappingFile(name, document, Shape(fields=fields))


class _Form:
    """Reads the tree of fields; `maps` are the named tables that `map` and `repair` may point to."""

    def __init__(self, maps: Mapping[str, Any], mistakes: list[str]) -> None:
        self._maps = maps
        self._mistakes = mistakes

    def shape(self, found: object, path: str) -> dict[str, Node]:
        """The nodes of a table of fields."""
        if not isinstance(found, dict) or not found:
            self._mistakes.append(f"{path}: is not a table of fields")
            return {}
        return {name: self._node(below, f"{path}.{name}") for name, below in found.items()}

    def _node(self, found: object, path: str) -> Node:
        if isinstance(found, list):
            return tuple(self._node(below, f"{path}[{position}]") for position, below in enumerate(found))
        if isinstance(found, dict) and "fields" in found:
            frame = {key: value for key, value in found.items() if key != "fields"}
            made = _convert(dict(_conditions(frame)), _Frame, path, self._mistakes) or _Frame()
            fields = self.shape(found["fields"], f"{path}.fields")
            if (made.each == "cells") != bool(made.matching):
                self._mistakes.append(f"{path}: `each: cells` and `matching` go together")
            return Shape(fields=fields, each=made.each, matching=made.matching, where=made.where, when=made.when)
        return _convert(self._value(found, path), Value, path, self._mistakes) or Value()

    def _value(self, found: object, path: str) -> object:
        """A value with the short forms written out: a column alone, a named map, nested values."""
        if isinstance(found, str):
            return {"column": found}
        if not isinstance(found, dict):
            return found
        made = dict(_conditions(found))
        for key in ("map", "repair"):
            if isinstance(name := made.get(key), str):
                if name not in self._maps:
                    self._mistakes.append(f"{path}.{key}: there is no map {name}")
                made[key] = self._maps.get(name, {})
        for key in ("by", "currency", "share"):
            if key in made:
                made[key] = self._value(made[key], f"{path}.{key}")
        for key in ("join", "product", "sum"):
            if isinstance(parts := made.get(key), list):
                made[key] = [self._value(part, f"{path}.{key}[{position}]") for position, part in enumerate(parts)]
        return made


class _Frame(msgspec.Struct, forbid_unknown_fields=True):
    each: Literal["", "rows", "details", "cells"] = ""
    matching: str = ""
    where: dict[str, Test] = {}
    when: dict[str, Test] = {}


class _TextLoader(yaml.BaseLoader):
    """Every scalar is text; a key said twice is a mistake instead of the last one winning."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[object] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.YAMLError(f"{key.value} is said twice, {key.start_mark}")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _convert(found: object, type: type[T], path: str, mistakes: list[str]) -> T | None:
    """The struct in plain data; None, with every unknown key and the first wrong value among the mistakes."""
    if isinstance(found, dict):
        known = {one.encode_name for one in msgspec.structs.fields(type)}
        unknown = [str(key) for key in found if key not in known]
        mistakes += [f"{path or 'mapping'}: there is no setting {key}" for key in unknown]
        found = {key: value for key, value in found.items() if key in known}
    try:
        return msgspec.convert(found, type, strict=False)
    except msgspec.ValidationError as err:
        mistakes.append(f"{path or 'mapping'}: {err}")
        return None


def _listed(found: dict[str, Any]) -> dict[str, Any]:
    """The frame of a mapping with its short forms written out: one key instead of a list of keys, conditions."""
    made = dict(_conditions(found))
    made["key"] = _tuple(made.get("key", ()))
    if isinstance(details := made.get("details"), dict):
        made["details"] = {**details, "key": _tuple(details.get("key", ()))}
    for name in ("rules", "remarks"):
        if isinstance(rows := made.get(name), list):
            made[name] = [dict(_conditions(row)) if isinstance(row, dict) else row for row in rows]
    for rule in made.get("rules", ()):
        if isinstance(rule, dict) and "columns" in rule:
            rule["columns"] = _tuple(rule["columns"])
    return made


def _conditions(found: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in found.items():
        if key in ("where", "when") and isinstance(value, dict):
            yield key, {column: _test(test) for column, test in value.items()}
        else:
            yield key, value


def _test(found: object) -> object:
    if isinstance(found, str):
        return {"one_of": [found]}
    return {"one_of": found} if isinstance(found, list) else found


def _tuple(found: object) -> object:
    return [found] if isinstance(found, str) else found


@cache
def pattern(text: str) -> re.Pattern[str]:
    """A compiled `matches`; re.error if it is none."""
    return re.compile(text)
