"""Addresses in a comparable form, and the countries that names mention."""

import re
import unicodedata
from functools import cache

import msgspec
from babel import Locale

from libs.company_name.folding import folded, words
from libs.matching.sounds import sound

ADDRESS_LETTERS_AT_MOST = 200
STREET_WORDS_AT_MOST = 8
_LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "sv", "da", "nb", "fi", "tr")
_ALSO = {"holland": "NL", "hollandia": "NL", "uk": "GB", "usa": "US", "korea": "KR", "russian": "RU", "hellas": "GR"}
_ISO_LETTERS = 2
_SHORT_LETTERS = 3  # of an abbreviated kind of street, or a direction
# What a street is called in addresses, and directions; two ways to write one address differ in these first.
_STREET_WORDS = frozenset(
    (  # noqa: SIM905 - a table
        "street st avenue ave av boulevard blvd road rd drive dr lane ln place pl court ct parkway pkwy highway hwy"
        " square sq terrace ter suite ste floor fl building bldg unit room apt no number north south east west n s e w"
        " strasse str weg platz allee rue chemin via viale piazza calle avenida plaza rua straat laan plein gatan vej"
        " gade ulica ul prospekt ulitsa sec section"
    ).split()
)
_NUMBER = re.compile(r"\d+")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)\b")
_HAN_NUMBER = re.compile("(\\d+)[号號]")


class Address(msgspec.Struct, frozen=True):
    """An address as it is compared. number: of the house. street: its words but the kind of street, joined. numbers:
    all that it has. postal_code: its letters and digits."""

    number: str = ""
    street: str = ""
    numbers: frozenset[str] = frozenset()
    postal_code: str = ""


def prepare_address(lines: str, postal_code: str = "") -> Address:
    """The address in its comparable form. lines: street and house number, in any order, in any script."""
    text = folded(lines[:ADDRESS_LETTERS_AT_MOST])
    han = _HAN_NUMBER.search(text)
    text = _ORDINAL.sub(r"\1", text)
    found = words(text)
    numbers = [word for word in found if _NUMBER.match(word)]
    number = han.group(1) if han else next(iter(numbers), "")
    rest = [word for word in found if word not in _STREET_WORDS]
    if not any(word not in numbers for word in rest):  # `W North Ave`
        rest += [word for word in found if word in _STREET_WORDS and len(word) > _SHORT_LETTERS]
    if number in rest:
        rest.remove(number)
    street = "".join(sound(word) for word in rest[:STREET_WORDS_AT_MOST])
    code = "".join(one for one in unicodedata.normalize("NFKC", postal_code).upper() if one.isalnum())
    return Address(number, street, frozenset(numbers), code)


def country_named(word: str) -> str:
    """The country (ISO 3166-1) that a word of a name means in a language of Europe; empty if none."""
    return _countries().get(word, "")


@cache
def _countries() -> dict[str, str]:
    found: dict[str, str] = {}
    for language in _LANGUAGES:
        for code, name in Locale(language).territories.items():
            said = words(folded(name))
            if len(said) == 1 and len(code) == _ISO_LETTERS and code.isalpha():
                found.setdefault(said[0], code)
    return found | _ALSO
