"""Where a text leaves the form that it should have, so that a refusal can name the character and its position."""

import re

_DIGITS = {"d": 2, "m": 2, "Y": 4, "y": 2, "H": 2, "I": 2, "M": 2, "S": 2, "f": 6, "j": 3}
_EXACT = frozenset("Yy")
_TOKEN = re.compile(r"%(.)|(.)", re.DOTALL)


def character(text: str, place: int) -> str:
    """The character at a place, which counts from 0, as the end of a sentence; empty behind the text."""
    return f": the character U+{ord(text[place]):04X} at position {place + 1} does not fit" if place < len(text) else ""


def misfit(text: str, form: str) -> str:
    """Where a text is not written as a form of `strptime` says, as the end of a sentence; empty if that cannot be told
    because the form has names of days or months, or zones."""
    place = 0
    for token in _TOKEN.finditer(form):
        directive, literal = token.groups()
        if directive is not None and directive not in _DIGITS:
            return ""
        if directive is not None:
            end, fits = _digits(text, place, directive)
        else:
            fits = text[place : place + 1] == literal
            end = place + fits
        if not fits:
            return character(text, end) or ": it ends too early"
        place = end
    return character(text, place) or ": there is no such day or time"


def _digits(text: str, place: int, directive: str) -> tuple[int, bool]:
    """Behind the digits of a directive, and whether they are as many as it needs."""
    most = _DIGITS[directive]
    found = re.compile("[0-9]*").match(text, place, place + most)
    assert found is not None, "no digits match as well"
    count = found.end() - place
    return found.end(), count == most if directive in _EXACT else count > 0
