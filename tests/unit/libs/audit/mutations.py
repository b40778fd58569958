"""Everything somebody might do to one line of an export: each thing by itself, at every depth of what it says."""

import json
from collections.abc import Iterator
from typing import Any


class Fields(list[tuple[str, Any]]):
    """A JSON object whose fields have an order and may come twice."""


class Written(str):
    """A JSON value as it is to be written."""


def mutations(line: bytes) -> Iterator[bytes]:
    """What may stand in place of a line (with its line feed), different from it in at least one byte."""
    said = json.loads(line, object_pairs_hook=Fields)
    told = (f"{_text(other)}\n".encode() for other in _others(said))
    yield from (other for other in (*_around(line), *told) if other != line)


def _around(line: bytes) -> Iterator[bytes]:
    """The same said, with something beside it or in another encoding."""
    inside = line.removesuffix(b"\n")
    yield from (before + line for before in (b" ", b"\t", b"\n", b"\r\n", b"\xef\xbb\xbf", b"\x00", b"{}", b"{}\n"))
    yield from (inside + after + b"\n" for after in (b" ", b"\r", b"\n", b"\n ", b"\x00", b"{}", b",", inside))
    yield inside.decode().encode("utf-16") + b"\n"
    yield json.dumps(json.loads(line)).encode() + b"\n"
    yield inside[:-1] + b"\n"
    yield b"[" + inside + b"]\n"


def _others(value: Any) -> Iterator[Any]:
    """What may stand in place of a value."""
    yield from (None, True, False, 0, 1, -1, "", "x", Written("1.5"), Written("NaN"), Written("9" * 5000), Fields(), [])
    yield from ([value], Fields([("x", value)]), _text(value))
    match value:
        case Fields():
            yield from _other_fields(value)
        case list():
            yield from ([*value, "x"], [*value, *value], value[:-1], value[::-1])
            for place, loaded in enumerate(value):
                yield from ([*value[:place], other, *value[place + 1 :]] for other in _others(loaded))
        case int():
            yield from (Written(form.format(value)) for form in ("{}.0", "{}e0", "-{}", "0{}", " {}"))
        case str():
            yield Written('"' + "".join(f"\\u{ord(one):04x}" for one in value) + '"')
            yield from (value + "\u200b", value + " ", value + "\ud800", value.upper())


def _other_fields(fields: Fields) -> Iterator[Any]:
    yield [list(pair) for pair in fields]
    yield [["actor", "dev:mallory"], *([*pair] for pair in fields)]
    yield Fields(reversed(fields))
    for more in (("note", "x"), ("note", ""), ("note", None), ("", "x"), ("actor", "dev:mallory"), ("kind", "entry")):
        yield from (Fields([*fields, more]), Fields([more, *fields]), Fields(sorted([*fields, more], key=_name)))
    for place, (name, loaded) in enumerate(fields):
        before, after = fields[:place], fields[place + 1 :]
        yield Fields([*before, *after])
        yield Fields([*before, (name, loaded), (name, loaded), *after])
        yield from (Fields([*before, (name, "x"), (name, loaded), *after]), Fields([*fields, (name, "x")]))
        yield Fields([*before, (name + "x", loaded), *after])
        yield from (Fields([*before, (name, other), *after]) for other in _others(loaded))


def _name(field: tuple[str, Any]) -> str:
    return field[0]


def _text(value: Any) -> str:
    match value:
        case Fields():
            return "{" + ",".join(f"{_text(name)}:{_text(loaded)}" for name, loaded in value) + "}"
        case list():
            return "[" + ",".join(_text(loaded) for loaded in value) + "]"
        case Written():
            return value
    found = json.dumps(value, ensure_ascii=False)
    return found if found.isascii() or "\ud800" not in found else json.dumps(value)
