"""Checks a message against the rules of its proto and finds violations piece by piece.

The engine reports all violations of a message at once, which takes time that grows with the square of their number and
several kilobytes for each. So it first checks whether there is any, and then few elements at a time, as long as the
caller takes more violations.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Protocol

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from protovalidate import Validator

from libs.errors import Violation
from libs.pb.buf.validate import validate_pb2
from libs.rpc.bounds import most_items, too_many
from libs.rpc.wording import in_words

FEW = 16  # elements that the engine checks at a time


class Engine(Protocol):
    """protovalidate.Validator."""

    def collect_violations(self, message: Any, *, fail_fast: bool = False) -> list[Any]:
        """The rules that a message breaks; with fail_fast the first of them."""
        ...


@cache
def engine_of_process() -> Validator:
    """The engine of all servers of this process, for the thread of their event loop. It keeps the compiled rules of the
    messages that it has checked; compiling those of all requests takes about two seconds, so a process does it once."""
    return Validator()


class Rules:
    """The checks of one engine."""

    __slots__ = ("_collect",)

    def __init__(self, engine: Engine) -> None:
        self._collect = engine.collect_violations

    def broken(self, message: Message) -> Iterator[Violation] | None:
        """None if the message is valid; else an iterator over its violations, which finds them lazily."""
        first = self._collect(message, fail_fast=True)
        return self._found(message, first[0]) if first else None

    def _found(self, message: Message, first: Any) -> Iterator[Violation]:
        anything = False
        for one in self._pieces(message, ""):
            anything = True
            yield one
        if not anything:  # the broken rule is about the whole message, and no piece breaks a rule
            yield _violation(first, "")

    def _pieces(self, message: Message, path: str) -> Iterator[Violation]:
        if _elements(message) <= FEW:
            yield from (_violation(one, path) for one in self._collect(message))
            return
        frame = _Frame(message)
        cut = tuple(f"{place}[" for place, *_ in frame.cut)
        for one in self._collect(frame.message):
            found = _violation(one, "")
            if not found.field.startswith(cut):
                yield found._replace(field=_join(path, found.field))
        for place, holder, field, values in frame.cut:
            here, most = _join(path, place), most_items(field)
            if most is not None and len(values) > most:
                yield too_many(here, most)
            elif field.message_type is None:
                yield from self._windows(holder, field, values, here)
            elif not left_out(field):
                for position, row in enumerate(values):
                    yield from self._pieces(row, f"{here}[{position}]")

    def _windows(self, holder: type[Message], field: FieldDescriptor, values: Any, path: str) -> Iterator[Violation]:
        for start in range(0, len(values), FEW):
            window = holder(**{field.name: values[start : start + FEW]})
            for one in self._collect(window):
                elements: Any = one.proto.field.elements if one.proto.field else ()
                if len(elements) == 1 and elements[0].field_name == field.name and elements[0].subscript is not None:
                    found = _violation(one, "")
                    yield found._replace(field=f"{path}[{start + elements[0].subscript.value}]")


class _Frame:
    """A copy of a message with its long lists cut; cut: for each, path, type of its message, field and values.
    Lists in the rows of a list that was cut are cut with them."""

    def __init__(self, message: Message) -> None:
        self.cut: list[tuple[str, type[Message], FieldDescriptor, Any]] = []
        self.message = self._copied(message, "")

    def _copied(self, message: Message, path: str | None) -> Message:
        copy = type(message)()
        copy.SetInParent()
        for field, value in message.ListFields():
            place = None if path is None else _join(path, field.name)
            if field.message_type is None and not field.is_repeated:
                setattr(copy, field.name, value)
            elif not field.is_repeated:
                getattr(copy, field.name).CopyFrom(self._copied(value, place))
            elif field.message_type is not None and field.message_type.GetOptions().map_entry:
                getattr(copy, field.name).MergeFrom(value)
            else:
                self._copy_list(getattr(copy, field.name), message, field, value, place=place)
        return copy

    def _copy_list(
        self, copy: Any, message: Message, field: FieldDescriptor, values: Any, *, place: str | None
    ) -> None:
        kept = FEW if place is not None else 1  # violations in rows of a cut list are not reported here: keep few
        if len(values) > FEW and place is not None:
            self.cut.append((place, type(message), field, values))
            place = None
        for position, value in enumerate(values[: min(kept, most_items(field) or kept) if place is None else kept]):
            if field.message_type is None:
                copy.append(value)
            else:
                copy.append(self._copied(value, None if place is None else f"{place}[{position}]"))


def _elements(message: Message) -> int:
    """The number of elements in all lists of a message; counting stops early above FEW."""
    count = 0
    for field, value in message.ListFields():
        if field.is_repeated:
            count += len(value)
        if count > FEW or field.message_type is None or field.message_type.GetOptions().map_entry:
            continue
        count += sum(_elements(one) for one in (value if field.is_repeated else (value,)))
    return count


def left_out(field: FieldDescriptor) -> bool:
    rules = field.GetOptions().Extensions[validate_pb2.field]
    return bool(rules.repeated.items.ignore == validate_pb2.IGNORE_ALWAYS)


def _violation(broken: Any, above: str) -> Violation:
    found, path = broken.proto, ""
    for element in found.field.elements if found.field else ():
        path = _join(path, element.field_name)
        if element.subscript is not None:
            value = element.subscript.value
            path += f"[{value}]" if element.subscript.field != "string_key" else f'["{value}"]'
    pattern = found.rule_id == "string.pattern" and isinstance(broken.field_value, str)
    what = in_words(broken.rule_value, broken.field_value) if pattern else found.message
    return Violation(_join(above, path), what, re.sub(r"\W+", "_", found.rule_id).upper() or "INVALID")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name else path or name
