"""Masks in the rows of an answer to one person all other persons, and texts and fields about them."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from libs.document import Document
from libs.person import Login, Person, PersonalText
from libs.privacy.sealing.places import KEYED

MASK = "***"
_PERSON = frozenset(Person.__struct_fields__)
_ALIAS = {"EMAIL": "email", "PHONE": "phone", "PERSON_ID": "person_id"}
_NATURAL, _WHO = "natural_person", "person_id"
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
        return {name: self._named(name, value, tree, mine) for name, value in tree.items()}

    def _value(self, value: Any, mine: bool) -> Any:
        if isinstance(value, dict):
            if value.keys() == _PERSON:
                return self._person(value)
            if value.keys() == _TEXT:
                return self._text(value, mine)
            if value.keys() == {"field", "value"} and value["field"] in _ALIAS:
                return self._alias(value)
            if value.get(_NATURAL) and not self._is_subject(Person(person_id=value[_WHO], phone=value["phone"])):
                return {name: self._of_another(name, below) for name, below in value.items()}
            return {name: self._named(name, below, value, mine) for name, below in value.items()}
        return [self._value(one, mine) for one in value] if isinstance(value, list | tuple) else value

    def _named(self, name: str, value: Any, within: dict[str, Any], mine: bool) -> Any:
        """A field of a struct; one beside which an id stands is a login. Keyed hashes of aliases are left out of a row
        about another."""
        if name.endswith(KEYED) and not mine and isinstance(value, list | tuple):
            return []
        if not isinstance(value, str) or f"{name}_{_WHO}" not in within:
            return self._value(value, mine)
        return value if self._is_subject(Login(login=value)) else self._field(value)

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

    def _alias(self, value: dict[str, Any]) -> Any:
        """An alias that a request of a data subject names; a request can name one that several persons share."""
        if self._is_subject(Person(**{_ALIAS[value["field"]]: value["value"]})):
            return value
        return {**value, "value": self._field(value["value"])}

    def _of_another(self, name: str, value: Any) -> Any:
        """A field of a natural person who is not the subject; the id and what is no text stay."""
        if isinstance(value, list | tuple):
            return [self._of_another(name, one) for one in value]
        return self._field(value) if isinstance(value, str) and name != _WHO else value

    def _field(self, value: Any) -> Any:
        if not value:
            return value
        self.counts["fields"] += 1
        return MASK if isinstance(value, str) else None
