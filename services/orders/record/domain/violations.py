"""What a document cannot have: days, and lines that are named."""

from collections.abc import Collection, Iterator
from datetime import date

from libs.errors import InvalidInput, Violation


def future_violations(field: str, day: date, *, latest: date) -> Iterator[Violation]:
    """The field of a day that has begun nowhere; `latest` is the last one that has begun."""
    if day > latest:
        yield Violation(field, "is in the future", "IN_THE_FUTURE")


def early_violations(field: str, day: date, first: date) -> Iterator[Violation]:
    """The field of a day before the first one it can be."""
    if day < first:
        yield Violation(field, f"is before {first}", "DATES_OUT_OF_ORDER")


def source_violations(external_id: str | None, external_source: str) -> Iterator[Violation]:
    """The field of the source, if an external id comes without it."""
    if external_id is not None and not external_source:
        yield Violation("external_source", "is needed with external_id", "REQUIRED")


class LineNumbers:
    """The lines of one document that a caller names; each must exist and be named once. document: what it is called."""

    def __init__(self, known: Collection[int], document: str) -> None:
        self._known = known
        self._document = document
        self._named: set[int] = set()

    def violations(self, place: int, number: int) -> Iterator[Violation]:
        """What is wrong with the number of the line at this place, asked for one place after the other."""
        path = f"lines[{place}].line_number"
        if number not in self._known:
            yield Violation(path, f"is no line of the {self._document}", "UNKNOWN_LINE")
        if number in self._named:
            yield Violation(path, "stands there twice", "DUPLICATE_LINE")
        self._named.add(number)


def refuse(*found: Violation) -> None:
    """InvalidInput with everything that was found, if anything was."""
    if found:
        raise InvalidInput(found)
