"""Random requests for any method: most values are valid by the rules of the proto, some are not."""

from collections.abc import Sequence
from random import Random
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st

from libs.pb.buf.validate import validate_pb2
from libs.pb.prm.options.v1 import rules_pb2

DEPTH = 5
MOST_ROWS = 3
TEXTS = (
    "",
    "x",
    "東京 مرحبا Ω",
    "\x00",
    "a" * 300,
    "DE",
    "EUR",
    "../../etc",
    "'; drop table",
    "2026-02-30",
    "\U0001f600" * 5,
)
WORDS = ("Zweiradwerk", "de", "0301234567", "a@b.example", "GOLD", "ROUTERS")
PATHS = (
    "customer",
    "lines",
    "description",
    "person",
    "roles",
    "legal_name",
    "phone",
    "freight",
    "nothing",
    "",
    "a.b",
    "id",
)
ODD_DATES = ((0, 0, 0), (2026, 2, 30), (2026, 13, 1), (9999, 12, 31), (1, 1, 1), (-5, 1, 1), (2026, 0, 0))
ODD_AMOUNTS = ((-1, 0), (1, -1), (0, 1), (2**62, 0), (99_999_999_999_999, 999_900_000), (0, 2_000_000_000))
ODD_INSTANTS = ((0, 0), (-1, 0), (2**40, 0), (253_402_300_799, 999_999_999), (1, -5), (4_102_444_799, 0))
ODD_NUMBERS = (-1, 0, 2**31 - 1, -(2**31))


@st.composite
def requests(draw: st.DrawFn, descriptor: Descriptor, ids: Sequence[str]) -> Message:
    """A strategy for messages of this type; `ids` are ids that exist in the cell. All choices use one drawn random
    source, because a draw for each choice would take longer than the call."""
    message = GetMessageClass(descriptor)()
    _Maker(draw, ids).fill(message, 0)
    return message


class _Maker:
    def __init__(self, draw: st.DrawFn, ids: Sequence[str]) -> None:
        self._draw = draw
        self._ids = ids
        self._random: Random = draw(st.randoms(use_true_random=True))

    def fill(self, message: Any, depth: int) -> None:
        """Set most fields of the message to a value."""
        for field in message.DESCRIPTOR.fields:
            if depth >= DEPTH or self._one_in(10):
                continue
            if field.is_repeated:
                for _ in range(self._random.randint(0, MOST_ROWS)):
                    self._add(getattr(message, field.name), field, depth)
            elif field.message_type is not None:
                self._fill_message(getattr(message, field.name), depth)
            else:
                setattr(message, field.name, self._value(field))

    def _add(self, rows: Any, field: FieldDescriptor, depth: int) -> None:
        if field.message_type is not None:
            self._fill_message(rows.add(), depth)
        else:
            rows.append(self._value(field))

    def _fill_message(self, message: Any, depth: int) -> None:
        random = self._random
        message.SetInParent()
        match message.DESCRIPTOR.full_name:
            case "google.type.Date":
                day = (random.randint(2025, 2027), random.randint(1, 12), random.randint(1, 28))
                message.year, message.month, message.day = self._odd(ODD_DATES, day)
            case "google.type.Money":
                message.currency_code = random.choice(["EUR", "EUR", "EUR", "JPY", "XXX", ""])
                amount = (random.randint(0, 5000), random.choice([0, 0, 500_000_000, 12_300_000]))
                message.units, message.nanos = self._odd(ODD_AMOUNTS, amount)
            case "google.protobuf.Timestamp":
                instant = (random.randint(1_700_000_000, 1_800_000_000), 0)
                message.seconds, message.nanos = self._odd(ODD_INSTANTS, instant)
            case "google.protobuf.FieldMask":
                message.paths.extend(random.choices(PATHS, k=random.randint(0, 4)))
            case _:
                self.fill(message, depth + 1)

    def _value(self, field: FieldDescriptor) -> Any:
        if field.enum_type is not None:
            return self._odd((99, 0), self._random.choice([value.number for value in field.enum_type.values]))
        if field.type == FieldDescriptor.TYPE_STRING:
            return self._text(field)
        if field.type == FieldDescriptor.TYPE_BOOL:
            return self._random.random() < 0.5
        if field.type == FieldDescriptor.TYPE_BYTES:
            return self._random.randbytes(20)
        return self._odd(ODD_NUMBERS, self._random.randint(1, 12))

    def _text(self, field: FieldDescriptor) -> str:
        rules = field.GetOptions().Extensions[validate_pb2.field]
        rule = rules.repeated.items.string if field.is_repeated else rules.string
        if self._one_in(10):
            return self._random.choice(TEXTS)
        prefix = rule.Extensions[rules_pb2.id]
        known = [one for one in self._ids if prefix and one.startswith(prefix)]
        if known and not self._one_in(10):
            return self._random.choice(known)
        if prefix:
            return self._draw(st.from_regex(rf"{prefix}_[a-z0-9]{{2,12}}_[0-9a-hjkmnp-tv-z]{{26}}", fullmatch=True))
        if rule.pattern:
            return self._draw(st.from_regex(rule.pattern, fullmatch=True))
        return str(self._random.choice(list(getattr(rule, "in")) or WORDS))

    def _odd(self, odd: Sequence[Any], fitting: Any) -> Any:
        return self._random.choice(odd) if self._one_in(6) else fitting

    def _one_in(self, many: int) -> bool:
        return self._random.randrange(many) == 0
