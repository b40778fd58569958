"""Explains in words why a text does not match a pattern of the protos, with the character and its place.

A user who imports a file cannot be expected to read a regular expression. Patterns of the protos are one or a few
character classes with counts; for any other pattern the text is only that the form is wrong.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import msgspec

_PATTERNS = 256  # how many patterns are cached
_SIZES = 256  # more characters than most patterns allow
_NO_FORM = "has not the form that this field takes"
_PART = re.compile(r"\[(?:\\.|[^\]\\])*\]|\\.|[^\\\[\](){}*+?^$|]")
_COUNT = re.compile(r"\{[0-9,]+\}")
_RANGES = {"A-Z": "A to Z", "a-z": "a to z", "0-9": "0 to 9", "0-9a-f": "0 to 9, a to f"}


class _Classes(msgspec.Struct, frozen=True):
    """The character classes of a pattern, in order. any: matches a text of any of them. named: the allowed characters
    in words, empty if they cannot be listed."""

    each: tuple[re.Pattern[str], ...]
    any: re.Pattern[str]
    named: str


def in_words(pattern: str, text: str) -> str:
    """Why the text does not match, as the continuation of a field name: `must not be empty`."""
    if not text:
        return "must not be empty"
    classes = _classes(pattern)
    good = classes.any.match(text)
    if good is not None and (place := good.end()) < len(text):
        allowed = f"; allowed are {classes.named}" if classes.named else ""
        return f"{_name(text[place])} at position {place + 1} {_fault(text[place], allowed)}"
    if "|" in re.sub(r"\[[^\]]*\]", "", pattern.removeprefix("^$|")) or "@" in pattern:
        return _NO_FORM
    for place, edge, verb in ((0, 0, "begin"), (len(text) - 1, -1, "end")):
        if not classes.each[edge].fullmatch(text[place]):
            return f"must not {verb} with {_name(text[place])}, at position {place + 1}"
    return _length(pattern, text) or _NO_FORM


def _fault(char: str, allowed: str) -> str:
    if unicodedata.category(char) == "Cc":
        return "is a control character"
    return f"is not allowed{allowed}"


def _name(char: str) -> str:
    shown = f" {char!r}" if char.isprintable() and not char.isspace() else " (a space)" if char == " " else ""
    return f"the character U+{ord(char):04X}{shown}"


def _length(pattern: str, text: str) -> str:
    sizes = range(min(len(text) - 1, _SIZES), 0, -1)
    most = next((size for size in sizes if re.fullmatch(pattern, text[:size])), 0)
    if most:
        return f"has {len(text)} characters, {most} are allowed"
    if found := re.fullmatch(r"\^\(?(?:\[[^\]]*\])\{([0-9]+)\}\)?\??\$", pattern):
        return f"has {len(text)} characters, it must have {found[1]}"
    return ""


@lru_cache(maxsize=_PATTERNS)
def _classes(pattern: str) -> _Classes:
    parts = _PART.findall(_COUNT.sub("", pattern))
    listed = dict.fromkeys(part for part in parts if part.startswith("[") and not part.startswith("[^"))
    negated = any(part.startswith("[^") for part in parts)
    single = [part for part in parts if not part.startswith("[")]
    named = "" if negated or not listed else _listing("".join(part[1:-1] for part in listed) + "".join(single))
    return _Classes(tuple(re.compile(part) for part in parts), re.compile(f"(?:{'|'.join(parts)})*"), named)


def _listing(chars: str) -> str:
    """The characters inside of classes in words: `A to Z, a to z, 0 to 9 and . _ -`."""
    ranges = dict.fromkeys(re.findall(r"[A-Za-z0-9]-[A-Za-z0-9]", chars))
    others = dict.fromkeys(_single(re.sub(r"[A-Za-z0-9]-[A-Za-z0-9]", "", chars)))
    words = ", ".join(_RANGES.get(one, one.replace("-", " to ")) for one in ranges)
    return " and ".join(filter(None, (words, " ".join(others))))


def _single(chars: str) -> Iterator[str]:
    for char in chars.replace("\\", ""):
        yield "a space" if char == " " else char
