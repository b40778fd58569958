"""Serial numbers as callers send them: one by one, or as ranges of the number at their end."""

import re
from collections.abc import Iterator
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from libs.errors import AppError, Code, Violation

SERIALS_PER_DOCUMENT = 1_000  # a commit writes one document per serial

_NUMBERED = re.compile(r"(.*?)([0-9]+)")


class SerialRange(msgspec.Struct, frozen=True, kw_only=True):
    """All serials from `first` to `last`: the same text, then the same number of digits."""

    first: str
    last: str


class SerialLine(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of one order line. serials: none, or one for each piece. serial_ranges: more serials, in the form that
    callers may send; empty in stored documents."""

    line_number: int
    quantity: int
    serials: tuple[str, ...] = ()
    serial_ranges: tuple[SerialRange, ...] = ()


class TooManySerials(AppError):
    """The shipment or return has more serials than one commit may write."""

    code, reason = Code.RESOURCE_EXHAUSTED, "TOO_MANY_SERIALS"

    def __init__(self) -> None:
        super().__init__(
            f"a shipment or return takes {SERIALS_PER_DOCUMENT} serials; record it as several",
            limit=SERIALS_PER_DOCUMENT,
        )


L = TypeVar("L", bound=SerialLine)


def spelled_out(lines: tuple[L, ...]) -> tuple[tuple[L, ...], list[Violation]]:
    """The lines with their ranges expanded into serials, and the violations of the ranges; a line with an invalid range
    has no serials. TooManySerials, before any range is expanded."""
    violations: list[Violation] = []
    named = sum(len(line.serials) for line in lines)
    if named + sum(len(line.serial_ranges) for line in lines) > SERIALS_PER_DOCUMENT:
        raise TooManySerials
    ranges = [_ranges(line, f"lines[{place}].serial_ranges", violations) for place, line in enumerate(lines)]
    if named + sum(numbers.stop - numbers.start for found in ranges for _, numbers in found) > SERIALS_PER_DOCUMENT:
        raise TooManySerials
    spelled = []
    for place, (line, found) in enumerate(zip(lines, ranges, strict=True)):
        serials = (*line.serials, *(serial for one, numbers in found for serial in _members(one, numbers)))
        if len(set(serials)) < len(serials):
            violations.append(Violation(f"lines[{place}].serial_ranges", "name a serial twice", "DUPLICATE_SERIAL"))
        whole = len(found) == len(line.serial_ranges)
        spelled.append(replace(line, serials=serials if whole else (), serial_ranges=()))
    return tuple(spelled), violations


def _ranges(line: SerialLine, path: str, violations: list[Violation]) -> list[tuple[SerialRange, range]]:
    found = []
    for place, one in enumerate(line.serial_ranges):
        first, last = _NUMBERED.fullmatch(one.first), _NUMBERED.fullmatch(one.last)
        if first is None or last is None or first[1] != last[1] or len(first[2]) != len(last[2]):
            problem = "first and last must differ in the digits at the end alone, as many in both"
            violations.append(Violation(f"{path}[{place}]", problem, "BAD_SERIAL_RANGE"))
        elif last[2] < first[2]:
            violations.append(Violation(f"{path}[{place}]", "ends before it begins", "BAD_SERIAL_RANGE"))
        else:
            found.append((one, range(int(first[2]), int(last[2]) + 1)))
    return found


def _members(one: SerialRange, numbers: range) -> Iterator[str]:
    matched = _NUMBERED.fullmatch(one.first)
    assert matched is not None, "the range was checked"
    return (f"{matched[1]}{number:0{len(matched[2])}d}" for number in numbers)
