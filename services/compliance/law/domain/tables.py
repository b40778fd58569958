"""Reads the tables of laws, CSV files beside the rules that are made of them.

A term is written as `1 month rolled`, `10 working days`, `45 days` or `72 hours`; `rolled` moves the end to the next
working day. A row has the date from which it is in force, a version and its source; a changed term is a new row with a
later date, so that what began earlier keeps its own. Counsel signs the rows off before production.
"""

import csv
from collections.abc import Callable
from importlib.resources import files
from typing import TypeVar

from libs.deadlines import Allowance, CalendarDays, CalendarMonths, ElapsedTime, WorkingDays

_ROLLED = " rolled"
_FLAGS = {"yes": True, "no": False}

R = TypeVar("R")


def table(package: str, name: str, row: Callable[[dict[str, str]], R]) -> tuple[R, ...]:
    """All rows of the table with this file name in the package; ValueError or KeyError for one that cannot be read."""
    text = (files(package) / name).read_text(encoding="utf-8")
    return tuple(row(cells) for cells in csv.DictReader(text.splitlines(), strict=True))


def flag_of(text: str) -> bool:
    """What `yes` or `no` says; KeyError for anything else."""
    return _FLAGS[text]


def allowance_of(text: str) -> Allowance:
    """The allowance that a term stands for; ValueError if it is none."""
    rolled, words = text.endswith(_ROLLED), text.removesuffix(_ROLLED).split(maxsplit=1)
    if len(words) != 2 or not words[0].isdecimal():
        raise ValueError(f"{text!r} is no term")
    number, unit = int(words[0]), words[1].removesuffix("s")
    match unit:
        case "month":
            return CalendarMonths(months=number, roll_forward=rolled)
        case "day":
            return CalendarDays(days=number, roll_forward=rolled)
        case "working day" if not rolled:
            return WorkingDays(days=number)
        case "hour" if not rolled:
            return ElapsedTime(hours=number)
        case _:
            raise ValueError(f"{text!r} is no term")
