"""Prepares a name once, so that a pair of names is compared without parsing it again."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import msgspec
from anyascii import anyascii

from libs.company_name import name_words
from libs.company_name.folding import CJK, folded, words
from libs.company_name.legal_forms import is_form
from libs.matching.places import country_named
from libs.matching.sounds import sound
from libs.matching.vocabulary import vocabulary

NAME_LETTERS_AT_MOST = 200  # of a longer name, the first ones are compared
WORDS_AT_MOST = 16
WORD_LETTERS_AT_MOST = 32
HAN_LETTERS_AT_MOST = 64
SQUASHED_LETTERS_AT_MOST = 96
FORM_WEIGHT = 0.05  # of a legal form inside a name: `Acme B.V., Den Haag`
SMALL_WEIGHT = 0.1  # of an article or a single letter
COUNTRY_WEIGHT = 0.3  # at most, of the name of a country
UNKNOWN_WEIGHT = 1.0  # of a word that is not common in names
LONG_LETTERS_LEAST = 4  # of a word that may be misspelt or cut short
INITIALS_LEAST = 2
INITIALS_INSIDE_LEAST = 3  # of an abbreviation that is a part of a name
ACRONYM_LETTERS_AT_MOST = 6
BLEND_LETTERS_LEAST = 5  # of a name that may be made of the first letters of several words
_FORM_LETTERS = 3  # a legal form so short is spoken by its letters: `PDVSA`

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
_END = 3
_BLEND_LEAST = 2
_BLENDED_AT_MOST = 8


class Name(msgspec.Struct, frozen=True):
    """A name as it is compared. words: sounds of its words, in their order, each once; words of one meaning have one
    sound (`vocabulary`). weights: how much each says about the company, 0 to 1; weight: of all. ordered: the telling
    words sorted, joined by spaces. squashed: the telling words joined. initials: what may abbreviate the name; inner:
    a part of it. acronym: the name, if it may be an abbreviation; short: its words that may abbreviate a part of
    another name. spelled: its words as they are written. blend: the name, if it may be made of the first letters of
    words. han: its Chinese, Japanese and Korean characters. numbers: its numbers and Roman numerals. country: that a
    word of it names, unless it is that of the seat."""

    words: tuple[str, ...]
    weights: Mapping[str, float]
    weight: float
    found: frozenset[str]
    long: tuple[tuple[str, str, str], ...]
    ordered: str
    squashed: str
    initials: frozenset[str]
    inner: frozenset[str]
    acronym: frozenset[str]
    short: frozenset[str]
    spelled: tuple[str, ...]
    blend: str
    han: str
    numbers: frozenset[str]
    country: str


def prepare_name(text: str, country: str) -> Name:
    """The name in its comparable forms. country: ISO 3166-1 of the company, may be empty."""
    seen = visible(text[:NAME_LETTERS_AT_MOST])
    parts = name_words(_SHARE_CLASS.sub("", seen), country)
    latin = [word[:WORD_LETTERS_AT_MOST] for part in parts for word in _latin(part)][:WORDS_AT_MOST]
    bare = [word for word in latin if word not in _SMALL or len(word) == 1]
    if len(bare) > 1 and all(len(word) == 1 for word in bare):
        latin = bare = ["".join(bare)]  # `P & G`, `I B M`
    weights: dict[str, float] = {}
    telling: dict[str, str] = {}
    for word in latin:
        meaning, weight = _weighed(word)
        weights[meaning] = max(weight, weights.get(meaning, 0.0))
        telling.setdefault(meaning, sound(word))
    limit = SMALL_WEIGHT if any(weight > SMALL_WEIGHT for weight in weights.values()) else FORM_WEIGHT
    told = [word for word in weights if weights[word] > limit]  # small words alone are a name, legal forms are none
    named = next((found for word in latin if (found := country_named(word))), "")
    unknown = [word for word in bare if weights[_weighed(word)[0]] == UNKNOWN_WEIGHT]
    return Name(
        words=tuple(weights),
        weights=weights,
        weight=sum(weights.values()),
        found=frozenset(weights),
        long=tuple((word, word[0], word[-_END:]) for word in weights if len(word) >= LONG_LETTERS_LEAST),
        ordered=" ".join(sorted(told))[:SQUASHED_LETTERS_AT_MOST],
        squashed="".join(telling[word] for word in told)[:SQUASHED_LETTERS_AT_MOST],
        initials=_initials(latin, words(folded(seen, country))[:WORDS_AT_MOST]),
        inner=frozenset(_inner(bare)),
        acronym=frozenset(bare) if len(bare) == 1 and 1 < len(bare[0]) <= ACRONYM_LETTERS_AT_MOST else _NONE,
        short=frozenset(one for one in unknown if INITIALS_INSIDE_LEAST <= len(one) <= ACRONYM_LETTERS_AT_MOST),
        spelled=tuple(bare),
        blend=unknown[0] if len(unknown) == 1 == len(bare) and len(unknown[0]) >= BLEND_LETTERS_LEAST else "",
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
    if len(full[-1]) <= _FORM_LETTERS and is_form(full[-1]):
        made |= {"".join(word[0] for word in some) + full[-1] for some in (telling, short)}
    return frozenset(one for one in made if len(one) >= INITIALS_LEAST)


def _inner(bare: Sequence[str]) -> Iterator[str]:
    """The initials of words that follow each other."""
    letters = "".join(word[0] for word in bare)
    for start in range(len(letters) - INITIALS_INSIDE_LEAST + 1):
        for end in range(start + INITIALS_INSIDE_LEAST, min(len(letters), start + ACRONYM_LETTERS_AT_MOST) + 1):
            yield letters[start:end]


def visible(text: str) -> str:
    """The text without characters that only control how it is shown, such as right-to-left marks."""
    if text.isascii():
        return text
    return "".join(letter for letter in text if unicodedata.category(letter) != "Cf")


def _latin(part: str) -> Sequence[str]:
    """The words of a part in Latin letters; of Chinese, Japanese and Korean characters, the syllables without the known
    words at the end, and these."""
    return _romanised(part) if _HAN.search(part) else (part,)


@lru_cache(maxsize=4_096)
def _romanised(part: str) -> tuple[str, ...]:
    known: list[str] = []
    found = vocabulary()
    end = len(part)
    while end:
        for start in range(max(0, end - found.longest), end):
            if part[start:end] in found.unspaced:
                known.append(found.unspaced[part[start:end]])
                end = start
                break
        else:
            break
    rest = re.sub("[^a-z0-9]", "", anyascii(part[:end]).lower())
    return (*([rest] if rest else []), *reversed(known))


@lru_cache(maxsize=16_384)
def _weighed(word: str) -> tuple[str, float]:
    """The meaning of a word, and how much it tells."""
    heard = sound(word)
    if word in _SMALL or (len(word) == 1 and not word.isdigit()):
        return heard, SMALL_WEIGHT
    known = vocabulary()
    meaning = known.meanings.get(heard)
    if meaning is not None:
        return meaning, known.weights[meaning]
    if is_form(word):
        return heard, FORM_WEIGHT
    named = country_named(word)
    return (named, COUNTRY_WEIGHT) if named else (heard, UNKNOWN_WEIGHT)


def is_blend(short: str, words: Sequence[str]) -> bool:
    """Whether a name is made of the first letters, at least two, of at least two of the words in their order:
    `Finmec` of `Financiera Mecanica`."""
    if not words or short[:2] != words[0][:2]:
        return False
    ends = {0: 0}  # how many letters are made, by at most how many words
    for word in words[:_BLENDED_AT_MOST]:
        for end, used in tuple(ends.items()):
            length = 0
            while end + length < len(short) and length < len(word) and short[end + length] == word[length]:
                length += 1
                if length >= _BLEND_LEAST:
                    ends[end + length] = max(used + 1, ends.get(end + length, 0))
    return any(ends.get(len(short) - len(tail), 0) > 1 for tail in ("", "sa") if short.endswith(tail))


def in_order(short: str, full: str) -> bool:
    """Whether the characters of `short` stand in `full` in their order, with or without others between them."""
    rest = iter(full)
    return all(one in rest for one in short)
