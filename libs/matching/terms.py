"""The terms under which an organisation is filed, so that those alike are found without comparing all."""

from collections.abc import Iterator
from itertools import pairwise

from libs.matching.names import SMALL_WEIGHT, Name
from libs.matching.organisation import Prepared

TERMS_AT_MOST = 160
_GRAM = 3


def terms(one: Prepared) -> tuple[str, ...]:
    """The terms of an organisation, sorted; at most TERMS_AT_MOST. Two that are one and the same share several: `w` a
    word, `t` three letters, `i` initials, `h` Chinese characters, `p` the phone, `a` the address, `d` the domain."""
    found = {term for name in one.names for term in _of_name(name)}
    if one.phone:
        found.add(f"p{one.phone}")
    if one.address.street and one.address.number:
        found.add(f"a{one.address.number} {one.address.street[:_GRAM]}")
    if one.domain:
        found.add(f"d{one.domain}")
    return tuple(sorted(found)[:TERMS_AT_MOST])


def _of_name(name: Name) -> Iterator[str]:
    yield from (f"w{word}" for word in name.words if name.weights[word] > SMALL_WEIGHT)
    padded = f"^{name.squashed}"
    yield from (f"t{padded[place : place + _GRAM]}" for place in range(max(1, len(padded) - _GRAM + 1)))
    yield from (f"i{letters}" for letters in name.initials | name.acronym)
    yield from (f"h{one}" for one in name.han)
    yield from (f"h{one}{other}" for one, other in pairwise(name.han))
