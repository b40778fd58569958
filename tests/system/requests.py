"""Random requests for any method: mostly values that keep the rules of the proto, some that break them."""

from collections.abc import Sequence
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st

from libs.pb.buf.validate import validate_pb2

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

Draw = st.DrawFn


@st.composite
def requests(draw: Draw, descriptor: Descriptor, ids: Sequence[str]) -> Message:
    """A message of the type; `ids` exist in the cell."""
    message = GetMessageClass(descriptor)()
    _fill(draw, message, ids, 0)
    return message


def _fill(draw: Draw, message: Any, ids: Sequence[str], depth: int) -> None:
    for field in message.DESCRIPTOR.fields:
        if depth >= DEPTH or draw(st.integers(0, 9)) == 0:
            continue
        if field.is_repeated:
            for _ in range(draw(st.integers(0, MOST_ROWS))):
                _add(draw, message, field, ids, depth)
        elif field.message_type is not None:
            _fill_message(draw, getattr(message, field.name), ids, depth)
        else:
            setattr(message, field.name, _value(draw, field, ids))


def _add(draw: Draw, message: Any, field: FieldDescriptor, ids: Sequence[str], depth: int) -> None:
    rows = getattr(message, field.name)
    if field.message_type is not None:
        _fill_message(draw, rows.add(), ids, depth)
    else:
        rows.append(_value(draw, field, ids))


def _fill_message(draw: Draw, message: Any, ids: Sequence[str], depth: int) -> None:
    name = message.DESCRIPTOR.full_name
    message.SetInParent()
    if name == "google.type.Date":
        message.year, message.month, message.day = draw(_DATES)
    elif name == "google.type.Money":
        message.currency_code = draw(st.sampled_from(["EUR", "EUR", "EUR", "JPY", "XXX", ""]))
        message.units, message.nanos = draw(_AMOUNTS)
    elif name == "google.protobuf.Timestamp":
        message.seconds, message.nanos = draw(_INSTANTS)
    elif name == "google.protobuf.FieldMask":
        message.paths.extend(draw(st.lists(st.sampled_from(_PATHS), max_size=4)))
    else:
        _fill(draw, message, ids, depth + 1)


def _value(draw: Draw, field: FieldDescriptor, ids: Sequence[str]) -> Any:
    if field.enum_type is not None:
        known = [value.number for value in field.enum_type.values]
        return draw(st.sampled_from([*known, *known, 99]))
    if field.type == FieldDescriptor.TYPE_STRING:
        return _text(draw, field, ids)
    if field.type == FieldDescriptor.TYPE_BOOL:
        return draw(st.booleans())
    if field.type == FieldDescriptor.TYPE_BYTES:
        return draw(st.binary(max_size=20))
    return draw(st.one_of(st.integers(1, 12), st.sampled_from([-1, 0, 2**31 - 1, -(2**31)])))


def _text(draw: Draw, field: FieldDescriptor, ids: Sequence[str]) -> str:
    rules = field.GetOptions().Extensions[validate_pb2.field]
    rule = rules.repeated.items.string if field.is_repeated else rules.string
    fitting = [one for one in ids if rule.pattern and one.split("_")[0] in rule.pattern.partition("_")[0]]
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return draw(st.sampled_from(TEXTS))
    if fitting and kind < 9:
        return draw(st.sampled_from(fitting))
    if rule.pattern:
        return draw(st.from_regex(rule.pattern, fullmatch=True))
    if getattr(rule, "in"):
        return str(draw(st.sampled_from(list(getattr(rule, "in")))))
    return draw(st.sampled_from(["Zweiradwerk", "de", "0301234567", "a@b.example", "GOLD", "ROUTERS"]))


_DATES = st.one_of(
    st.tuples(st.integers(2025, 2027), st.integers(1, 12), st.integers(1, 28)),
    st.sampled_from([(0, 0, 0), (2026, 2, 30), (2026, 13, 1), (9999, 12, 31), (1, 1, 1), (-5, 1, 1), (2026, 0, 0)]),
)
_AMOUNTS = st.one_of(
    st.tuples(st.integers(0, 5000), st.sampled_from([0, 0, 500_000_000, 12_300_000])),
    st.sampled_from([(-1, 0), (1, -1), (0, 1), (2**62, 0), (99_999_999_999_999, 999_900_000), (0, 2_000_000_000)]),
)
_INSTANTS = st.one_of(
    st.tuples(st.integers(1_700_000_000, 1_800_000_000), st.just(0)),
    st.sampled_from([(0, 0), (-1, 0), (2**40, 0), (253_402_300_799, 999_999_999), (1, -5), (4_102_444_799, 0)]),
)
_PATHS = (
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
