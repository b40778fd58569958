"""The two tables of this folder: what is kept (`schedule.csv`), and how long by the law of which country
(`periods.csv`)."""

import csv
from collections.abc import Callable
from datetime import date
from enum import Enum
from functools import cache, lru_cache
from importlib.resources import files
from typing import TypeVar

import msgspec

from libs.retention.grounds import WithholdingGround
from libs.retention.periods import Period

ANY = "ANY"
_PERIODS_KEPT = 4_096  # classes of records by countries by days

R = TypeVar("R")


class Action(Enum):
    """What happens to a row at the end of its period. KEEP: nothing, the rule only says until when it must stay."""

    KEEP = "KEEP"
    ERASE_PERSONS = "ERASE_PERSONS"
    DELETE = "DELETE"


class Standing(Enum):
    """Whether the law sets the period, the vendor does because the law sets none, or it is known from secondary
    sources only."""

    STATUTE = "STATUTE"
    HOUSE_LIMIT = "HOUSE_LIMIT"
    UNCONFIRMED = "UNCONFIRMED"


class ScheduleRow(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept. service: empty for a kind that several services have. rule: its name, unique in the kind. trigger:
    what starts the period, one line. record: the class of records whose period applies."""

    service: str
    kind: str
    rule: str
    record: str
    trigger: str
    action: Action


class RecordPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """How long a class of records is kept by the law of a country (ISO 3166-1 alpha-2, or ANY). in_force: from this day
    on it applies to all rows, older ones too. ground: on which an erasure leaves a row meanwhile; None: it does not.
    basis: the provision, one line."""

    record: str
    country: str
    version: int
    in_force: date
    text: str
    period: Period
    ground: WithholdingGround | None
    standing: Standing
    basis: str
    source: str


@cache
def schedule() -> tuple[ScheduleRow, ...]:
    """All rows of `schedule.csv`. ValueError, KeyError for one that cannot be read."""
    return _table("schedule.csv", lambda cells: msgspec.convert(cells, ScheduleRow))


@cache
def periods() -> tuple[RecordPeriod, ...]:
    """All rows of `periods.csv`. ValueError, KeyError for one that cannot be read."""
    return _table("periods.csv", _period)


@lru_cache(maxsize=_PERIODS_KEPT)
def period_of(record: str, country: str, day: date) -> RecordPeriod:
    """The period of a class of records that is in force on a day: that of the country, else that of any. KeyError if
    there is none."""
    known = [one for one in periods() if one.record == record and one.in_force <= day]
    for place in (country, ANY):
        if found := [one for one in known if one.country == place]:
            return max(found, key=lambda one: one.in_force)
    raise KeyError(f"{record} has no period on {day}")


def _period(cells: dict[str, str]) -> RecordPeriod:
    ground = cells["ground"]
    return RecordPeriod(
        record=cells["record"],
        country=cells["country"],
        version=int(cells["version"]),
        in_force=date.fromisoformat(cells["in_force"]),
        text=cells["period"],
        period=Period.read(cells["period"]),
        ground=WithholdingGround[ground] if ground else None,
        standing=Standing[cells["standing"]],
        basis=cells["basis"],
        source=cells["source"],
    )


def _table(name: str, row: Callable[[dict[str, str]], R]) -> tuple[R, ...]:
    text = (files("libs.retention") / name).read_text(encoding="utf-8")
    return tuple(row(cells) for cells in csv.DictReader(text.splitlines(), strict=True))
