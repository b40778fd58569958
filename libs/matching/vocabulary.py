"""Words that many names of organisations have, and those that mean the same: `Handel` and `trading`."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from libs.company_name.folding import folded
from libs.matching.places import country_named
from libs.matching.sounds import sound

_FIRST_UNSPACED = "\u0e00"


class Vocabulary(NamedTuple):
    """meanings: of a word by its sound; a meaning is the sound of the word that names it, of a country and its people
    the country's code. weights: how much a meaning tells about an organisation, 0 to 1. unspaced: the meanings of words
    in scripts without spaces, as they are folded; longest: letters of the longest."""

    meanings: Mapping[str, str]
    weights: Mapping[str, float]
    unspaced: Mapping[str, str]
    longest: int


@cache
def vocabulary() -> Vocabulary:
    """The words of `generic_words.csv`."""
    meanings: dict[str, str] = {}
    weights: dict[str, float] = {}
    unspaced: dict[str, str] = {}
    for line in (files("libs.matching") / "generic_words.csv").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        weight, words = line.split(",")
        first = words.split()[0]
        meaning = country_named(first) or sound(first)
        weights.setdefault(meaning, float(weight))
        for word in words.split():
            if word[0] >= _FIRST_UNSPACED:
                unspaced.setdefault(folded(word), meaning)
            else:
                meanings.setdefault(sound(word), meaning)
    return Vocabulary(meanings, weights, unspaced, max(map(len, unspaced)))
