"""Values of messages as they are shown: texts by language, links from ids to their pages, tables of what repeats."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from google.protobuf.message import Message

from libs.ids import parse
from services.console.language import NANOS, Speech
from services.console.methods import OWN_FIELDS

TIMESTAMP, DATE, MONEY = "google.protobuf.Timestamp", "google.type.Date", "google.type.Money"
DURATION, PERSONAL_TEXT = "google.protobuf.Duration", "prm.common.v1.PersonalText"

_BRIEF_CHARS = 6
_FIRST_YEAR, _LAST_YEAR = 1, 9999
PLAIN = frozenset({TIMESTAMP, DATE, MONEY, DURATION, PERSONAL_TEXT})

# The type stubs of protobuf have two.
Field = Any
# The address of the page of an id; empty if there is none that the person may see.
Link = Callable[[str], str]


class Shown(msgspec.Struct, frozen=True):
    """A value on a page. text: what it says. href: where it leads. group: labels with the values inside. table: the
    labels of columns, and rows. kind: `number`, `id`, `state`, `when` or `text`, for the stylesheet."""

    text: str = ""
    href: str = ""
    kind: str = "text"
    group: Sequence[tuple[str, "Shown"]] = ()
    heads: Sequence[str] = ()
    table: Sequence[Sequence["Shown"]] = ()
    listed: Sequence["Shown"] = ()

    @property
    def brief(self) -> str:
        """The text for a cell of a table: of an id what tells it from others."""
        long = self.kind == "id" and len(self.text) > _BRIEF_CHARS
        return f"{self.text.partition('_')[0]} …{self.text[-_BRIEF_CHARS:]}" if long else self.text

    @property
    def flat(self) -> str:
        """The value on one line, with what is inside it."""
        inside = [one.flat for one in self.listed]
        inside += [f"{label}: {one.flat}" for label, one in self.group]
        inside += [", ".join(cell.flat for cell in row) for row in self.table]
        return "; ".join(inside) or self.text

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.text or self.group or self.table or self.listed)


class Writer:
    """Writes values in one language. link: the page of an id. opens: the address to which a part of a document leads,
    by the full name of its message."""

    def __init__(self, speech: Speech, link: Link, opens: Mapping[str, Callable[[Message], str]] | None = None) -> None:
        self.speech = speech
        self._link = link
        self._opens = opens or {}

    def at(self, message: Message, path: str) -> Shown:
        """The value at a dotted path, or those of all elements of a list on the way; empty if it is absent."""
        name, _, rest = path.partition(".")
        field = message.DESCRIPTOR.fields_by_name[name]
        if not rest:
            return self.field(message, field)
        if field.is_repeated:
            found = [self.at(one, rest) for one in getattr(message, name)]
            return Shown(listed=[one for one in found if not one.empty])
        return self.at(getattr(message, name), rest) if message.HasField(name) else Shown()

    def fields(self, message: Message, leave_out: Iterable[str] = ()) -> list[tuple[str, Shown]]:
        """The labels and values of all fields that are not empty."""
        hidden = {"etag", *leave_out}
        found = [
            (self.speech.field(one), self.field(message, one))
            for one in message.DESCRIPTOR.fields
            if one.name not in hidden
        ]
        return [(label, shown) for label, shown in found if not shown.empty]

    def field(self, message: Message, field: Field) -> Shown:
        """The value of one field."""
        if field.is_repeated:
            return self._repeated(field, list(getattr(message, field.name)))
        if field.message_type is not None:
            return self._message(getattr(message, field.name)) if message.HasField(field.name) else Shown()
        return self._scalar(field, getattr(message, field.name))

    def _repeated(self, field: Field, values: list[Any]) -> Shown:
        if not values:
            return Shown()
        if field.message_type is None:
            return Shown(listed=[self._scalar(field, one) for one in values])
        if field.message_type.full_name in PLAIN:
            return Shown(listed=[self._message(one) for one in values])
        columns = [one for one in field.message_type.fields if one.name not in OWN_FIELDS]
        rows = [[self.field(row, one) for one in columns] for row in values]
        kept = [place for place in range(len(columns)) if any(not row[place].empty for row in rows)]
        return Shown(
            heads=[self.speech.field(columns[place]) for place in kept],
            table=[[row[place] for place in kept] for row in rows],
        )

    def _message(self, message: Any) -> Shown:
        match message.DESCRIPTOR.full_name:
            case "google.protobuf.Timestamp":
                moment = moment_of(message)
                return Shown(self.speech.moment(moment), kind="when") if moment else Shown()
            case "google.type.Date":
                day = day_of(message)
                return Shown(self.speech.day(day), kind="when") if day else Shown()
            case "google.type.Money":
                return Shown(self.speech.money(amount_of(message), message.currency_code), kind="number")
            case "google.protobuf.Duration":
                return Shown(self.speech.duration(message.seconds))
            case "prm.common.v1.PersonalText":
                return Shown(message.text)
        if opens := self._opens.get(message.DESCRIPTOR.full_name):
            return Shown(self.speech.text("What it is made of"), opens(message))
        return Shown(group=self.fields(message))

    def _scalar(self, field: Field, value: Any) -> Shown:
        if field.enum_type is not None:
            return Shown(self.speech.value(field.enum_type, value), kind="state") if value else Shown()
        if isinstance(value, bool):
            return Shown(self.speech.text("Yes")) if value else Shown()
        if isinstance(value, bytes):
            return Shown(value.hex(), kind="id")
        if isinstance(value, int | float):
            return self._number(field.name, Decimal(value))
        return Shown(value, self._link(value), "id") if parse(value) else Shown(value)

    def _number(self, name: str, value: Decimal) -> Shown:
        if not value:
            return Shown()
        if name.endswith("basis_points"):
            return Shown(self.speech.percent(int(value)), kind="number")
        if name.endswith("thousandths"):
            return Shown(self.speech.number(value / 1000), kind="number")
        plain = name == "year" or name.endswith(("_year", "version"))
        return Shown(str(value) if plain else self.speech.number(value), kind="number")


def moment_of(message: Any) -> datetime | None:
    """The moment of a Timestamp; None outside of the years that a page can show."""
    try:
        found: datetime = message.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return found if _FIRST_YEAR < found.year < _LAST_YEAR else None


def day_of(message: Any) -> date | None:
    """The day of a Date; None for one that is no day."""
    try:
        return date(message.year, message.month, message.day)
    except ValueError:
        return None


def amount_of(message: Any) -> Decimal:
    """The amount of a Money."""
    return Decimal(message.units) + Decimal(message.nanos) / NANOS
