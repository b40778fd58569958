"""Refuses requests about what another cell has: ids that it made, countries that it serves, page tokens that it gave.

Which fields these are is said by the protos: the rule `id`, and the option `home`. The answer follows from the text of
a value alone. It says nothing about whether a row exists, and is the same for every caller of the method.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from libs.country import ANYWHERE, Directory, known_countries
from libs.errors import WrongCell
from libs.ids import foreign_mark, marked, unmarked
from libs.pb.buf.validate import validate_pb2
from libs.pb.prm.options.v1 import options_pb2, rules_pb2
from libs.rpc.rules import left_out

PAGE_TOKEN, NEXT_PAGE_TOKEN = "page_token", "next_page_token"

_DEPTH = 16


class Homes:
    """The check of the requests of one type. Rows that the servicer checks one by one are left out."""

    __slots__ = ("_directory", "_fields", "_ids_of", "_paged")

    def __init__(self, descriptor: Descriptor, directory: Directory) -> None:
        self._directory = directory
        self._ids_of = f"_{directory.here.code}_"
        self._fields = fields_of(descriptor)
        self._paged = PAGE_TOKEN in descriptor.fields_by_name
        if self._fields is not None and ANYWHERE in directory.here.countries:
            self._fields = self._fields.without_countries()

    def require(self, request: Message) -> None:
        """WrongCell for the first value that belongs to another cell, with the path of its field."""
        if self._fields is not None and self._fields.any_is(request, self._foreign_id, self._foreign_country):
            for field, value, is_country in self._fields.values(request):
                self._require(field, value, is_country=is_country)
        token = request.page_token if self._paged else ""  # type: ignore[attr-defined]  # looked up at start
        if token and (code := foreign_mark(token, self._directory.here.code)):
            self._directory.refuse("this page token", code, field=PAGE_TOKEN)

    def _require(self, field: str, value: str, *, is_country: bool) -> None:
        try:
            if not is_country:
                self._directory.require_home(value)
            elif self._foreign_country(value):
                self._directory.require_country(value)
        except WrongCell as err:
            raise err.at(field) from None

    def _foreign_id(self, value: str) -> bool:
        return self._ids_of not in value

    def _foreign_country(self, value: str) -> bool:
        """Whether it is a country that this cell does not serve. The use case refuses what is no country."""
        return not self._directory.here.serves(value) and value in known_countries()


class PageTokens:
    """The page tokens of one method on the wire: each begins with the code of the cell that gave it."""

    __slots__ = ("_cell", "_given", "_taken")

    def __init__(self, request: Descriptor, response: Descriptor, cell: str) -> None:
        self._cell = cell
        self._taken = PAGE_TOKEN in request.fields_by_name
        self._given = NEXT_PAGE_TOKEN in response.fields_by_name

    def open(self, request: Any) -> None:
        """Replace the token of the request, if it has one, by the one that the servicer gave."""
        if self._taken and request.page_token:
            request.page_token = unmarked(request.page_token)

    def mark(self, reply: Any) -> None:
        """Put the cell before the token of the reply, if it has one."""
        if self._given and reply.next_page_token:
            reply.next_page_token = marked(reply.next_page_token, self._cell)


class Fields(msgspec.Struct, frozen=True):
    """The fields of a message type whose values must be of this cell, so that only these are visited."""

    ids: tuple[str, ...]
    countries: tuple[str, ...]
    many_ids: tuple[str, ...]
    many_countries: tuple[str, ...]
    messages: "tuple[tuple[str, Fields], ...]"
    rows: "tuple[tuple[str, Fields], ...]"

    def any_is(self, message: Any, id: Callable[[str], bool], country: Callable[[str], bool]) -> bool:
        """Whether any id or any country in the message is what these say."""
        for name in self.ids:
            if (value := getattr(message, name)) and id(value):
                return True
        for name in self.countries:
            if (value := getattr(message, name)) and country(value):
                return True
        for name in self.many_ids:
            if any(map(id, getattr(message, name))):
                return True
        for name in self.many_countries:
            if any(map(country, getattr(message, name))):
                return True
        for name, below in self.messages:
            if message.HasField(name) and below.any_is(getattr(message, name), id, country):
                return True
        return any(below.any_is(row, id, country) for name, below in self.rows for row in getattr(message, name))

    def values(self, message: Any, above: str = "") -> Iterator[tuple[str, str, bool]]:
        """The path of each field with its value, and whether that is a country."""
        for names, are_countries in ((self.ids, False), (self.countries, True)):
            yield from ((f"{above}{name}", getattr(message, name), are_countries) for name in names)
        for names, are_countries in ((self.many_ids, False), (self.many_countries, True)):
            for name in names:
                found = enumerate(getattr(message, name))
                yield from ((f"{above}{name}[{place}]", value, are_countries) for place, value in found)
        for name, below in self.messages:
            if message.HasField(name):
                yield from below.values(getattr(message, name), f"{above}{name}.")
        for name, below in self.rows:
            for place, row in enumerate(getattr(message, name)):
                yield from below.values(row, f"{above}{name}[{place}].")

    def without_countries(self) -> "Fields | None":
        """The fields with ids alone; None if there are none."""
        return _fields(
            {False: self.ids}, {False: self.many_ids}, *(_thinned(few) for few in (self.messages, self.rows))
        )


def fields_of(descriptor: Descriptor, above: tuple[Descriptor, ...] = (), *, countries: bool = True) -> Fields | None:
    """The fields of a message type whose values must be of this cell; None if it has none. above: the messages that
    contain this one. countries: whether its countries count."""
    if descriptor in above or len(above) >= _DEPTH:
        return None
    single: dict[bool, tuple[str, ...]] = {}
    many: dict[bool, tuple[str, ...]] = {}
    messages: list[tuple[str, Fields]] = []
    rows: list[tuple[str, Fields]] = []
    for field in descriptor.fields:
        role = home_of(field)
        if field.type == field.TYPE_STRING and role in (options_pb2.HOME_ID, options_pb2.HOME_COUNTRY):
            is_country = role == options_pb2.HOME_COUNTRY
            if countries or not is_country:
                found = many if field.is_repeated else single
                found[is_country] = (*found.get(is_country, ()), field.name)
        elif field.message_type is not None and not field.message_type.GetOptions().map_entry and not left_out(field):
            count = countries and role != options_pb2.HOME_ANYWHERE
            if (below := fields_of(field.message_type, (*above, descriptor), countries=count)) is not None:
                (rows if field.is_repeated else messages).append((field.name, below))
    return _fields(single, many, tuple(messages), tuple(rows))


def home_of(field: FieldDescriptor) -> int:
    """Of which cell the values of a field must be: its option `home`; HOME_ID for one with the rule `id` and without
    the option."""
    options = field.GetOptions()
    if said := int(options.Extensions[options_pb2.home]):
        return said
    rules = options.Extensions[validate_pb2.field]
    text = rules.repeated.items.string if field.is_repeated else rules.string
    return options_pb2.HOME_ID if text.Extensions[rules_pb2.id] else options_pb2.HOME_UNSPECIFIED


def _fields(
    single: dict[bool, tuple[str, ...]],
    many: dict[bool, tuple[str, ...]],
    messages: tuple[tuple[str, Fields], ...],
    rows: tuple[tuple[str, Fields], ...],
) -> Fields | None:
    names = (single.get(False, ()), single.get(True, ()), many.get(False, ()), many.get(True, ()))
    return Fields(*names, messages, rows) if any((*names, messages, rows)) else None


def _thinned(below: tuple[tuple[str, Fields], ...]) -> tuple[tuple[str, Fields], ...]:
    found = ((name, fields.without_countries()) for name, fields in below)
    return tuple((name, fields) for name, fields in found if fields is not None)
