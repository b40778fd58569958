"""Rules about form: comments, bounds, ids, enums, numbers, events and their names."""

import re
from collections.abc import Iterator
from functools import cache

from google.protobuf import descriptor_pb2 as pb

from libs.pb.prm.options.v1 import options_pb2
from tests.contracts.proto.image import KIND, LOOKED, OPTIONS, Field, Image, built

# Nouns of references to what has another name as a resource, or is none.
_OTHER_NOUNS = {"territory": "trr", "case": "dsr"}

_NAMING = ("user.name", "user.job_title", "user.contact")
_CONTROLS = ("\x00", "\t", "\n", "\x1f", "\x7f", "\x85", "\x9f")
_PAST = frozenset(
    {"fell", "found", "given", "held", "met", "overridden", "paid", "put", "sent", "set", "undone", "withdrawn", "won"}
)
_UNBOUNDED = re.compile(r"[*+]|\{\d+,\}")
_CHARACTER_CLASS = re.compile(r"\[(?:\\.|[^\]\\])*\]|\\.")
_INTEGERS = {
    KIND.TYPE_INT32: "int32",
    KIND.TYPE_INT64: "int64",
    KIND.TYPE_UINT32: "uint32",
    KIND.TYPE_UINT64: "uint64",
}
# libs.mapping refuses what is no date and no amount; a flag, an empty message and a duration of a policy have no bound.
_BOUND_BY_TYPE = frozenset({"google.type.Date", "google.type.Money"})
_BOUND_BY_RULE = {"google.protobuf.Timestamp": "timestamp", "google.protobuf.Duration": "duration"}


def uncommented(image: Image) -> Iterator[str]:
    """Every element says what a caller may assume."""
    for file in image.files:
        said = {tuple(one.path) for one in file.source_code_info.location if one.leading_comments.strip()}
        for path, name in _elements(file):
            yield LOOKED if path in said else f"{file.package}.{name} has no comment"


def unnamed_organisations(image: Image) -> Iterator[str]:
    """A field that is of an organisation, and not of a person, says so to whoever fills it in."""
    said: dict[str, str] = {}
    for file in image.files:
        comments = {tuple(one.path): one.leading_comments for one in file.source_code_info.location}
        said |= {f"{file.package}.{name}": comments.get(path, "") for path, name in _elements(file)}
    for field in image.fields:
        if field.category == "user.contact.organization":
            yield LOOKED if "organisation" in said[field.name] else f"{field.name} does not say whose it is"


def unbounded(image: Image) -> Iterator[str]:
    """Whatever a request can hold has a bound."""
    seen: set[str] = set()
    for method in image.methods:
        for field in image.reachable(method.request):
            if field.name in seen:
                continue
            seen.add(field.name)
            yield LOOKED
            if field.repeated and not field.rules.repeated.max_items:
                yield f"{field.name} may repeat without bound"
            if not _value_bounded(field):
                yield f"{field.name} has no bound"


def uncontrolled(image: Image) -> Iterator[str]:
    """A name, an address or a number that is shown, printed and compared holds no control character."""
    for field in image.fields:
        named = field.category.startswith(_NAMING) and field.desc.type == KIND.TYPE_STRING
        text = field.value_rules.string
        if named and text.ByteSize():
            refuses = all(_refuses(field.pattern, f"a@{one}b") for one in _CONTROLS)
            yield LOOKED if refuses else f"{field.name} takes control characters"


def _refuses(pattern: str, text: str) -> bool:
    return bool(pattern) and not re.search(pattern, text)


@cache
def _prefixes() -> dict[str, str]:
    """How the ids of each noun begin: as its resource, a message named as the noun, says of its own `id`."""
    own = {
        re.sub(r"(?<=[a-z])(?=[A-Z])", "_", field.name.split(".")[-2]).lower(): field.id_prefix
        for field in built().fields
        if field.desc.name == "id" and field.id_prefix and not re.search(r"(Request|Response)\.id$", field.name)
    }
    return own | _OTHER_NOUNS


def foreign_ids(image: Image) -> Iterator[str]:
    """A reference accepts ids of the kind it names, and no other. (An organisation's number in a public register is
    called registration_id as well; its category tells it apart.)"""
    nouns = _prefixes()
    for field in image.fields:
        any_of = "|".join(nouns)
        noun = re.fullmatch(rf"({any_of})_ids?", field.desc.name) or re.fullmatch(
            rf"(?:\w+_)?({any_of})_ids?", field.desc.name
        )
        if noun is None or field.desc.type != KIND.TYPE_STRING or field.category:
            continue
        yield LOOKED
        if field.id_prefix != nouns[noun[1]]:
            yield f"{field.name} accepts other ids than {nouns[noun[1]]}_..."


def copied_ids(image: Image) -> Iterator[str]:
    """What an id of one kind looks like is said once, by the rule `id`."""
    for field in image.fields:
        if field.value_rules.string.pattern:
            yield LOOKED
        if re.match(r"\^\(?[a-z]{3}_\[", field.value_rules.string.pattern):
            yield f"{field.name} describes an id by a pattern of its own; use (prm.options.v1.id)"


def odd_enums(image: Image) -> Iterator[str]:
    """Zero says nothing, and every value carries the name of its enum."""
    for name, enum in image.enums:
        yield LOOKED
        prefix = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", enum.name).upper() + "_"
        if enum.value[0].number != 0 or enum.value[0].name != f"{prefix}UNSPECIFIED":
            yield f"{name} does not begin with {prefix}UNSPECIFIED = 0"
        yield from (f"{one.name} of {name} lacks {prefix}" for one in enum.value if not one.name.startswith(prefix))


def floats(image: Image) -> Iterator[str]:
    """No number that rounds by itself."""
    for field in image.fields:
        floating = field.desc.type in (KIND.TYPE_FLOAT, KIND.TYPE_DOUBLE)
        yield f"{field.name} is a floating point number" if floating else LOOKED


def clashing_files(image: Image) -> Iterator[str]:
    """The class that Java makes of a file is not that of a message, enum or service in another file of its package."""
    declared: dict[str, set[str]] = {}
    for file in image.files:
        names = (one.name for kind in (file.message_type, file.enum_type, file.service) for one in kind)
        declared.setdefault(file.package, set()).update(names)
    for file in image.files:
        yield LOOKED
        stem = file.name.rpartition("/")[2].removesuffix(".proto")
        name = file.options.java_outer_classname or "".join(word.capitalize() for word in stem.split("_"))
        own = {one.name for kind in (file.message_type, file.enum_type, file.service) for one in kind}
        renamed = set() if file.options.java_outer_classname else own  # the compiler avoids what the file itself has
        if name in declared[file.package] - renamed:
            yield f"{file.name} needs another java_outer_classname: its package declares {name}"


def odd_events(image: Image) -> Iterator[str]:
    """An event stands in an events file, has one subject of its own, and both say one fact in the past tense."""
    subjects: dict[str, str] = {}
    for message in image.messages.values():
        event, in_events = message.event, message.file.name.endswith("_events.proto")
        if event is None:
            if in_events and not _is_part_of_event(image, message.name):
                yield f"{message.name} stands among the events and has no event option"
            continue
        yield LOOKED
        if not in_events:
            yield f"{message.name} is an event outside an events file"
        if event.reach == options_pb2.REACH_UNSPECIFIED:
            yield f"{message.name} does not say how far it may travel"
        if event.subject in subjects:
            yield f"{message.name} and {subjects[event.subject]} share the subject {event.subject}"
        subjects[event.subject] = message.name
        yield from _odd_subject(message.name, message.file.package.split(".")[1], event.subject)


def _odd_subject(name: str, service: str, subject: str) -> Iterator[str]:
    found = re.fullmatch(rf"{service}\.([a-z][a-z_]*)\.([a-z][a-z_]*)", subject)
    if not found:
        yield f"{name}: {subject!r} is not {service}.<noun>.<verb>"
        return
    noun, verb = found.groups()
    if not any(word.endswith("ed") or word in _PAST for word in verb.split("_")):
        yield f"{name}: {verb} is not in the past tense"
    if name.rsplit(".", 1)[1] != "".join(word.capitalize() for word in f"{noun}_{verb}".split("_")):
        yield f"{name} is not named as its subject {subject}"


def _is_part_of_event(image: Image, name: str) -> bool:
    events = (one for one in image.messages.values() if one.event is not None)
    return any(field.type == name for event in events for field in image.reachable(event))


def _value_bounded(field: Field) -> bool:
    rules, kind = field.value_rules, field.desc.type
    if kind == KIND.TYPE_STRING:
        pattern = _CHARACTER_CLASS.sub("x", field.pattern)
        return bool(rules.string.max_len or getattr(rules.string, "in") or (pattern and not _UNBOUNDED.search(pattern)))
    if kind == KIND.TYPE_BYTES:
        return bool(rules.bytes.max_len)
    if kind in _INTEGERS:
        numbers = getattr(rules, _INTEGERS[kind])
        return bool(numbers.WhichOneof("greater_than") and numbers.WhichOneof("less_than"))
    if kind == KIND.TYPE_ENUM:
        return bool(rules.enum.defined_only)
    if field.type == "google.protobuf.FieldMask":
        return bool(getattr(rules.field_mask, "in"))
    if rule := _BOUND_BY_RULE.get(field.type):
        bounds = getattr(rules, rule)
        return bool(bounds.WhichOneof("greater_than") and bounds.WhichOneof("less_than"))
    return kind == KIND.TYPE_BOOL or field.type in _BOUND_BY_TYPE or field.type.startswith("prm.")


def _elements(file: pb.FileDescriptorProto) -> Iterator[tuple[tuple[int, ...], str]]:
    for at, message in enumerate(file.message_type):
        yield from _of_message((4, at), message, message.name)
    for at, enum in enumerate(file.enum_type):
        yield from _of_enum((5, at), enum, enum.name)
    for at, service in enumerate(file.service):
        yield (6, at), service.name
        yield from (((6, at, 2, i), f"{service.name}.{one.name}") for i, one in enumerate(service.method))
    if file.package == OPTIONS:
        yield from (((7, at), one.name) for at, one in enumerate(file.extension))


def _of_message(path: tuple[int, ...], message: pb.DescriptorProto, name: str) -> Iterator[tuple[tuple[int, ...], str]]:
    yield path, name
    yield from (((*path, 2, i), f"{name}.{one.name}") for i, one in enumerate(message.field))
    implied = {field.oneof_index for field in message.field if field.proto3_optional}  # of a field that may be absent
    oneofs = ((i, one) for i, one in enumerate(message.oneof_decl) if i not in implied)
    yield from (((*path, 8, i), f"{name}.{one.name}") for i, one in oneofs)
    for i, nested in enumerate(message.nested_type):
        yield from _of_message((*path, 3, i), nested, f"{name}.{nested.name}")
    for i, enum in enumerate(message.enum_type):
        yield from _of_enum((*path, 4, i), enum, f"{name}.{enum.name}")


def _of_enum(path: tuple[int, ...], enum: pb.EnumDescriptorProto, name: str) -> Iterator[tuple[tuple[int, ...], str]]:
    yield path, name
    yield from (((*path, 2, i), f"{name}.{one.name}") for i, one in enumerate(enum.value))
