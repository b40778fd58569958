"""The words of a package in the languages of `texts/`, and dates and numbers as CLDR (babel) writes them there.

A language is a file there and a value of `Language`; the tests fail for a text that one language lacks.
"""

import tomllib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.numbers import format_decimal

FOLDER = Path(__file__).parents[1] / "texts"

_YES_AND_NO = {"True": "label.yes", "False": "label.no"}
SPOKEN = frozenset("TF0123456789")  # whatever `Texts.value` changes begins with one of these
_SCRIPTS = {"zh": "Hans"}  # of a tag that names neither script nor country


class Language(Enum):
    """The languages of a package, by BCP 47."""

    ENGLISH = "en"
    GERMAN = "de"
    CHINESE = "zh-Hans"
    PORTUGUESE = "pt-BR"
    ARABIC = "ar"


class LanguageNotBuilt(ValueError):
    """There are no texts in this language; the message names those that there are."""


class Texts:
    """The texts of one language. all: by key; do not change them."""

    def __init__(self, language: Language) -> None:
        self.tag = language.value
        self._locale = Locale.parse(self.tag, sep="-")
        self.direction = "rtl" if self._locale.text_direction == "rtl" else "ltr"
        self.all = _read(language)

    def text(self, key: str, **values: object) -> str:
        """The text with this key; numbers and dates among the values are written as the language writes them."""
        return self.all[key].format_map({name: self._shown(value) for name, value in values.items()})

    def has(self, key: str) -> bool:
        """Whether there is a text with this key."""
        return key in self.all

    def service(self, name: str) -> str:
        """What a service is called; its name if nothing else is known."""
        return self.all.get(f"service.{name}.title", name)

    def kind(self, name: str) -> str:
        """What a document of a kind is called; the words of its name if nothing else is known."""
        return self.all.get(f"kind.{name}", name.replace("_", " "))

    def of_regime(self, group: str, regime: str) -> str:
        """The text of a group for a regime, or the one for other countries."""
        return self.all.get(f"{group}.{regime}") or self.all[f"{group}.OTHER"]

    def listed(self, names: Sequence[str]) -> str:
        """Several names as one phrase: `A, B and C`."""
        return format_list(names, locale=self._locale)

    def value(self, text: str) -> str:
        """A value of a row: an instant, a date, yes and no as the language writes them, anything else as it is."""
        if text in _YES_AND_NO:
            return self.text(_YES_AND_NO[text])
        if len(text) < len("2026-03-02") or not (text[:4].isascii() and text[:4].isdigit()):
            return text
        return _dated(text, self.tag)

    def _shown(self, value: object) -> str:
        if isinstance(value, datetime):
            return format_date(value, "long", self._locale)
        return format_decimal(value, locale=self._locale) if isinstance(value, int) else str(value)


def language_of(asked: str, locale: str, country: str) -> Language:
    """The language of a package: `asked` (LanguageNotBuilt if there are no texts in it), else that of the person's
    `locale`, else that of the country (ISO 3166-1 alpha-2), else English."""
    if asked:
        if (found := _nearest(asked)) is None:
            raise LanguageNotBuilt(f"{asked} is not there: {', '.join(one.value for one in Language)} are")
        return found
    return _nearest(locale) or _nearest(f"und-{country}") or Language.ENGLISH


def _nearest(tag: str) -> Language | None:
    """The language with the language and script of a tag; None if there is none."""
    wanted = _likely(tag)
    return next((one for one in Language if wanted is not None and _likely(one.value) == wanted), None)


def _likely(tag: str) -> tuple[str, str] | None:
    """The language and script of a tag, filled in as CLDR says is likely: `zh-TW` is `zh` in `Hant`. An empty script is
    the usual one of the language. None for a tag that CLDR does not know."""
    try:
        found = Locale.parse(tag.replace("_", "-"), sep="-", resolve_likely_subtags=True)
    except (ValueError, UnknownLocaleError, TypeError):
        return None
    return found.language, found.script or _SCRIPTS.get(found.language, "")


@lru_cache(maxsize=4096)
def _dated(text: str, tag: str) -> str:
    """An instant or a date as the language writes it, anything else as it is. tag: of the language."""
    locale = Locale.parse(tag, sep="-")
    try:
        if len(text) == len("2026-03-02"):
            return format_date(date.fromisoformat(text), "long", locale)
        at = datetime.fromisoformat(text)
        return _instant(at.astimezone(UTC).replace(microsecond=0), tag) if at.tzinfo else text
    except (ValueError, OverflowError):
        return text


@lru_cache(maxsize=4096)
def _instant(at: datetime, tag: str) -> str:
    return f"{format_datetime(at, 'medium', None, Locale.parse(tag, sep='-'))} UTC"


@lru_cache(maxsize=len(Language))
def _read(language: Language) -> dict[str, str]:
    """The texts of a language by key, `page.title`."""
    return dict(_flat(tomllib.loads((FOLDER / f"{language.value}.toml").read_text(encoding="utf-8"))))


def _flat(tables: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for name, value in tables.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value
