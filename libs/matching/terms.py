"""The terms under which an organisation is filed, so that those alike are found without comparing all."""

from collections.abc import Iterator
from itertools import pairwise

from libs.matching.names import INITIALS_LEAST, SMALL_WEIGHT, UNKNOWN_WEIGHT, Name
from libs.matching.organisation import Prepared
from libs.matching.sounds import skeleton

TERMS_AT_MOST = 160
_GRAM = 3
_SKELETON_LEAST = 3  # consonants of a word by which it is filed
_START = 4  # letters of a name that may be made of the first letters of words


def terms(one: Prepared) -> tuple[str, ...]:
    """The terms of an organisation, sorted; at most TERMS_AT_MOST, rather places and words than letters. Two that are
    one and the same share several: `w` a word, `t` three letters, or the consonants of a rare word, `i` initials or how
    an abbreviation begins, `h` Chinese characters, `p` the phone, `a` the address, `d` the domain, `c` the country."""
    found = dict.fromkeys(_of_places(one))
    for name in one.names:
        found |= dict.fromkeys(_of_words(name))
    for name in one.names:
        found |= dict.fromkeys(_of_letters(name))
    return tuple(sorted(list(found)[:TERMS_AT_MOST]))


def _of_places(one: Prepared) -> Iterator[str]:
    if one.phone:
        yield f"p{one.phone}"
    if one.address.street and one.address.number:
        yield f"a{one.address.number} {one.address.street[:_GRAM]}"
    if one.domain:
        yield f"d{one.domain}"
    if one.country:
        yield f"c{one.country}"


def _of_words(name: Name) -> Iterator[str]:
    for word in name.words:
        if name.weights[word] > SMALL_WEIGHT:
            yield f"w{word}"
        if name.weights[word] == UNKNOWN_WEIGHT and len(bones := skeleton(word)) >= _SKELETON_LEAST:
            yield f"t{bones}~"
    yield from (f"i{letters}" for letters in name.initials | name.acronym)
    if name.blend:
        yield f"i{name.blend[:_START]}~"
    elif len(name.spelled) >= INITIALS_LEAST:
        first, second = name.spelled[:2]
        yield from {f"i{(first[:taken] + second)[:_START]}~" for taken in (2, _GRAM)}


def _of_letters(name: Name) -> Iterator[str]:
    yield from (f"h{one}" for one in name.han)
    yield from (f"h{one}{other}" for one, other in pairwise(name.han))
    padded = f"^{name.squashed}"
    yield from (f"t{padded[place : place + _GRAM]}" for place in range(max(1, len(padded) - _GRAM + 1)))
