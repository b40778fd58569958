"""The traps a mapping knows: what must hold for the rows of one message, and what happens where it does not.

    is_not     no row is `where`
    has        some row is `where`
    same       all rows that are `where` have one value in each of `columns`
    in_order   in each row, `columns` do not decrease from left to right; empty ones do not count
    rising     `columns` do not decrease from row to row
    follows    no row has in `columns` less than the first row of the message has in `against`
    sum        the sum of `columns` over the rows is what the first row of the message has in `against`
    count      the number of rows is what the first row of the message has in `against`
    adds_up    in each row, `columns` (with `-` before one that is subtracted) add up to `against`
    unique     no two messages have the same `columns`
    no_copies  no two rows of a message agree in `columns`, or in all columns where none are named

A rule with `when` holds only for messages whose first row is so. Dates and times are compared as ISO text, numbers
exactly (`as_number`), sums within `within`. A `same` rule settles what becomes of rows that differ in what their
message takes once, with `notice` the first is taken; where no rule settles it the message is refused (scope.py).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from services.imports.grouping import Group
from services.imports.mapping import Rule, Test, pattern
from services.imports.notes import Note, Outcome, about
from services.imports.table import Row

REMEMBERED = 1_000_000  # values a `unique` rule can tell apart
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_OUTCOMES = {"notice": Outcome.NOTICED, "leave_out": Outcome.LEFT_OUT, "refuse": Outcome.REFUSED}

Breach = tuple[Row, str]
Place = tuple[Literal["row", "details"], str]  # a column of the rows, or of the details
Settled = frozenset[Place]


def holds(tests: Mapping[str, Test], values: Mapping[str, str]) -> bool:
    """Whether a row passes every test."""
    return all(_passes(test, values[column]) for column, test in tests.items())


def _passes(test: Test, text: str) -> bool:
    if test.one_of is not None and text not in test.one_of:
        return False
    if test.none_of is not None and text in test.none_of:
        return False
    if test.empty is not None and test.empty != (not text):
        return False
    if test.number and not _has_sign(text, test.number):
        return False
    return not test.matches or pattern(test.matches).fullmatch(text) is not None


def _has_sign(text: str, wanted: str) -> bool:
    if (found := number(text)) is None:
        return False
    return wanted == ("zero" if found == 0 else "negative" if found < 0 else "positive")


def number(text: str) -> Decimal | None:
    """The exact number in a text, with a decimal point or none; None if it is none."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


class Rules:
    """The rules of one mapping over one run; `unique` remembers what it has seen."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self._rules = rules
        self._seen: list[set[int]] = [set() for _ in rules]

    def apply(self, group: Group) -> tuple[Group, list[Note]]:
        """The group without the rows to be left out, and every breach."""
        notes: list[Note] = []
        for rule, seen in zip(self._rules, self._seen, strict=True):
            if not group.rows or not holds(rule.when, group.rows[0].values):
                continue
            breaches = list(_unique(rule, group, seen) if rule.check == "unique" else _CHECKS[rule.check](rule, group))
            notes += [_note(rule, row, what) for row, what in breaches]
            if rule.then == "leave_out" and breaches:
                gone = {(row.file, row.line) for row, _ in breaches}
                group = Group(group.key, _without(group.rows, gone), _without(group.details, gone))
        return group, notes

    def settled(self, group: Group) -> Settled:
        """The columns of which a `same` rule compared the first row, from which they are read, with the others."""
        found: set[Place] = set()
        for rule in self._rules:
            if rule.check != "same" or rule.of == "header" or not holds(rule.when, group.rows[0].values):
                continue
            first = (group.details if rule.of == "details" else group.rows)[:1]
            if all(holds(rule.where, row.values) for row in first):
                found |= {(rule.of, column) for column in rule.columns}
        return frozenset(found)


def _note(rule: Rule, row: Row, what: str) -> Note:
    description = f"{rule.say} ({what})" if what else rule.say
    field = rule.columns[0] if rule.columns else next(iter(rule.where), "")
    return about(row, _OUTCOMES[rule.then], field=field, reason=rule.reason, description=description)


def _without(rows: tuple[Row, ...], gone: set[tuple[str, int]]) -> tuple[Row, ...]:
    return tuple(row for row in rows if (row.file, row.line) not in gone)


def _rows(rule: Rule, group: Group) -> tuple[Row, ...]:
    rows = group.details if rule.of == "details" else group.rows[:1] if rule.of == "header" else group.rows
    return tuple(row for row in rows if holds(rule.where, row.values)) if rule.where else rows


def _is_not(rule: Rule, group: Group) -> Iterator[Breach]:
    for row in _rows(rule, group):
        yield row, ", ".join(f"{column} {row.values[column]!r}" for column in rule.columns)


def _has(rule: Rule, group: Group) -> Iterator[Breach]:
    if not _rows(rule, group):
        yield group.rows[0], ""


def _same(rule: Rule, group: Group) -> Iterator[Breach]:
    rows = _rows(rule, group)
    for column in rule.columns:
        for row in rows:
            if row.values[column] != rows[0].values[column]:
                yield row, f"{column} {row.values[column]!r} after {rows[0].values[column]!r} in line {rows[0].line}"
                if rule.then != "leave_out":
                    break


def _in_order(rule: Rule, group: Group) -> Iterator[Breach]:
    for row in _rows(rule, group):
        filled = [column for column in rule.columns if row.values[column]]
        for one, other in pairwise(filled):
            if _less(row.values[other], row.values[one], rule):
                yield row, f"{other} {row.values[other]} is before {one} {row.values[one]}"
                break


def _rising(rule: Rule, group: Group) -> Iterator[Breach]:
    rows = _rows(rule, group)
    for one, other in pairwise(rows):
        for column in rule.columns:
            if _less(other.values[column], one.values[column], rule):
                yield other, f"{column} {other.values[column]} after {one.values[column]} in line {one.line}"
                break


def _follows(rule: Rule, group: Group) -> Iterator[Breach]:
    first = group.rows[0].values[rule.against]
    for row in _rows(rule, group):
        for column in rule.columns:
            if _less(row.values[column], first, rule):
                yield row, f"{column} {row.values[column]} is before {rule.against} {first}"


def _less(one: str, other: str, rule: Rule) -> bool:
    if not rule.as_number:
        return one < other
    low, high = number(one), number(other)
    return low is not None and high is not None and low < high


def _sum(rule: Rule, group: Group) -> Iterator[Breach]:
    for column in rule.columns:
        found = _total([row.values[column] for row in _rows(rule, group)])
        yield from _compare(rule, group, found, f"{column} adds up to")


def _count(rule: Rule, group: Group) -> Iterator[Breach]:
    yield from _compare(rule, group, Decimal(len(_rows(rule, group))), "the number of rows is")


def _compare(rule: Rule, group: Group, found: Decimal | None, what: str) -> Iterator[Breach]:
    wanted = number(group.rows[0].values[rule.against])
    if found is None or wanted is None or abs(found - wanted) > Decimal(rule.within):
        yield group.rows[0], f"{what} {found}, {rule.against} is {group.rows[0].values[rule.against]}"


def _adds_up(rule: Rule, group: Group) -> Iterator[Breach]:
    for row in _rows(rule, group):
        terms = [(column.removeprefix("-"), column.startswith("-")) for column in rule.columns]
        found = _total([("-" if minus else "") + row.values[column] for column, minus in terms])
        wanted = number(row.values[rule.against])
        if found is None or wanted is None or abs(found - wanted) > Decimal(rule.within):
            yield row, f"{' '.join(rule.columns)} is {found}, {rule.against} is {row.values[rule.against]}"


def _total(texts: list[str]) -> Decimal | None:
    found = [number(text) for text in texts]
    return None if None in found else sum((one for one in found if one is not None), Decimal(0))


def _no_copies(rule: Rule, group: Group) -> Iterator[Breach]:
    first: dict[tuple[str, ...], int] = {}
    for row in _rows(rule, group):
        values = tuple(row.values[column] for column in rule.columns or row.values)
        if (line := first.setdefault(values, row.line)) != row.line:
            yield row, f"as line {line}"


def _unique(rule: Rule, group: Group, seen: set[int]) -> Iterator[Breach]:
    for row in _rows(rule, group)[:1]:
        values = tuple(row.values[column] for column in rule.columns)
        if (known := hash(values)) in seen:
            yield row, ", ".join(values)
        elif len(seen) < REMEMBERED:
            seen.add(known)


_CHECKS: dict[str, Callable[[Rule, Group], Iterator[Breach]]] = {
    "is_not": _is_not,
    "has": _has,
    "same": _same,
    "in_order": _in_order,
    "rising": _rising,
    "follows": _follows,
    "sum": _sum,
    "count": _count,
    "adds_up": _adds_up,
    "no_copies": _no_copies,
}
