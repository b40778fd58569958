"""Texts for people in the languages of the product.

    chosen("de-AT, en;q=0.5")               "de"
    refusal_text("ETAG_MISMATCH", "de")     one sentence; None where the caller gets the English text of the refusal
    violation_text("REQUIRED", "de")        the continuation of the name of a field; None likewise

A catalogue is a gettext file: `refusals/<language>.po`, whose message ids are the names of `ErrorReason`, and
`violations/<language>.po`, whose message ids are the reasons of violations.
"""

import re
from functools import lru_cache
from importlib.resources import files

ENGLISH = "en"
LANGUAGES = (ENGLISH, "ar", "de", "es", "fr", "pt-BR", "zh-Hans", "zh-Hant")
TRANSLATED = LANGUAGES[1:]
HEADER_CHARS = 200

_RANGES = 16  # how many languages of a header are looked at
_HEADERS = 256  # how many headers are cached
_CHINESE, _TRADITIONAL = "zh", frozenset({"tw", "hk", "mo"})
_RANGE = re.compile(r"\s*([A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4})\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*)?")


@lru_cache(maxsize=_HEADERS)
def chosen(header: str) -> str:
    """The language of the product that an `accept-language` header (RFC 9110) asks for first; English if it asks for
    none of them or is malformed. A language stands for its variants: `pt` and `pt-PT` are answered in `pt-BR`, and
    Chinese by the script of its region. Only the first HEADER_CHARS characters are read."""
    wanted = [found for one in header[:HEADER_CHARS].split(",")[:_RANGES] if (found := _RANGE.fullmatch(one))]
    for one in sorted(wanted, key=lambda found: -float(found[2] or 1)):
        if float(one[2] or 1) > 0 and (language := _offered(one[1])):
            return language
    return ENGLISH


def refusal_text(reason: str, language: str) -> str | None:
    """What a refusal means, for a person. language: one of LANGUAGES. None for English, whose text names the case, and
    for a reason that is not of the product."""
    return None if language == ENGLISH else _catalogue("refusals", language).get(reason)


def violation_text(reason: str, language: str) -> str | None:
    """What is wrong with a field, for a person, without its name. None as above."""
    return None if language == ENGLISH else _catalogue("violations", language).get(reason)


def _offered(tag: str) -> str | None:
    language, *subtags = tag.lower().split("-")
    if language == _CHINESE:
        traditional = "hant" in subtags or ("hans" not in subtags and not _TRADITIONAL.isdisjoint(subtags))
        return f"{_CHINESE}-{'Hant' if traditional else 'Hans'}"
    return next((one for one in LANGUAGES if one.split("-", maxsplit=1)[0] == language), None)


@lru_cache(maxsize=2 * len(LANGUAGES))
def _catalogue(folder: str, language: str) -> dict[str, str]:
    from babel.messages.pofile import read_po  # late: it takes as long to import as a fifth of the start of a process

    raw = files(__package__).joinpath(folder, f"{language}.po")
    with raw.open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file, locale=language.replace("-", "_")) if one.id}
