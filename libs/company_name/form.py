"""Computes the form in which names of companies are compared."""

import re

from libs.company_name import legal_forms
from libs.company_name.folding import folded, words

_PASSES = 8  # each pass but the last removes something
_AMPERSAND = re.compile(r"&|(?<=\s)\+(?=\s)")
_SPANISH = frozenset("AR BO CL CO CR CU DO EC ES GT HN MX NI PA PE PH PR PY SV UY VE".split())  # noqa: SIM905 - a table
_EVERYWHERE = frozenset[str]()
# The words for "and", transliterated, with the countries that use them; no country means all.
_AND = {
    "und": _EVERYWHERE,
    "et": _EVERYWHERE,
    "a": frozenset({"CZ", "SK"}),
    "agus": frozenset({"IE"}),
    "dan": frozenset({"BN", "ID", "MY"}),
    "e": _SPANISH | {"AO", "BR", "CH", "IT", "MZ", "PT", "SM"},
    "en": frozenset({"BE", "NL", "SR", "ZA"}),
    "es": frozenset({"HU"}),
    "i": frozenset({"BA", "BG", "BY", "ES", "HR", "KZ", "ME", "MK", "PL", "RS", "RU", "UA"}),
    "in": frozenset({"SI"}),
    "ir": frozenset({"LT"}),
    "ja": frozenset({"EE", "FI"}),
    "kai": frozenset({"CY", "GR"}),
    "och": frozenset({"FI", "SE"}),
    "og": frozenset({"DK", "FO", "IS", "NO"}),
    "si": frozenset({"MD", "RO"}),
    "ta": frozenset({"UA"}),
    "un": frozenset({"LV"}),
    "va": frozenset({"VN"}),
    "ve": frozenset({"TR"}),
    "y": _SPANISH,
}


def name_form(name: str, country: str = "") -> str:
    """The letters and digits of a name that identify the company: without case, marks, punctuation, spaces, script,
    legal forms at either end and a leading `The`; `&` and its words in any language are `and`. Empty if none are left.

    country: of the company's seat (ISO 3166-1); empty if unknown, and then a form or an "and" of any country counts.
    The form of a form, in the same country, is itself. One word of a name that has only legal forms is kept.
    """
    form = "".join(name_words(name, country))
    for _ in range(_PASSES):
        again = "".join(name_words(form, country))
        if again == form:
            break
        form = again
    return form


def name_words(name: str, country: str = "") -> list[str]:
    """The words of a name of which `name_form` is made, in their order: without legal forms at either end. country: as
    there."""
    text = legal_forms.without_unspaced(_AMPERSAND.sub(" and ", folded(name, country)))
    found = words(text)
    last = min(len(found) - 1, len(legal_forms.without_form_at_end(found, country)))  # the `a` of `a. s.` is no "and"
    found = ["and" if 0 < place < last and _means_and(word, country) else word for place, word in enumerate(found)]
    while len(found) > 1:
        left = legal_forms.without_forms(_without_little_words(found), country)
        if left == found:
            break
        found = left
    return found


def _means_and(word: str, country: str) -> bool:
    where = _AND.get(word)
    return where is not None and (not where or not country or country in where)


def _without_little_words(found: list[str]) -> list[str]:
    """The words without an "and" or "the" that remains at an end after a legal form was removed: `Foo GmbH & Co.
    KG`."""
    if len(found) > 1 and found[-1] == "and":
        return found[:-1]
    if len(found) > 1 and found[0] in ("the", "and"):
        return found[1:]
    return found
