"""Prepares a name once, so that a pair of names is compared without parsing it again."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

import msgspec
from anyascii import anyascii

from libs.company_name import name_words
from libs.company_name.folding import CJK, folded, words
from libs.company_name.legal_forms import is_form
from libs.matching.places import country_named
from libs.matching.sounds import sound

NAME_LETTERS_AT_MOST = 200  # of a longer name, the first ones are compared
WORDS_AT_MOST = 16
WORD_LETTERS_AT_MOST = 32
HAN_LETTERS_AT_MOST = 64
SQUASHED_LETTERS_AT_MOST = 96
FORM_WEIGHT = 0.05  # of a legal form inside a name: `Acme B.V., Den Haag`
SMALL_WEIGHT = 0.1  # of an article or a single letter
COUNTRY_WEIGHT = 0.3  # at most, of the name of a country
UNKNOWN_WEIGHT = 1.0  # of a word that is not common in names
INITIALS_LEAST = 2
ACRONYM_LETTERS_AT_MOST = 6

_HAN = re.compile(f"[{CJK}]+")
# A share class of a foreign company at the exchange of Taiwan, which is not part of its name.
_SHARE_CLASS = re.compile(r"[-\s*]*[-*](?:ky|dr)\W*$", re.IGNORECASE)
_SMALL = frozenset(
    (  # noqa: SIM905 - a table
        "and the of de la le les du des di da do dos del el los las der die das den van von voor en et y e i a an at in"
        " for fuer zu zum al"
    ).split()
)
_ROMAN = frozenset("ii iii iv vi vii viii ix xi xii xiii xiv xv".split())  # noqa: SIM905 - a table
_NONE = frozenset[str]()


class Name(msgspec.Struct, frozen=True):
    """A name as it is compared. words: sounds of its words, in their order, each once. weights: how much each says
    about the company, 0 to 1. ordered: the telling words sorted, joined by spaces. squashed: the telling words joined.
    initials: what may abbreviate the name. acronym: the name, if it may be an abbreviation. han: its Chinese, Japanese
    and Korean characters. numbers: its numbers and Roman numerals. country: that a word of it names, unless it is that
    of the seat."""

    words: tuple[str, ...]
    weights: Mapping[str, float]
    found: frozenset[str]
    ordered: str
    squashed: str
    initials: frozenset[str]
    acronym: frozenset[str]
    han: str
    numbers: frozenset[str]
    country: str


def prepare_name(text: str, country: str, common: Mapping[str, float]) -> Name:
    """The name in its comparable forms. country: ISO 3166-1 of the company, may be empty. common: the weight of words
    that many names have, by their sound."""
    seen = visible(text[:NAME_LETTERS_AT_MOST])
    parts = name_words(_SHARE_CLASS.sub("", seen), country)
    latin = [word[:WORD_LETTERS_AT_MOST] for part in parts for word in _latin(part)][:WORDS_AT_MOST]
    bare = [word for word in latin if word not in _SMALL or len(word) == 1]
    if len(bare) > 1 and all(len(word) == 1 for word in bare):
        latin = bare = ["".join(bare)]  # `P & G`, `I B M`
    weights = {sound(word): _weight(word, common) for word in reversed(latin)}
    sounds = tuple(dict.fromkeys(sound(word) for word in latin))
    telling = [one for one in sounds if weights[one] > SMALL_WEIGHT]
    if not telling:  # small words alone are a name, legal forms alone are none
        telling = [one for one in sounds if weights[one] > FORM_WEIGHT]
    named = next((found for word in latin if (found := country_named(word))), "")
    return Name(
        words=sounds,
        weights=weights,
        found=frozenset(sounds),
        ordered=" ".join(sorted(telling))[:SQUASHED_LETTERS_AT_MOST],
        squashed="".join(telling)[:SQUASHED_LETTERS_AT_MOST],
        initials=_initials(latin, words(folded(seen, country))[:WORDS_AT_MOST]),
        acronym=frozenset(bare) if len(bare) == 1 and 1 < len(bare[0]) <= ACRONYM_LETTERS_AT_MOST else _NONE,
        han="".join("".join(_HAN.findall(part)) for part in parts)[:HAN_LETTERS_AT_MOST],
        numbers=frozenset(word for word in latin if word.isdigit() or word in _ROMAN),
        country="" if named == country else named,
    )


def _initials(short: list[str], full: list[str]) -> frozenset[str]:
    """The abbreviations of a name: without small words, with them, and with its legal form."""
    telling = [word for word in short if word not in _SMALL]
    if len(telling) < INITIALS_LEAST:
        return _NONE
    made = {"".join(word[0] for word in some) for some in (telling, short, full)}
    made.add("".join("n" if word == "and" else word[0] for word in short))
    return frozenset(one for one in made if len(one) >= INITIALS_LEAST)


def visible(text: str) -> str:
    """The text without characters that only control how it is shown, such as right-to-left marks."""
    if text.isascii():
        return text
    return "".join(letter for letter in text if unicodedata.category(letter) != "Cf")


def _latin(part: str) -> list[str]:
    """The words of a part in Latin letters; a run of Chinese characters is one word, of syllables."""
    return [_romanised(part)] if _HAN.search(part) else [part]


@lru_cache(maxsize=4_096)
def _romanised(part: str) -> str:
    return re.sub("[^a-z0-9]", "", anyascii(part).lower())


def _weight(word: str, common: Mapping[str, float]) -> float:
    if word in _SMALL or (len(word) == 1 and not word.isdigit()):
        return SMALL_WEIGHT
    if is_form(word):
        return FORM_WEIGHT
    weight = common.get(sound(word), UNKNOWN_WEIGHT)
    return min(weight, COUNTRY_WEIGHT) if country_named(word) else weight


def in_order(short: str, full: str) -> bool:
    """Whether the characters of `short` stand in `full` in their order, with or without others between them."""
    rest = iter(full)
    return all(one in rest for one in short)
