"""Masks personal data in the answers to callers who may not read it, and finds masks in requests.

Both follow the categories of the protos, so no servicer does anything for it. A method may show personal data in clear
to callers with the permission `<service>.personal_data.unmask` in a call that has a purpose (`purposes.py`); all others
get masked values, never an error. A request with a mask in place of a value is refused: who reads a masked value and
writes it back would destroy the value.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

from libs.call import Call
from libs.errors import Violation
from libs.pb.prm.options.v1 import options_pb2
from libs.privacy.masking import MASK
from libs.rpc.disclosure import IMPERSONAL
from libs.rpc.rules import left_out

MASK_BYTES = MASK.encode()

_NAME, _TEXT, _ORGANISATION = "user.name", "user.content.private", "user.contact.organization"
_COUNTRY, _LOCALE = "user.contact.address.country", "user.contact"
_DEPTH = 16
_WHY = "is a mask: leave the field out of the request, or send its whole value"

Path = tuple[tuple[str, int | None], ...]


def unmask_permission(permission: str) -> str:
    """The permission to read personal data in clear in answers of the methods that need `permission`."""
    return f"{permission.partition('.')[0]}.personal_data.unmask"


class Masking:
    """The masking of the answers of one method."""

    def __init__(self, method: MethodDescriptor) -> None:
        self.permission = unmask_permission(method.GetOptions().Extensions[options_pb2.access].permission)
        self._fields = _fields_of(method.output_type)

    def hides_from(self, call: Call) -> bool:
        """Whether the answers of a call are masked."""
        return self._fields is not None and not (call.purpose and self.permission in call.caller.permissions)

    def masked(self, answer: Message) -> Message:
        """A copy of the answer with masks in place of personal data."""
        copy = type(answer)()
        copy.CopyFrom(answer)
        if self._fields is not None:
            _mask(copy, self._fields)
        return copy

    @property
    def any(self) -> bool:
        """Whether an answer can contain personal data."""
        return self._fields is not None

    def mask_rows(self, answer: Message, hidden: Callable[[Any], bool]) -> None:
        """Put masks into those rows of the answer that `hidden` names; into everything if the row is not in a list, or
        the answer has personal fields of its own."""
        if self._fields is None:
            return
        own = self._fields.own or self._fields.facts
        lists = {name for name in self._fields.below if answer.DESCRIPTOR.fields_by_name[name].is_repeated}
        if (own and hidden(answer)) or any(hidden(getattr(answer, name)) for name in self._fields.below.keys() - lists):
            _mask(answer, self._fields)
            return
        for name in lists:
            for row in getattr(answer, name):
                if hidden(row):
                    _mask(row, self._fields.below[name])


class Masks:
    """Finds masks in the requests of one type; not in rows that the servicer checks one by one."""

    def __init__(self, descriptor: Descriptor) -> None:
        self._fields = _fields_of(descriptor, but=left_out)

    def found_in(self, request: Message) -> Iterator[Violation]:
        """A violation (MASKED_VALUE) for each personal field with a mask."""
        if self._fields is not None:
            for path in _masks(request, self._fields, ()):
                yield Violation(_written(path), _WHY, "MASKED_VALUE")


class _Field(NamedTuple):
    name: str
    category: str
    empty: Any


class _Fields(NamedTuple):
    """The fields of a message type that may contain personal data. flag: makes the `facts` personal; or empty."""

    own: dict[str, _Field]
    flag: str
    facts: dict[str, _Field]
    below: "dict[str, _Fields]"


def _nothing(field: FieldDescriptor) -> bool:
    return False


def _fields_of(
    descriptor: Descriptor, above: tuple[Descriptor, ...] = (), *, but: Callable[[FieldDescriptor], bool] = _nothing
) -> _Fields | None:
    if descriptor in above or len(above) >= _DEPTH or descriptor.GetOptions().map_entry:
        return None
    flag = next((one.name for one in descriptor.fields if _option(one, options_pb2.makes_personal)), "")
    texts = [
        _Field(one.name, category, one.default_value if not one.is_repeated else "")
        for one in descriptor.fields
        if one.type in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES)
        and (category := _option(one, options_pb2.category))
    ]
    own = {one.name: one for one in texts if one.category not in IMPERSONAL}
    facts = {one.name: one for one in texts if flag and one.category == _ORGANISATION}
    below = {
        one.name: found
        for one in descriptor.fields
        if one.message_type is not None
        and not but(one)
        and (found := _fields_of(one.message_type, (*above, descriptor), but=but)) is not None
    }
    return _Fields(own, flag, facts, below) if own or facts or below else None


def _mask(message: Any, fields: _Fields) -> None:
    facts = fields.facts if fields.flag and getattr(message, fields.flag) else {}
    for descriptor, value in message.ListFields():
        name, repeated = descriptor.name, descriptor.is_repeated
        if (below := fields.below.get(name)) is not None:
            for row in value if repeated else (value,):
                _mask(row, below)
        elif (one := fields.own.get(name) or facts.get(name)) is not None:
            if repeated:
                value[:] = [_mask_of(each, one) for each in value]
            else:
                setattr(message, name, _mask_of(value, one))


def _mask_of(value: Any, field: _Field) -> Any:
    """`m***@e***` of an email address, `M***` of a name; nothing of a value that only has a code for a mask."""
    if isinstance(value, bytes) or field.category == _LOCALE:
        return field.empty
    if field.category == _COUNTRY:
        return value  # who may see the row knows its country
    if field.category == _TEXT:
        return MASK
    local, at, domain = value.rpartition("@")
    if at:
        return f"{local[:1]}{MASK}@{domain[:1]}{MASK}"
    return f"{value[:1]}{MASK}" if field.category in (_NAME, _ORGANISATION) else MASK


def _masks(message: Any, fields: _Fields, path: Path) -> Iterator[Path]:
    for descriptor, value in message.ListFields():
        name = descriptor.name
        below, one = fields.below.get(name), fields.own.get(name) or fields.facts.get(name)
        if below is None and one is None:
            continue
        for place, each in enumerate(value) if descriptor.is_repeated else ((None, value),):
            if below is not None:
                yield from _masks(each, below, (*path, (name, place)))
            elif one is not None and isinstance(each, str) and _is_mask(each, one):
                yield (*path, (name, place))


def _is_mask(value: str, field: _Field) -> bool:
    """Whether a value is or contains a mask; a text may contain one, if it is more than that."""
    return value == MASK or (MASK in value and field.category != _TEXT)


def _written(path: Path) -> str:
    return ".".join(name if place is None else f"{name}[{place}]" for name, place in path)


def _option(field: FieldDescriptor, option: Any) -> Any:
    return field.GetOptions().Extensions[option]
