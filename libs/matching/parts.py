"""Compares two organisations part by part: how far each part agrees or differs, from 0 to 1, for weights to
multiply."""

from collections.abc import Callable

from rapidfuzz.distance import Levenshtein

from libs.matching.names import Name, in_order, is_blend
from libs.matching.organisation import Prepared
from libs.matching.places import Address

Vector = list[float]

# The parts in the order of a vector, with what a part says: that two organisations are one (1), that they are not
# (-1), or where the others start from (0).
PARTS = {
    "base": 0,
    "spelling": 1,
    "squashed": 1,
    "rare_word": 1,
    "shared_words": 1,
    "initials": 1,
    "initials_inside": 1,
    "blend": 1,
    "extra_rare_words": -1,
    "numbers_differ": -1,
    "countries_named_differ": -1,
    "country_named_once": -1,
    "han": 0,
    "han_same": 1,
    "han_in_order": 1,
    "han_start": 1,
    "han_run": 1,
    "han_long": 1,
    "address_same": 1,
    "house_number_differs": -1,
    "street_differs": -1,
    "postal_code_differs": -1,
    "phone_same": 1,
    "country_differs": -1,
    "domain_same": 1,
    "domain_differs": -1,
    "domain_is_name": 1,
    "register_number_same": 1,
}
_PLACES = range(len(PARTS))
(
    _BASE,
    _SPELLING,
    _SQUASHED,
    _RARE_WORD,
    _SHARED_WORDS,
    _INITIALS,
    _INITIALS_INSIDE,
    _BLEND,
    _EXTRA_RARE_WORDS,
    _NUMBERS_DIFFER,
    _COUNTRIES_NAMED_DIFFER,
    _COUNTRY_NAMED_ONCE,
    _HAN,
    _HAN_SAME,
    _HAN_IN_ORDER,
    _HAN_START,
    _HAN_RUN,
    _HAN_LONG,
    _ADDRESS_SAME,
    _HOUSE_NUMBER_DIFFERS,
    _STREET_DIFFERS,
    _POSTAL_CODE_DIFFERS,
    _PHONE_SAME,
    _COUNTRY_DIFFERS,
    _DOMAIN_SAME,
    _DOMAIN_DIFFERS,
    _DOMAIN_IS_NAME,
    _REGISTER_NUMBER_SAME,
) = _PLACES
_SPELLING_FROM, _SQUASHED_FROM = 0.9, 0.8  # ratios of edits from which a part grows from 0 to 1
_RARE = 0.7  # a shared word of this weight is as rare as it needs to be
_SHARED_AT_MOST = 3.0
_WORD_NEAR = 0.72  # ratio of two words that begin with one letter and may be one
_HEAD_LEAST, _HEAD_NEAR = 6, 0.84  # of two words that do not, and end with the same _END letters
_STREET_NEAR = 0.8
_LABEL_LEAST = 3
_HAN_LONG_LEAST = 3


def contradicts(one: Prepared, other: Prepared) -> bool:
    """Whether both have valid numbers of one register and none is the same: they are two organisations."""
    kinds = one.numbers.keys() & other.numbers.keys() if one.numbers and other.numbers else ()
    return bool(kinds) and all(one.numbers[kind].isdisjoint(other.numbers[kind]) for kind in kinds)


def compare(one: Prepared, other: Prepared, value_of: Callable[[Vector], float]) -> Vector:
    """The parts of a pair, in the order of `PARTS`. Of several names, those two count that agree best by
    `value_of`."""
    if len(one.names) == len(other.names) == 1:
        found = compare_names(one.names[0], other.names[0])
    else:
        pairs = [compare_names(left, right) for left in one.names for right in other.names]
        found = max(pairs, key=value_of) if pairs else _none()
    _compare_evidence(found, one, other)
    return found


def compare_names(one: Name, other: Name) -> Vector:
    """The parts of two names; all others are 0."""
    found = _none()
    if one.han and other.han:
        _compare_han(found, one.han, other.han)
        return found
    if one.squashed == other.squashed and one.squashed:
        found[_SPELLING] = found[_SQUASHED] = 1.0
        shared, rarest, extra = min(one.weight, other.weight), max(one.weights.values()), 0.0
    else:
        found[_SPELLING] = _ratio_above(one.ordered, other.ordered, _SPELLING_FROM)
        found[_SQUASHED] = _ratio_above(one.squashed, other.squashed, _SQUASHED_FROM)
        shared, rarest, extra = _shared(one, other) if one.squashed <= other.squashed else _shared(other, one)
        _compare_abbreviations(found, one, other)
    found[_RARE_WORD] = min(1.0, rarest / _RARE)
    found[_SHARED_WORDS] = min(1.0, shared / _SHARED_AT_MOST)
    found[_EXTRA_RARE_WORDS] = extra
    if one.numbers != other.numbers:
        found[_NUMBERS_DIFFER] = 1.0
    if one.country != other.country:
        found[_COUNTRIES_NAMED_DIFFER if one.country and other.country else _COUNTRY_NAMED_ONCE] = 1.0
    return found


def _none() -> Vector:
    found = [0.0] * len(_PLACES)
    found[_BASE] = 1.0
    return found


def _ratio_above(one: str, other: str, start: float) -> float:
    """How far the ratio of edits of two texts is from `start`, 0, to 1; 0 for an empty one."""
    ratio = Levenshtein.normalized_similarity(one, other, score_cutoff=start) if one and other else 0.0
    return (ratio - start) / (1 - start) if ratio else 0.0


def _compare_abbreviations(found: Vector, one: Name, other: Name) -> None:
    if not (one.initials.isdisjoint(other.acronym) and other.initials.isdisjoint(one.acronym)):
        found[_INITIALS] = 1.0
    elif _stands_for(other, one) or _stands_for(one, other):
        found[_INITIALS_INSIDE] = 1.0
    elif (one.blend and is_blend(one.blend, other.spelled)) or (other.blend and is_blend(other.blend, one.spelled)):
        found[_BLEND] = 1.0


def _stands_for(short: Name, full: Name) -> bool:
    """Whether a word of one name, which the other has not itself, is made of the initials of words of the other."""
    return not short.short.isdisjoint(full.inner) and any(
        word in full.inner and word not in full.spelled for word in short.short
    )


def _shared(one: Name, other: Name) -> tuple[float, float, float]:
    """The weight of the words that both names have; that of the rarest of them; and of the rarest word that each has
    for itself, that which weighs less. A misspelt word counts in part. The order of the names matters to it."""
    common = one.found & other.found
    weights, others = one.weights, other.weights
    shared = rarest = 0.0
    for word in common:
        weight = weights[word]
        shared += weight
        if weight > rarest:
            rarest = weight
    if len(common) in (len(one.found), len(other.found)):
        return shared, rarest, 0.0
    rest = [word for word in other.long if word[0] not in common]
    matched = set(common)
    for word, head, end in one.long if rest else ():
        if word in common:
            continue
        for place, (candidate, other_head, other_end) in enumerate(rest):
            if other_head != head and other_end != end:
                continue
            alike = _alike(word, candidate)
            if alike:
                both = min(weights[word], others[candidate]) * alike
                shared += both
                if both > rarest:
                    rarest = both
                matched.update((word, candidate))
                del rest[place]
                break
    extra = max([weights[word] for word in one.words if word not in matched], default=0.0)
    if not extra:
        return shared, rarest, 0.0
    return shared, rarest, min(extra, max([others[word] for word in other.words if word not in matched], default=0.0))


def _alike(one: str, other: str) -> float:
    """How far two words are one, misspelt or cut short: `Tech` and `Technologies`; 0 if they are not."""
    shorter, longer = (len(one), len(other)) if len(one) < len(other) else (len(other), len(one))
    if one[0] != other[0]:
        if shorter < _HEAD_LEAST or shorter < longer - 1:
            return 0.0
        return Levenshtein.normalized_similarity(one, other, score_cutoff=_HEAD_NEAR) * 0.9
    if one.startswith(other) or other.startswith(one):
        return 0.5 + 0.5 * shorter / longer
    if shorter < longer * _WORD_NEAR:
        return 0.0
    return Levenshtein.normalized_similarity(one, other, score_cutoff=_WORD_NEAR) * 0.9


def _compare_han(found: Vector, one: str, other: str) -> None:
    """A short name has some characters of the full name, in their order: `台泥` of `臺灣水泥`."""
    short, full = (one, other) if len(one) <= len(other) else (other, one)
    starts = short[0] == full[0]
    ordered = in_order(short, full)
    found[_HAN] = 1.0
    found[_HAN_SAME] = 1.0 if short == full else 0.0
    found[_HAN_IN_ORDER] = 1.0 if ordered else 0.0
    found[_HAN_START] = 1.0 if starts else 0.0
    found[_HAN_RUN] = 1.0 if short in full else 0.0
    found[_HAN_LONG] = 1.0 if ordered and starts and len(short) >= _HAN_LONG_LEAST else 0.0


def _compare_evidence(found: Vector, one: Prepared, other: Prepared) -> None:
    _compare_addresses(found, one.address, other.address)
    if one.phone == other.phone and one.phone:
        found[_PHONE_SAME] = 1.0
    if one.country != other.country and one.country and other.country:
        found[_COUNTRY_DIFFERS] = 1.0
    if one.domain and other.domain:
        found[_DOMAIN_SAME if one.domain == other.domain else _DOMAIN_DIFFERS] = 1.0
    elif _is_name(one, other) or _is_name(other, one):
        found[_DOMAIN_IS_NAME] = 1.0
    if one.numbers and other.numbers:
        kinds = one.numbers.keys() & other.numbers.keys()
        if any(one.numbers[kind] & other.numbers[kind] for kind in kinds):
            found[_REGISTER_NUMBER_SAME] = 1.0


def _is_name(one: Prepared, other: Prepared) -> bool:
    return len(one.label) >= _LABEL_LEAST and any(one.label == name.squashed for name in other.names)


def _compare_addresses(found: Vector, one: Address, other: Address) -> None:
    if one.postal_code != other.postal_code and one.postal_code and other.postal_code:
        found[_POSTAL_CODE_DIFFERS] = 1.0
    if not (one.street and other.street):
        return
    same_number = one.number == other.number
    if not same_number and one.number and other.number:
        found[_HOUSE_NUMBER_DIFFERS] = 1.0
    if not _same_street(one.street, other.street):
        found[_STREET_DIFFERS] = 1.0
    elif same_number and one.number:
        found[_ADDRESS_SAME] = 1.0


def _same_street(one: str, other: str) -> bool:
    if one.startswith(other) or other.startswith(one):
        return True
    return Levenshtein.normalized_similarity(one, other, score_cutoff=_STREET_NEAR) > 0
