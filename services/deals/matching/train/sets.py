"""The labelled sets: organisations whose owners are known, and the pairs of them that are compared."""

import csv
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from babel import Locale

from libs.matching import Organisation, Prepared, terms
from libs.matching.organisation import prepare

CANDIDATES = 60  # of each organisation; they are compared
RECALL_AT = 50
POSTINGS_AT_MOST = 400  # a term of more organisations finds none
_PLACE_TERMS = 3.0  # how much more a phone or an address counts than letters
FOLDS = 5
UNPROPOSED = "labelled_unproposed"  # the set of labelled pairs without those that a model proposed


class Pair(NamedTuple):
    """Two organisations of a set, by their places. records: how many pairs of records they stand for. same: whether
    they are one."""

    left: int
    right: int
    records: int
    same: bool


class LabelledSet(NamedTuple):
    """A labelled set. groups: the owner of each organisation; sizes: how many records it stands for. true_pairs: of
    records. recall: of candidates, None if pairs are given."""

    name: str
    organisations: Sequence[Organisation]
    groups: Sequence[str]
    sizes: Sequence[int]
    pairs: Sequence[Pair]
    true_pairs: int
    recall: float | None = None

    def fold(self, place: int) -> int:
        """The fold of the owner of an organisation."""
        return fold_of(self.groups[place])


def fold_of(group: str) -> int:
    """The fold of an owner, by a hash of its id."""
    return int.from_bytes(sha256(group.encode()).digest()[:4]) % FOLDS


def load(folder: Path, only: Iterable[str] = ()) -> list[LabelledSet]:
    """The labelled sets of the folder. only: the names of those wanted; all if empty."""
    readers = {"patents": _patents, "chicago": _chicago, "ofac": _ofac, "taiwan": _taiwan, "labelled": _labelled}
    readers |= {UNPROPOSED: _unproposed}
    return [readers[name](folder) for name in only or readers]


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _patents(folder: Path) -> LabelledSet:
    """Each name of an owner once; all pairs."""
    rows = _rows(folder, "er_patent_applicants.csv")
    counted = Counter((row["entity_id"], row["name"]) for row in rows)
    organisations = [Organisation(names=(name,), country="NL") for _, name in counted]
    groups, sizes = [group for group, _ in counted], list(counted.values())
    pairs = [
        Pair(left, right, sizes[left] * sizes[right], groups[left] == groups[right])
        for left, right in combinations(range(len(sizes)), 2)
    ]
    pairs += [Pair(place, place, size * (size - 1) // 2, True) for place, size in enumerate(sizes) if size > 1]
    prepared = [prepare(one) for one in organisations]
    return LabelledSet(
        "patents",
        organisations,
        groups,
        sizes,
        pairs,
        _true_pairs(row["entity_id"] for row in rows),
        recall=_recall(groups, candidates(prepared)),
    )


def _chicago(folder: Path) -> LabelledSet:
    rows = _rows(folder, "er_chicago_sites.csv")
    found = [
        Organisation(
            names=(row["name"],), country="US", address=row["address"], postal_code=row["zip"], phone=row["phone"]
        )
        for row in rows
    ]
    return _with_candidates("chicago", found, [row["entity_id"] for row in rows])


def _ofac(folder: Path) -> LabelledSet:
    rows = _rows(folder, "er_ofac_entity_names.csv")
    codes = {name: code for code, name in Locale("en").territories.items()}
    found = [Organisation(names=(row["name"],), country=codes.get(row["country"], "")) for row in rows]
    return _with_candidates("ofac", found, [row["entity_id"] for row in rows])


def _taiwan(folder: Path) -> LabelledSet:
    rows = _rows(folder, "er_tw_name_pairs.csv")
    return _of_pairs("taiwan", rows, [row["stock_code_a"] for row in rows], country="TW")


def _labelled(folder: Path) -> LabelledSet:
    rows = _rows(folder, "er_labelled_name_pairs.csv")
    return _of_pairs("labelled", rows, _components(rows), country="")


def _unproposed(folder: Path) -> LabelledSet:
    """The labelled pairs that no model proposed; they are measured, and not trained on a second time."""
    rows = [row for row in _rows(folder, "er_labelled_name_pairs.csv") if row["llm_proposed"] != "1"]
    return _of_pairs(UNPROPOSED, rows, _components(rows), country="")


def _of_pairs(name: str, rows: Sequence[dict[str, str]], groups: Sequence[str], *, country: str) -> LabelledSet:
    found = [Organisation(names=(text,), country=country) for row in rows for text in (row["name_a"], row["name_b"])]
    pairs = [Pair(2 * place, 2 * place + 1, 1, row["is_match"] == "1") for place, row in enumerate(rows)]
    doubled = [group for group in groups for _ in range(2)]
    return LabelledSet(name, found, doubled, [1] * len(found), pairs, sum(pair.same for pair in pairs))


def _components(rows: Sequence[dict[str, str]]) -> list[str]:
    """For each row, a name that stands for all rows which are linked with it by common names."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for row in rows:
        parent[root(row["name_a"])] = root(row["name_b"])
    return [root(row["name_a"]) for row in rows]


def _with_candidates(name: str, found: Sequence[Organisation], groups: Sequence[str]) -> LabelledSet:
    """Each organisation with its candidates; pairs that are no candidates count as missed."""
    near = candidates([prepare(one) for one in found])
    both = sorted({(min(place, other), max(place, other)) for place, others in enumerate(near) for other in others})
    pairs = [Pair(left, right, 1, groups[left] == groups[right]) for left, right in both]
    recall = _recall(groups, near)
    return LabelledSet(name, found, groups, [1] * len(found), pairs, _true_pairs(groups), recall=recall)


def _true_pairs(groups: Iterable[str]) -> int:
    return sum(count * (count - 1) // 2 for count in Counter(groups).values())


def candidates(prepared: Sequence[Prepared]) -> list[list[int]]:
    """For each organisation the places of those that share the most telling terms with it, best first."""
    filed = [terms(one) for one in prepared]
    postings: dict[str, list[int]] = defaultdict(list)
    for place, own in enumerate(filed):
        for term in own:
            postings[term].append(place)
    found = []
    for place, own in enumerate(filed):
        scores: dict[int, float] = defaultdict(float)
        for term in own:
            others = postings[term]
            if len(others) > POSTINGS_AT_MOST:
                continue
            told = (0.5 + math.log(len(filed) / len(others))) * (_PLACE_TERMS if term[0] in "pad" else 1.0)
            for other in others:
                scores[other] += told
        scores.pop(place, None)
        found.append(sorted(scores, key=lambda other: (-scores[other], other))[:CANDIDATES])
    return found


def _recall(groups: Sequence[str], near: Sequence[Sequence[int]]) -> float:
    """The share of true partners among the first RECALL_AT candidates, of as many as could be there."""
    owned = Counter(groups)
    hit = wanted = 0
    for place, others in enumerate(near):
        group = groups[place]
        hit += sum(groups[other] == group for other in others[:RECALL_AT])
        wanted += min(RECALL_AT, owned[group] - 1)
    return hit / wanted
