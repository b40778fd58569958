"""How far one exact form of a name goes on real names whose owners are known; `--log-cli-level=info` tells."""

import csv
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import NamedTuple

from libs.company_name import name_form
from libs.organisation import phone_number
from tests.data import DATA, needs_data

Row = dict[str, str]
PHILIPS = "26842439"  # 676 spellings, most of them typing errors: 95 of 100 pairs of the file
pytestmark = needs_data
log = logging.getLogger(__name__)


class Found(NamedTuple):
    """Pairs of rows with one key: of one owner, and of two; and all pairs of one owner."""

    right: int
    wrong: int
    all: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / self.all


def _rows(name: str) -> list[Row]:
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _found(rows: Iterable[Row], key: Callable[[Row], Hashable]) -> Found:
    owners, keys, both = Counter[Hashable](), Counter[Hashable](), Counter[Hashable]()
    for row in rows:
        owners[row["entity_id"]] += 1
        if (found := key(row)) is not None:
            keys[found] += 1
            both[found, row["entity_id"]] += 1
    right = _pairs(both)
    return Found(right, _pairs(keys) - right, _pairs(owners))


def _pairs(counted: Counter[Hashable]) -> int:
    return sum(count * (count - 1) // 2 for count in counted.values())


def _judged(name: str) -> Found:
    same: dict[str, Counter[bool]] = defaultdict(Counter)
    for row in _rows(name):
        same[row["is_match"]][name_form(row["name_a"]) == name_form(row["name_b"])] += 1
    return Found(same["1"][True], same["0"][True], same["1"].total())


def _told(what: str, found: Found) -> None:
    log.info("%s: precision %.4f, recall %.4f, %s", what, found.precision, found.recall, found)


def test_applicants_for_patents_are_found_by_their_name() -> None:
    """One of the owners has so many typing errors that all others weigh nothing beside it; near matches are for it."""
    rows = _rows("er_patent_applicants.csv")
    found = _found(rows, lambda row: name_form(row["name"], "NL"))
    others = _found((row for row in rows if row["entity_id"] != PHILIPS), lambda row: name_form(row["name"], "NL"))
    _told("patents", found)
    _told("patents without Philips", others)
    assert found.precision >= 0.99
    assert (others.precision, others.recall) >= (0.99, 0.66)
    assert others.recall >= 0.66
    assert found.recall >= 0.24


def test_sites_in_chicago_are_found_by_name_and_phone() -> None:
    found = _found(
        _rows("er_chicago_sites.csv"),
        lambda row: (name_form(row["name"], "US"), phone_number(row["phone"], "US")) if row["phone"] else None,
    )
    _told("Chicago, name and phone", found)
    assert found.precision >= 0.95
    assert found.recall >= 0.30


def test_short_names_of_companies_in_taiwan_are_mostly_other_names() -> None:
    found = _judged("er_tw_name_pairs.csv")
    _told("Taiwan, full and short names", found)
    assert found.precision == 1
    assert found.right >= 42


def test_labelled_names_are_one_where_they_are_called_so() -> None:
    found = _judged("er_labelled_name_pairs.csv")
    _told("labelled pairs", found)
    assert found.precision >= 0.98
    assert found.right >= 62
