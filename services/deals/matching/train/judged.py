"""Pairs that persons of a vendor have judged, as two labelled sets: all of them, and those that the model had not
shown."""

import csv
from collections.abc import Sequence
from pathlib import Path

from libs.matching import Organisation
from services.deals.matching.train.sets import LabelledSet, Pair

JUDGED_SET, JUDGED_UNSHOWN = "judged", "judged_unproposed"
_SIDES = ("one", "other")
COLUMNS = (
    *(
        f"{side}_{field}"
        for side in _SIDES
        for field in ("name", "country", "address", "postal_code", "phone", "domain")
    ),
    "verdict",
    "proposed",
)
"""The columns of the file: the fields of ListJudgedPairs, of the names the first. verdict: SAME or DIFFERENT; proposed:
true or false."""


def judged_sets(path: Path) -> list[LabelledSet]:
    """The sets of a file with COLUMNS. ValueError if it has others; a set without pairs is left out."""
    with path.open(encoding="utf-8", newline="") as lines:
        read = csv.DictReader(lines)
        if tuple(read.fieldnames or ()) != COLUMNS:
            raise ValueError(f"{path} must have the columns {','.join(COLUMNS)}")
        rows = list(read)
    unproposed = [row for row in rows if row["proposed"] == "false"]
    return [_set(name, some) for name, some in ((JUDGED_SET, rows), (JUDGED_UNSHOWN, unproposed)) if some]


def _set(name: str, rows: Sequence[dict[str, str]]) -> LabelledSet:
    found = [_organisation(row, side) for row in rows for side in _SIDES]
    pairs = [Pair(2 * place, 2 * place + 1, 1, row["verdict"] == "SAME") for place, row in enumerate(rows)]
    # Both customers of a pair are of one group, so that a fold never divides it.
    groups = [f"{row['one_name']} {row['one_country']}" for row in rows for _ in _SIDES]
    return LabelledSet(name, found, groups, [1] * len(found), pairs, sum(pair.same for pair in pairs))


def _organisation(row: dict[str, str], side: str) -> Organisation:
    return Organisation(
        names=(row[f"{side}_name"],),
        country=row[f"{side}_country"],
        address=row[f"{side}_address"],
        postal_code=row[f"{side}_postal_code"],
        phone=row[f"{side}_phone"],
        domain=row[f"{side}_domain"],
    )
