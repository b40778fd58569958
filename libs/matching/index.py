"""Organisations filed under their terms, in the memory of one process: for lists of some ten thousand names, which are
read as a whole and change seldom. `services/deals/matching` has an index for claims, in its store."""

import math
from array import array
from collections.abc import Iterable

from libs.matching.organisation import Prepared
from libs.matching.terms import terms

NAMES_PER_TERM = 1_000  # a term that more names have tells too little to be searched by


class NameIndex:
    """Finds the organisations that share the most telling terms with one. Of each it keeps the id and four bytes for
    each term, and nothing of the name itself. edition: what it was made of, as its maker counts."""

    def __init__(self, edition: int) -> None:
        self.edition = edition
        self._ids: list[str] = []
        self._by_term: dict[str, array[int]] = {}

    def file(self, id: str, one: Prepared) -> None:
        """Add an organisation; an id is filed once for each of its names."""
        place = len(self._ids)
        self._ids.append(id)
        for term in terms(one):
            # A term is kept up to one name above the limit, so that it is known to be above it.
            filed = self._by_term.setdefault(term, array("I"))
            if len(filed) <= NAMES_PER_TERM:
                filed.append(place)

    def nearest(self, one: Prepared, most: int) -> list[str]:
        """The ids of at most so many, those first that share the most; rare terms count more. The cost is bounded by
        TERMS_AT_MOST times NAMES_PER_TERM steps, however many are filed."""
        scores: dict[int, float] = {}
        for places in self._searched(terms(one)):
            weight = math.log(2 * NAMES_PER_TERM / len(places))
            for place in places:
                scores[place] = scores.get(place, 0.0) + weight
        best = sorted(scores, key=lambda place: (-scores[place], place))
        return [self._ids[place] for place in best[:most]]

    def _searched(self, wanted: Iterable[str]) -> Iterable["array[int]"]:
        found = (self._by_term[term] for term in wanted if term in self._by_term)
        return (places for places in found if len(places) <= NAMES_PER_TERM)
