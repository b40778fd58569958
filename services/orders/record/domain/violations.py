"""Checks that several slices share: days, sources of external ids, line numbers."""

from collections.abc import Collection, Iterator
from datetime import date

from libs.day import first_day_violations
from libs.errors import InvalidInput, Violation


def begun_violations(field: str, day: date, *, latest: date) -> Iterator[Violation]:
    """The violation of a day on which something has happened: after `latest`, the last day that has begun, or before
    the first accepted day."""
    if day > latest:
        yield Violation(field, "is in the future", "IN_THE_FUTURE")
    yield from first_day_violations(field, day)


def early_violations(field: str, day: date, first: date) -> Iterator[Violation]:
    """The violation of a day before `first`."""
    if day < first:
        yield Violation(field, f"is before {first}", "DATES_OUT_OF_ORDER")


def source_violations(external_id: str | None, external_source: str) -> Iterator[Violation]:
    """The violation of an external id without a source."""
    if external_id is not None and not external_source:
        yield Violation("external_source", "is needed with external_id", "REQUIRED")


class LineNumbers:
    """Checks the line numbers that a caller names: each must exist and be named once. document: its name in
    messages."""

    def __init__(self, known: Collection[int], document: str) -> None:
        self._known = known
        self._document = document
        self._named: set[int] = set()

    def violations(self, place: int, number: int) -> Iterator[Violation]:
        """The violations of the line number at this place; to be called for one place after the other."""
        path = f"lines[{place}].line_number"
        if number not in self._known:
            yield Violation(path, f"is no line of the {self._document}", "UNKNOWN_LINE")
        if number in self._named:
            yield Violation(path, "stands there twice", "DUPLICATE_LINE")
        self._named.add(number)


def refuse(*found: Violation) -> None:
    """InvalidInput with these violations, if there are any."""
    if found:
        raise InvalidInput(found)
