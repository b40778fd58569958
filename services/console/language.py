"""The languages of the console: its catalogues, the choice among them, and how values are written in each."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import (
    format_currency,
    format_decimal,
    format_percent,
    get_currency_precision,
    is_currency,
    parse_decimal,
)
from babel.units import format_unit

from services.console.methods import label_of
from services.console.wording import CODES, act_label, enum_label, field_label

# The tags of the languages, with the name that each has for itself; the first is spoken where no other is asked for.
LANGUAGES: dict[str, str] = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "pt-BR": "Português (Brasil)",
    "zh-Hans": "简体中文",
    "zh-Hant": "繁體中文",
    "ar": "العربية",
}
FOLDER = Path(__file__).parent / "locale"
DOMAIN = "console"
NANOS = 10**9
MAX_NUMBER_CHARS = 60
MAX_NUMBER_DIGITS = 30  # before the point; 1e9999999 would be written out

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
# How browsers name Chinese by its territory.
_ALSO = {"zh": "zh-Hans", "zh-cn": "zh-Hans", "zh-sg": "zh-Hans", "zh-tw": "zh-Hant", "zh-hk": "zh-Hant", "pt": "pt-BR"}
_MAX_ASKED = 20


class Speech:
    """One language, and the time zone of the cell: every text and value of a page is written by it."""

    def __init__(self, tag: str, translations: NullTranslations, zone: ZoneInfo) -> None:
        self.tag = tag
        self.locale = Locale.parse(tag, sep="-")
        self.zone = zone
        self.direction = "rtl" if self.locale.text_direction == "rtl" else "ltr"
        self._translations = translations

    def text(self, message: str, **values: object) -> str:
        """The translation of a message, with its `%(name)s` filled in."""
        found = self._translations.gettext(message) if message else ""
        return found % values if values else found

    def plural(self, one: str, many: str, count: int) -> str:
        """The translation for so many; `%(count)s` is the number."""
        return self._translations.ngettext(one, many, count) % {"count": self.number(count)}

    def field(self, field: Any) -> str:
        """The label of a field of a proto."""
        return self.text(label_of(field))

    def role(self, name: str) -> str:
        """The label of a role."""
        return self.text(field_label(name))

    def act(self, name: str) -> str:
        """The label of a method."""
        return self.text(act_label(name))

    def value(self, enum: Any, number: int) -> str:
        """The label of a value of an enum; its number if this release does not know it."""
        found = enum.values_by_number.get(number)
        if found and enum.name in CODES:
            return enum_label(enum.name, found.name).upper()
        return self.text(enum_label(enum.name, found.name)) if found else str(number)

    def day(self, day: date) -> str:
        """A day in words."""
        return format_date(day, "medium", locale=self.locale)

    def moment(self, moment: datetime) -> str:
        """A moment in the cell's time zone."""
        return format_datetime(moment, "medium", tzinfo=self.zone, locale=self.locale)

    def number(self, number: int | Decimal) -> str:
        """A number with the separators of the language."""
        return format_decimal(number, locale=self.locale)

    def duration(self, seconds: int) -> str:
        """A duration in the largest unit that says it exactly."""
        unit, size = next((name, size) for name, size in _UNITS if seconds % size == 0)
        code = f"duration-{unit}"
        said = [format_unit(seconds // size, code, length, locale=self.locale) for length in ("long", "short")]
        return next(one for one in said if code not in one)  # some languages have the short form only

    def percent(self, basis_points: int) -> str:
        """Basis points as a percentage."""
        return format_percent(Decimal(basis_points) / 10_000, "#,##0.##%", locale=self.locale)

    def money(self, amount: Decimal, currency: str) -> str:
        """An amount with its currency."""
        if not is_currency(currency):
            return f"{self.number(amount)} {currency}".strip()
        fine = amount != round(amount, get_currency_precision(currency))
        return format_currency(amount, currency, locale=self.locale, decimal_quantization=not fine)

    def typed(self, amount: Decimal) -> str:
        """A number as a person of this language types it: without separators of groups."""
        return format_decimal(amount, "0.#########", locale=self.locale)

    def parsed(self, text: str) -> Decimal:
        """What somebody typed, as a number; ValueError, also for one of more than MAX_NUMBER_DIGITS."""
        if len(text) > MAX_NUMBER_CHARS:
            raise ValueError("too long")
        found = parse_decimal(text.strip(), locale=self.locale, strict=True)
        if not found.is_finite() or found.adjusted() >= MAX_NUMBER_DIGITS:
            raise ValueError("no number, or too large a one")
        return found


class Languages:
    """The speeches of one cell."""

    def __init__(self, zone: str, catalogues: Mapping[str, NullTranslations]) -> None:
        self._speeches = {tag: Speech(tag, catalogues[tag], ZoneInfo(zone)) for tag in LANGUAGES}

    def of(self, tag: str) -> Speech:
        """The speech with this tag; English for any other text."""
        return self._speeches.get(tag, self._speeches["en"])

    def best(self, chosen: str, accepted: str) -> Speech:
        """That which the person chose, else the best of the header `Accept-Language`."""
        if chosen in self._speeches:
            return self._speeches[chosen]
        return self.of(next(filter(None, map(_known, _by_weight(accepted))), "en"))


def read_catalogues(folder: Path = FOLDER) -> dict[str, NullTranslations]:
    """The catalogues, compiled in memory; a language without one speaks the English of the code."""
    found: dict[str, NullTranslations] = {}
    for tag in LANGUAGES:
        path = catalogue_of(tag, folder)
        found[tag] = _compiled(path) if path.exists() else NullTranslations()
    return found


def catalogue_of(tag: str, folder: Path = FOLDER) -> Path:
    """The file of a language's catalogue."""
    return folder / tag.replace("-", "_") / "LC_MESSAGES" / f"{DOMAIN}.po"


def _compiled(path: Path) -> GNUTranslations:
    compiled = BytesIO()
    with path.open("rb") as stream:
        write_mo(compiled, read_po(stream))
    compiled.seek(0)
    return GNUTranslations(compiled)


def _by_weight(accepted: str) -> Iterable[str]:
    """The tags of an `Accept-Language`, best first."""
    weighed = []
    for place, part in enumerate(accepted.split(",")[:_MAX_ASKED]):
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((-float(weight or 1), place, tag.strip()))
        except ValueError:
            continue
    return [tag for _, _, tag in sorted(weighed)]


def _known(tag: str) -> str:
    """The language of ours that a tag asks for; empty if it is none of them."""
    low = tag.lower()
    exact = {one.lower(): one for one in LANGUAGES}
    while low:
        if found := exact.get(low) or _ALSO.get(low):
            return found
        low = low.rpartition("-")[0]
    return ""
