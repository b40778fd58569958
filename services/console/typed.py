"""What was typed into a form as a request, and a message as what would be typed."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from libs.errors import Violation
from services.console.forms import CURRENCY, MAX_DEPTH, Data, rows_of
from services.console.language import NANOS, Speech
from services.console.methods import OWN_FIELDS
from services.console.values import PLAIN, amount_of, day_of, moment_of


class Reader:
    """Reads what a person of one language typed; `violations` are the inputs that it could not read."""

    def __init__(self, speech: Speech, data: Data) -> None:
        self._speech, self._data = speech, data
        self.violations: list[Violation] = []

    def fill(self, message: Any, *, leave_out: Iterable[str] = (), path: str = "", depth: int = 0) -> bool:
        """Fill a message from the data under `path`; whether anything was typed there."""
        hidden = {*leave_out, *(OWN_FIELDS if depth == 0 else ())}
        found = [
            self._field(message, one, f"{path}{one.name}", depth)
            for one in message.DESCRIPTOR.fields
            if one.name not in hidden
        ]
        return any(found)

    def _field(self, message: Any, field: FieldDescriptor, name: str, depth: int) -> bool:
        if field.is_repeated:
            return self._repeated(message, field, name, depth)
        if field.message_type is None:
            text = self._text(name)
            if text:
                self._set(message, field, name, text)
            return bool(text)
        if field.message_type.full_name in PLAIN:
            return self._plain(getattr(message, field.name), name)
        if depth >= MAX_DEPTH:
            return False
        inside = type(getattr(message, field.name))()
        typed = self.fill(inside, path=f"{name}.", depth=depth + 1)
        if typed:
            getattr(message, field.name).CopyFrom(inside)
        return typed

    def _repeated(self, message: Any, field: FieldDescriptor, name: str, depth: int) -> bool:
        into = getattr(message, field.name)
        if field.message_type is not None:
            for place in range(rows_of(self._data, name) if depth < MAX_DEPTH else 0):
                self.fill(into.add(), path=f"{name}[{place}].", depth=depth + 1)
            return bool(len(into))
        lines = [line.strip() for text in self._data.get(name, ()) for line in text.splitlines()]
        for place, line in enumerate(filter(None, lines)):
            value = self._value(field, f"{name}[{place}]", line)
            if value is not None:
                into.append(value)
        return any(lines)

    def _set(self, message: Any, field: FieldDescriptor, name: str, text: str) -> None:
        value = self._value(field, name, text)
        if value is not None:
            setattr(message, field.name, value)

    def _value(self, field: FieldDescriptor, name: str, text: str) -> Any:
        if field.enum_type is not None:
            found = field.enum_type.values_by_name.get(text)
            return found.number if found else self._wrong(name, self._speech.text("There is no such choice."))
        match field.cpp_type:
            case FieldDescriptor.CPPTYPE_STRING if field.type == FieldDescriptor.TYPE_BYTES:
                return text.encode()
            case FieldDescriptor.CPPTYPE_STRING:
                return text
            case FieldDescriptor.CPPTYPE_BOOL:
                return text == "on"
        try:
            number = self._speech.parsed(text)
            if field.cpp_type in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT):
                return float(number)
            probe = type(message_of(field))()
            setattr(probe, field.name, _whole(number))
        except (ValueError, ArithmeticError):
            return self._wrong(name, self._speech.text("This is not a whole number in its bounds."))
        return getattr(probe, field.name)

    def _plain(self, into: Any, name: str) -> bool:
        text = self._text(name)
        if not text:
            return False
        try:
            match into.DESCRIPTOR.full_name:
                case "google.type.Money":
                    self._money(into, name, text)
                case "google.type.Date":
                    day = date.fromisoformat(text)
                    into.year, into.month, into.day = day.year, day.month, day.day
                case "google.protobuf.Timestamp":
                    into.FromDatetime(datetime.fromisoformat(text).replace(tzinfo=self._speech.zone))
                case "google.protobuf.Duration":
                    into.seconds = _whole(self._speech.parsed(text))
                case _:
                    into.text = text
        except (ValueError, ArithmeticError):
            self._wrong(name, self._speech.text("This cannot be read; write it as in the other rows."))
        return True

    def _money(self, into: Any, name: str, text: str) -> None:
        amount = self._speech.parsed(text)
        units = int(amount.to_integral_value(ROUND_DOWN))
        nanos = (amount - units) * NANOS
        into.units, into.nanos = units, _whole(nanos)
        into.currency_code = self._text(f"{name}{CURRENCY}").upper()

    def _text(self, name: str) -> str:
        return next(iter(self._data.get(name, ())), "").strip()

    def _wrong(self, name: str, why: str) -> None:
        self.violations.append(Violation(name, why, "NOT_READABLE"))


def message_of(field: Any) -> Message:
    """A message of the type that has the field."""
    return GetMessageClass(field.containing_type)()


def data_of(message: Message, speech: Speech, path: str = "") -> Data:
    """What somebody would type to get this message."""
    found: Data = {}
    for field, value in message.ListFields():
        name = f"{path}{field.name}"
        if field.is_repeated and field.message_type is not None:
            for place, row in enumerate(value):
                found |= _typed(field, row, f"{name}[{place}]", speech)
        elif field.is_repeated:
            found[name] = [_scalar(field, one, speech) for one in value]
        else:
            found |= _typed(field, value, name, speech)
    return found


def _typed(field: FieldDescriptor, value: Any, name: str, speech: Speech) -> Data:
    if field.message_type is None:
        return {name: [_scalar(field, value, speech)]}
    match field.message_type.full_name:
        case "google.type.Money":
            return {name: [speech.typed(amount_of(value))], f"{name}{CURRENCY}": [value.currency_code]}
        case "google.type.Date":
            day = day_of(value)
            return {name: [day.isoformat()]} if day else {}
        case "google.protobuf.Timestamp":
            moment = moment_of(value)
            text = moment.astimezone(speech.zone).replace(tzinfo=None).isoformat("T", "seconds") if moment else ""
            return {name: [text]}
        case "google.protobuf.Duration":
            return {name: [str(value.seconds)]}
        case "prm.common.v1.PersonalText":
            return {name: [value.text]}
    return data_of(value, speech, f"{name}.")


def _scalar(field: FieldDescriptor, value: Any, speech: Speech) -> str:
    if field.enum_type is not None:
        found = field.enum_type.values_by_number.get(value)
        return found.name if found else ""
    if isinstance(value, bool):
        return "on" if value else ""
    return str(value) if isinstance(value, str) else speech.typed(Decimal(value))


def _whole(number: Decimal) -> int:
    if number != number.to_integral_value():
        raise ValueError("not whole")
    return int(number)
