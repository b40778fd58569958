"""Masks in the rows of an answer to one person all other persons, and texts and fields about them."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from libs.document import Document
from libs.person import Person, PersonalText

MASK = "***"
_PERSON = frozenset(Person.__struct_fields__)
_TEXT = frozenset(PersonalText.__struct_fields__)


class Mask:
    """Masks row after row for one person, and counts the `persons`, `texts` and `fields` that it masked."""

    def __init__(self, is_subject: Callable[[Person], bool]) -> None:
        self._is_subject = is_subject
        self.counts: Counter[str] = Counter()

    def row(self, document: Document, about: Person | None, own: tuple[str, ...]) -> dict[str, Any]:
        """The row as JSON, masked. about: the person that the row is about, whose are the fields `own` and every text
        that names no person; None if it is about nobody: then a text that names no person is masked."""
        tree: dict[str, Any] = msgspec.to_builtins(document)
        mine = about is not None and self._is_subject(about)
        if about is not None and not mine:
            for name in own:
                tree[name] = self._field(tree[name])
        return {name: self._value(value, mine) for name, value in tree.items()}

    def _value(self, value: Any, mine: bool) -> Any:
        if isinstance(value, dict):
            if value.keys() == _PERSON:
                return self._person(value)
            if value.keys() == _TEXT:
                return self._text(value, mine)
            return {name: self._value(below, mine) for name, below in value.items()}
        return [self._value(one, mine) for one in value] if isinstance(value, list | tuple) else value

    def _person(self, value: dict[str, Any]) -> Any:
        if self._is_subject(msgspec.convert(value, Person)):
            return value
        self.counts["persons"] += 1
        return msgspec.to_builtins(Person(person_id=value["person_id"], name=MASK))

    def _text(self, value: dict[str, Any], mine: bool) -> Any:
        whose = value["person_id"]
        if not value["text"] or (self._is_subject(Person(person_id=whose)) if whose else mine):
            return value
        self.counts["texts"] += 1
        return {**value, "text": MASK}

    def _field(self, value: Any) -> Any:
        if not value:
            return value
        self.counts["fields"] += 1
        return MASK if isinstance(value, str) else None
