"""A mapping compiled against the columns of its files and the fields of its message, before a row is read.

Every mistake is found here and named with its place: columns that are not in the file, fields that are not in the
message, values no field could take.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from libs.pb.prm.options.v1 import options_pb2
from libs.rpc.disclosure import shown_by
from services.imports.mapping import MappingFile, MappingMistakes, Node, Shape, Test, Value
from services.imports.notes import Outcome
from services.imports.rules import holds
from services.imports.scope import Known, Scope
from services.imports.table import Row
from services.imports.target import Target
from services.imports.text import Columns, Reading, Text
from services.imports.values import Convert, Unfit, WrongType, converter, enum_names, money, separator_mistake

Fill = Callable[[Any, Scope, str], bool]

COLUMN, CELL = "column", "cell"
"""What each cell of a row has as columns: the name of its own, and its text."""

_MONEY = "google.type.Money"
_ORGANISATION = "user.contact.organization"


class Plan(msgspec.Struct, frozen=True):
    """What builds the message of a group. fingerprints: fields that hold a mark of all the others, so that sending
    the same again is recognised. row_wheres, detail_wheres: which rows, and which detail rows, become part of the
    message; None if all.
    """

    fill: Fill
    message: type[Message]
    fingerprints: tuple[tuple[str, str], ...]
    row_wheres: tuple[Mapping[str, Test], ...] | None
    detail_wheres: tuple[Mapping[str, Test], ...] | None

    def build(self, scope: Scope) -> Message:
        """The message, as far as it can be built; what cannot is refused in the scope."""
        made: Any = self.message()
        self.fill(made, scope, "")
        mark = hashlib.blake2b(made.SerializeToString(deterministic=True), digest_size=16).hexdigest()
        for field, prefix in self.fingerprints:
            setattr(made, field, prefix + mark)
        return made  # type: ignore[no-any-return]  # an instance of `message`


def compile_plan(mapping: MappingFile, target: Target, columns: Columns, lookups: Mapping[str, Known]) -> Plan:
    """The plan; MappingMistakes with everything that does not fit. `columns` by row, header and details."""
    mistakes: list[str] = []
    zone = _zone(mapping.document.zone, mistakes)
    compiler = _Compiler(Reading(lookups, mapping.document.empty_values, mistakes), zone, mistakes)
    fill = compiler.shape(mapping.shape, target.row, columns, "")
    mistakes += _frame_mistakes(mapping, columns)
    nodes = mapping.shape.fields.items()
    marked = tuple((name, node.prefix) for name, node in nodes if isinstance(node, Value) and node.fingerprint)
    if marked and shown_by(target.row):
        mistakes += [
            f"{name}: a fingerprint, which stays in clear, of a message that may name persons" for name, _ in marked
        ]
    if mistakes:
        raise MappingMistakes(mapping.name, mistakes)
    wheres = {of: tuple(shape.where for shape in compiler.repeated if shape.each == of) for of in ("rows", "details")}
    return Plan(fill, GetMessageClass(target.row), marked, wheres["rows"] or None, wheres["details"] or None)


class _Compiler:
    def __init__(self, reading: Reading, zone: ZoneInfo | None, mistakes: list[str]) -> None:
        self._reading = reading
        self._zone = zone
        self._mistakes = mistakes
        self.repeated: list[Shape] = []

    def shape(self, shape: Shape, descriptor: Descriptor, columns: Columns, path: str) -> Fill:
        """Fills a message; true if anything in it came from the files."""
        fills = []
        for name, node in shape.fields.items():
            where = f"{path}.{name}" if path else name
            field = descriptor.fields_by_name.get(name)
            if field is None:
                self._mistakes.append(f"{where}: there is no field {name} in {descriptor.full_name}")
            else:
                fills.append(self._node(node, field, columns, where))
        self._check_columns(shape.when, columns["row"], path)
        when = shape.when

        def fill(message: Any, scope: Scope, path: str) -> bool:
            if when and not scope.holds(when, path):
                return False
            return any([one(message, scope, path) for one in fills])  # noqa: C419  # every field is to be filled

        return fill

    def _node(self, node: Node, field: FieldDescriptor, columns: Columns, path: str) -> Fill:
        if isinstance(node, tuple):
            if not field.is_repeated:
                self._mistakes.append(f"{path}: holds one value, not a list")
            return _all([self._node(one, field, columns, f"{path}[{n}]") for n, one in enumerate(node)])
        if isinstance(node, Value):
            return self._value(node, field, columns, path)
        if (descriptor := field.message_type) is None:
            self._mistakes.append(f"{path}: is a {_kind(field)}, it has no fields")
            return _nothing
        if node.each:
            return self._each(node, field, descriptor, columns, path)
        below = self.shape(node, descriptor, columns, path)
        return _one_more(field.name, below) if field.is_repeated else _inside(field.name, below)

    def _each(self, shape: Shape, field: FieldDescriptor, descriptor: Descriptor, columns: Columns, path: str) -> Fill:
        if not field.is_repeated:
            self._mistakes.append(f"{path}: holds one message, not one for each of {shape.each}")
        own = columns["details"] if shape.each == "details" else columns["header"]
        if shape.each == "details" and not own:
            self._mistakes.append(f"{path}: the mapping has no details")
        if shape.each == "cells":
            if not any(re.fullmatch(shape.matching, one) for one in own):
                self._mistakes.append(f"{path}: no column matches {shape.matching}")
            own = (*own, COLUMN, CELL)
        self._check_columns(shape.where, own, path)
        self.repeated.append(shape)
        below = self.shape(shape, descriptor, {**columns, "row": own, "each": own}, path)
        return _for_each(field.name, shape, below)

    def _value(self, value: Value, field: FieldDescriptor, columns: Columns, path: str) -> Fill:
        category = field.GetOptions().Extensions[options_pb2.category]
        hidden = category.startswith("user.") and category != _ORGANISATION
        text = self._reading.compile(value, columns, path, hidden=hidden)
        if mistake := separator_mistake(value):
            self._mistakes.append(f"{path}: {mistake}")
            return _nothing
        if field.message_type is not None and field.message_type.full_name == _MONEY:
            return self._money(value, field, text, columns, path)
        try:
            convert = converter(field, value, self._zone)
        except WrongType as err:
            self._mistakes.append(f"{path}: {err}")
            return _nothing
        self._check_choices(value, field, convert, path)
        return _Set(field, value, text, convert)

    def _money(self, value: Value, field: FieldDescriptor, text: Text, columns: Columns, path: str) -> Fill:
        if value.currency is None:
            self._mistakes.append(f"{path}: an amount needs a currency")
            return _nothing
        currency = self._reading.compile(value.currency, columns, f"{path}.currency")

        def fill(message: Any, scope: Scope, path: str) -> bool:
            code = currency(scope, f"{path}.{field.name}" if path else field.name)
            return bool(code) and _Set(field, value, text, lambda found: money(found, code, value))(
                message, scope, path
            )

        return fill

    def _check_choices(self, value: Value, field: FieldDescriptor, convert: Convert, path: str) -> None:
        """What the mapping itself says must fit the field: a constant, and what a map leads to."""
        said = (
            [value.constant] if value.constant is not None else [*value.map.values(), *filter(None, [value.otherwise])]
        )
        if field.enum_type is not None and (unknown := sorted({*said} - {*enum_names(field.enum_type)})):
            self._mistakes.append(f"{path}: {', '.join(unknown)} is no {field.enum_type.name}")
        elif value.constant is not None:
            try:
                convert(value.constant)
            except Unfit as err:
                self._mistakes.append(f"{path}: {err.description}")

    def _check_columns(self, tests: Mapping[str, Test], columns: tuple[str, ...], path: str) -> None:
        self._mistakes += [f"{path}: there is no column {name}" for name in sorted(set(tests) - set(columns))]


class _Set:
    """Sets a field from its text, or appends to it; a text that does not fit refuses the message."""

    def __init__(self, field: FieldDescriptor, value: Value, text: Text, convert: Convert) -> None:
        self._field = field
        self._value = value
        self._text = text
        self._convert = convert

    def __call__(self, message: Any, scope: Scope, path: str) -> bool:
        name = self._field.name
        path = f"{path}.{name}" if path else name
        if self._value.when and not scope.holds(self._value.when, path):
            return False
        if not (text := self._text(scope, path)):
            return False
        try:
            found = self._convert(text)
        except Unfit as err:
            scope.say(Outcome.REFUSED, path, err.reason, err.description)
            return False
        if self._field.is_repeated:
            getattr(message, name).append(found)
        elif self._field.message_type is not None:
            getattr(message, name).CopyFrom(found)
        else:
            setattr(message, name, found)
        return self._value.constant is None


def _nothing(message: Any, scope: Scope, path: str) -> bool:
    return False


def _all(fills: list[Fill]) -> Fill:
    return lambda message, scope, path: any([one(message, scope, path) for one in fills])  # noqa: C419  # as above


def _inside(name: str, below: Fill) -> Fill:
    def fill(message: Any, scope: Scope, path: str) -> bool:
        if below(getattr(message, name), scope, f"{path}.{name}" if path else name):
            return True
        message.ClearField(name)
        return False

    return fill


def _one_more(name: str, below: Fill) -> Fill:
    def fill(message: Any, scope: Scope, path: str) -> bool:
        elements = getattr(message, name)
        where = f"{path}.{name}" if path else name
        if below(elements.add(), scope, f"{where}[{len(elements) - 1}]"):
            return True
        del elements[-1]
        return False

    return fill


def _for_each(name: str, shape: Shape, below: Fill) -> Fill:
    def fill(message: Any, scope: Scope, path: str) -> bool:
        elements = getattr(message, name)
        rows = scope.group.details if shape.each == "details" else scope.group.rows
        if shape.each == "cells":
            rows = tuple(cell for row in rows for cell in _cells(row, shape.matching))
        scope.siblings = tuple(row for row in rows if holds(shape.where, row.values))
        for row in scope.siblings:
            where = f"{path}.{name}" if path else name
            place = f"{where}[{len(elements)}]"
            before = scope.enter(place, row)
            below(elements.add(), scope, place)
            scope.leave(before)
        return len(elements) > 0

    return fill


def _cells(row: Row, matching: str) -> Iterator[Row]:
    """The row once for each column that matches, with the name of the column and what it says."""
    for column, text in row.values.items():
        if re.fullmatch(matching, column):
            yield row._replace(values={**row.values, COLUMN: column, CELL: text})


def _kind(field: FieldDescriptor) -> str:
    return "choice" if field.enum_type is not None else "plain value"


def _zone(name: str, mistakes: list[str]) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        mistakes.append(f"zone: there is no time zone {name}")
        return None


def _frame_mistakes(mapping: MappingFile, columns: Columns) -> list[str]:
    """Columns that the frame of the mapping names and no file has."""
    document = mapping.document
    wanted = [("key", name, "header") for name in document.key]
    wanted += [("where", name, "header") for name in document.where]
    wanted += [("remarks", name, "header") for one in document.remarks for name in one.where]
    if document.details is not None:
        names = (*document.details.key, *([document.details.order] if document.details.order else ()))
        wanted += [("details", name, "details") for name in names]
    for rule in document.rules:
        source = "details" if rule.of == "details" else "header"
        where = f"rule {rule.reason}"
        wanted += [(where, name.removeprefix("-"), source) for name in (*rule.columns, *rule.where)]
        wanted += [(where, name, "header") for name in rule.when]
        if rule.against:
            wanted.append((where, rule.against, source if rule.check == "adds_up" else "header"))
    return [f"{where}: there is no column {name}" for where, name, source in wanted if name not in columns[source]]
