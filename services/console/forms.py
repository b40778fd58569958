"""Forms by descriptor: the inputs of a request with the hints of its rules, and what was typed as a request again.

What was typed is `Data`: texts by the names of inputs, which are paths of the proto (`lines[0].quantity`). So nothing
that was typed is lost when a form is shown again, and a violation is shown beside the input with its path.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from libs.pb.buf.validate import validate_pb2
from services.console.language import Speech
from services.console.methods import OWN_FIELDS, rules_of
from services.console.values import DATE

Data = dict[str, list[str]]
Errors = Mapping[str, Sequence[str]]

MAX_DEPTH = 6
AREA_CHARS = 400
MAX_ROWS = 100
CURRENCY = ".currency_code"
PERSON = "person_id"

_INTEGERS = frozenset({FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT32})
_ROW = re.compile(r"\[(\d{1,4})\]")


class Option(msgspec.Struct, frozen=True):
    """A choice of a list."""

    value: str
    label: str
    chosen: bool = False


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """An input, or several in a group. kind: text, area, list (a text for each line), number, check, select, checks,
    day, moment, money, group, rows, hidden. value: what was typed; for a money beside it `currency`. now: what the
    document has there meanwhile, if that is another value."""

    name: str
    label: str
    kind: str
    value: str = ""
    currency: str = ""
    required: bool = False
    max_chars: int = 0
    lowest: str = ""
    highest: str = ""
    options: Sequence[Option] = ()
    inside: Sequence["Input"] = ()
    rows: Sequence[Sequence["Input"]] = ()
    errors: Sequence[str] = ()
    now: str = ""

    @property
    def id(self) -> str:
        """An id for the document: a path has characters that a selector gives meaning to."""
        return "f-" + re.sub(r"[^a-z0-9_]", "-", self.name)

    @property
    def said(self) -> str:
        """The value as a person reads it."""
        chosen = ", ".join(one.label for one in self.options if one.chosen)
        return chosen or (f"{self.value} {self.currency}" if self.value and self.currency else self.value)


class Form:
    """The inputs of one request in one language."""

    def __init__(self, speech: Speech, data: Data, errors: Errors | None = None, *, currency: str = "") -> None:
        self._speech, self._data, self._errors, self._currency = speech, data, errors or {}, currency

    def inputs(self, message: Descriptor, *, only: Iterable[str] = (), leave_out: Iterable[str] = ()) -> list[Input]:
        """The inputs for the fields of a request, those of `only` if it names some, without those of `leave_out`."""
        wanted, hidden = set(only), {*OWN_FIELDS, *leave_out}
        fields = [one for one in message.fields if one.name not in hidden and (not wanted or one.name in wanted)]
        return self._inside(fields, "", 0)

    def _inside(self, fields: Iterable[FieldDescriptor], path: str, depth: int, *, needed: bool = True) -> list[Input]:
        """needed: whether the message must be there; in one that may be left out, no input has to be filled."""
        found = [self._input(one, f"{path}{one.name}", depth) for one in fields]
        shown = [one for one in found if one.kind != "hidden" or one.value]
        return shown if needed else [_free(one) for one in shown]

    def _input(self, field: FieldDescriptor, name: str, depth: int) -> Input:
        label, errors = self._speech.field(field), self._errors.get(name, ())
        if field.is_repeated:
            return self._repeated(field, name, depth)
        if field.message_type is None:
            return self._scalar(field, name)
        kind, required, value = field.message_type.full_name, rules_of(field).required, self._typed(name)
        match kind:
            case "google.type.Money":
                currency = self._typed(f"{name}{CURRENCY}") or self._currency
                below = [*self._errors.get(f"{name}.units", ()), *self._errors.get(f"{name}{CURRENCY}", ())]
                return Input(
                    name=name,
                    label=label,
                    kind="money",
                    value=value,
                    currency=currency,
                    required=required,
                    errors=[*errors, *below],
                )
            case "google.type.Date" | "google.protobuf.Timestamp":
                shape = "day" if kind == DATE else "moment"
                return Input(name=name, label=label, kind=shape, value=value, required=required, errors=errors)
            case "google.protobuf.Duration":
                return Input(name=name, label=label, kind="number", value=value, required=required, errors=errors)
            case "prm.common.v1.PersonalText":
                found = [*errors, *self._errors.get(f"{name}.text", ())]
                return Input(name=name, label=label, kind="area", value=value, required=required, errors=found)
        fields = field.message_type.fields if depth < MAX_DEPTH else []
        inside = self._inside(fields, f"{name}.", depth + 1, needed=required)
        return Input(name=name, label=label, kind="group", inside=inside, required=required, errors=errors)

    def _repeated(self, field: FieldDescriptor, name: str, depth: int) -> Input:
        label, rules = self._speech.field(field), rules_of(field).repeated
        required, errors = rules.min_items > 0, self._under(name)
        if field.enum_type is not None:
            chosen = set(self._data.get(name, ()))
            options = [
                Option(one.name, self._speech.value(field.enum_type, one.number), one.name in chosen)
                for one in field.enum_type.values
                if one.number
            ]
            return Input(name=name, label=label, kind="checks", options=options, errors=errors)
        if field.message_type is None:
            text = "\n".join(self._data.get(name, ()))
            return Input(name=name, label=label, kind="list", value=text, required=required, errors=errors)
        count = min(max(rows_of(self._data, name), 1 if depth == 0 or required else 0), MAX_ROWS)
        fields = field.message_type.fields if depth < MAX_DEPTH else []
        rows = [self._inside(fields, f"{name}[{place}].", depth + 1, needed=False) for place in range(count)]
        return Input(name=name, label=label, kind="rows", rows=rows, errors=self._errors.get(name, ()))

    def _scalar(self, field: FieldDescriptor, name: str) -> Input:
        label, rules, value = self._speech.field(field), rules_of(field), self._typed(name)
        errors = self._errors.get(name, ())
        if field.name == PERSON:  # the service gives it, and a changed person keeps it
            return Input(name=name, label=label, kind="hidden", value=value)
        if field.enum_type is not None:
            options = [
                Option(one.name, self._speech.value(field.enum_type, one.number), one.name == value)
                for one in field.enum_type.values
                if one.number
            ]
            needed = 0 in rules.enum.not_in
            return Input(name=name, label=label, kind="select", options=options, required=needed, errors=errors)
        if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
            return Input(name=name, label=label, kind="check", value=value, errors=errors)
        if field.cpp_type in _INTEGERS:
            low, high = _bounds(rules)
            return Input(name=name, label=label, kind="number", value=value, lowest=low, highest=high, errors=errors)
        chars = rules.string.max_len
        return Input(
            name=name,
            label=label,
            kind="area" if chars > AREA_CHARS else "text",
            value=value,
            max_chars=chars,
            required=_must_have_text(rules),
            errors=errors,
        )

    def _typed(self, name: str) -> str:
        return next(iter(self._data.get(name, ())), "")

    def _under(self, name: str) -> list[str]:
        """The errors of a list and of its elements."""
        return [text for path, texts in self._errors.items() if _ROW.sub("", path) == name for text in texts]


def beside(inputs: Sequence[Input], held: Sequence[Input], nothing: str) -> list[Input]:
    """The inputs of what was typed, each with what it says in the form of the document as it is now, where that is
    another value. nothing: how an empty value is written."""
    now = {one.name: one for one in held}
    return [_beside(one, now.get(one.name), nothing) for one in inputs]


def _beside(one: Input, held: Input | None, nothing: str) -> Input:
    inside = beside(one.inside, held.inside if held else (), nothing)
    known = held.rows if held else ()
    rows = [beside(row, known[place] if place < len(known) else (), nothing) for place, row in enumerate(one.rows)]
    said = held.said if held else ""
    return msgspec.structs.replace(one, inside=inside, rows=rows, now=(said or nothing) if said != one.said else "")


def rows_of(data: Data, name: str) -> int:
    """How many rows of a repeated message were typed."""
    head = f"{name}["
    found = (_ROW.match(path, len(name)) for path in data if path.startswith(head))
    return max((int(one[1]) + 1 for one in found if one), default=0)


def without_blank_rows(data: Data) -> Data:
    """The data with rows that hold nothing left out and the others numbered anew, as the request will have them."""
    for depth in range(MAX_DEPTH):
        data = _renumbered(data, depth)
    return data


def _renumbered(data: Data, depth: int) -> Data:
    """The same for the rows at one depth of nesting."""
    filled: dict[str, list[int]] = {}
    for path, values in data.items():
        found = list(_ROW.finditer(path))
        if len(found) > depth and any(values) and not path.endswith(CURRENCY):
            places = filled.setdefault(path[: found[depth].start()], [])
            if (place := int(found[depth][1])) not in places:
                places.append(place)
    kept: Data = {}
    for path, values in data.items():
        found = list(_ROW.finditer(path))
        if len(found) <= depth:
            kept[path] = values
            continue
        one = found[depth]
        places = sorted(filled.get(path[: one.start()], ()))
        if (place := int(one[1])) in places:
            kept[f"{path[: one.start()]}[{places.index(place)}]{path[one.end() :]}"] = values
    return kept


def _free(one: Input) -> Input:
    """The input, and all inside, as one that may stay empty."""
    return msgspec.structs.replace(one, required=False, inside=[_free(below) for below in one.inside])


def _must_have_text(rules: validate_pb2.FieldRules) -> bool:
    if rules.ignore == validate_pb2.IGNORE_IF_ZERO_VALUE:
        return False
    if rules.required or rules.string.min_len:
        return True
    try:
        return bool(rules.string.pattern) and re.search(rules.string.pattern, "") is None
    except re.error:
        return False


def _bounds(rules: validate_pb2.FieldRules) -> tuple[str, str]:
    """The lowest and the highest number, as far as the rules name them."""
    found = next((getattr(rules, kind) for kind in ("int32", "int64", "uint32") if rules.HasField(kind)), None)
    if found is None:
        return "", ""
    low = str(found.gte) if found.HasField("gte") else str(found.gt + 1) if found.HasField("gt") else ""
    high = str(found.lte) if found.HasField("lte") else str(found.lt - 1) if found.HasField("lt") else ""
    return low, high
