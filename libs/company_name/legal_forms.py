"""Removes legal forms from the ends of a name. `generate.py` makes the table; nothing is added to it by hand."""

import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from libs.company_name.folding import UNSPACED

ANYWHERE = "*"
_SHORT = 3  # a word of an abbreviation that is written with spaces: `n v`, `sp z oo`
# The countries in which no legal form stands before a name: a leading word that equals one is part of the name.
_NEVER_FIRST = frozenset("AT AU CA CH CZ DE GB GR HK HR HU IE IN LI NZ PL SG SI SK TR US ZA".split())  # noqa: SIM905
_NOWHERE = frozenset[str]()
_HAS_UNSPACED = re.compile(f"[{UNSPACED}]")
_EDGES = " \t.,;:·・-–—/\"'«»“”„「」『』"


class _Table(NamedTuple):
    """where: for each form its countries, `*` if it counts at the end of any name. longest: the words of the longest
    form. unspaced: forms in scripts without spaces, longest first."""

    where: dict[str, frozenset[str]]
    longest: int
    unspaced: tuple[str, ...]


def without_unspaced(text: str) -> str:
    """A folded text without the forms at its ends that are written without spaces (`株式会社`); never empty because of
    it."""
    if not _HAS_UNSPACED.search(text):
        return text
    left = text.strip(_EDGES)
    while (shorter := _shorter(left)) and shorter != left:
        left = shorter
    return left


def without_forms(words: list[str], country: str) -> list[str]:
    """The words without one form at the end, or else at the start; unchanged if there is none or no word would be left.

    At the end, forms of the country and of any country (`*`) count. At the start, forms of the country count if forms
    may stand there, and spelled-out forms of several words: `AS Roma` is not an Estonian company, and `AG Immobilien`
    not a German one. country: empty if unknown; then every form counts.
    """
    table = _table()
    if (left := without_form_at_end(words, country)) != words:
        return left
    for count in range(min(len(words) - 1, table.longest), 0, -1):
        where = _where(table, words[:count])
        at_home = country in where and country not in _NEVER_FIRST
        if (where and not country) or at_home or (count > 1 and _spelled(table, words[:count])):
            return words[count:]
    return words


def without_form_at_end(words: list[str], country: str) -> list[str]:
    """The words without one form at the end, by the rule of `without_forms`; unchanged if there is none."""
    table = _table()
    for count in range(min(len(words) - 1, table.longest), 0, -1):
        where = _where(table, words[-count:])
        if where and (not country or country in where or ANYWHERE in where):
            return words[:-count]
    return words


def is_form(word: str) -> bool:
    """Whether one word is a legal form of any country."""
    return word in _table().where


def _shorter(text: str) -> str:
    for form in _table().unspaced:
        if len(form) < len(text):
            if text.endswith(form):
                return text.removesuffix(form).rstrip(_EDGES)
            if text.startswith(form):
                return text.removeprefix(form).lstrip(_EDGES)
    return text


def _spelled(table: _Table, words: list[str]) -> bool:
    return " ".join(words) in table.where and any(len(word) > _SHORT for word in words)


def _where(table: _Table, words: list[str]) -> frozenset[str]:
    """The countries in which these words are a form, separate or joined: the table may have `s a` for one country and
    `sa` for another. Empty if they are none."""
    found = table.where.get(" ".join(words), _NOWHERE)
    if len(words) > 1 and all(len(word) <= _SHORT for word in words):
        found |= table.where.get("".join(words), _NOWHERE)
    return found


@cache
def _table() -> _Table:
    lines = (files("libs.company_name") / "legal_forms.csv").read_text(encoding="utf-8").splitlines()
    rows = [line.rsplit(",", 1) for line in lines if not line.startswith("#")]
    spaced = {form: frozenset(where.split()) for form, where in rows if not _HAS_UNSPACED.search(form)}
    unspaced = sorted((form for form, _ in rows if form not in spaced), key=lambda form: (-len(form), form))
    return _Table(spaced, max(form.count(" ") + 1 for form in spaced), tuple(unspaced))
