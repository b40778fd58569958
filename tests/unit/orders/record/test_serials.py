"""Serials named as ranges, against an oracle that counts up from the first."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.errors import Violation
from services.orders.record.domain.goods import ShipmentLine
from services.orders.record.domain.serials import SerialRange, TooManySerials, spelled_out


def line(*ranges: tuple[str, str], serials: tuple[str, ...] = (), number: int = 1) -> ShipmentLine:
    """One piece, whatever its serials."""
    named = tuple(SerialRange(first=first, last=last) for first, last in ranges)
    return ShipmentLine(line_number=number, quantity=1, serials=serials, serial_ranges=named)


def next_serial(serial: str) -> str:
    """The one after it, as on a counter that has wheels for its last digits."""
    head = serial.rstrip("9")
    return f"{head[:-1]}{string.digits[string.digits.index(head[-1]) + 1]}{'0' * (len(serial) - len(head))}"


@given(
    st.text(st.sampled_from("AZ09._/-"), max_size=8).filter(lambda text: text[-1:] not in string.digits or not text),
    st.integers(1, 12),
    st.integers(0, 10**12),
    st.integers(1, 60),
)
def test_a_range_has_every_serial_from_the_first_to_the_last(text: str, digits: int, start: int, count: int) -> None:
    start = min(start, 10**digits - 1)
    count = min(count, 10**digits - start)
    expected = [f"{text}{start:0{digits}d}"]
    while len(expected) < count:
        expected.append(next_serial(expected[-1]))
    found, wrong = spelled_out((line((expected[0], expected[-1]), serials=("B",)),))
    assert (found[0].serials, found[0].serial_ranges, wrong) == (("B", *expected), (), [])


@pytest.mark.parametrize(
    ("first", "last"),
    [("A1", "B2"), ("A9", "A10"), ("A2", "A1"), ("A", "B"), ("A1B", "A2B"), ("A-01", "A-1"), ("1A", "2")],
)
def test_what_is_no_range_is_named_and_left_out(first: str, last: str) -> None:
    found, wrong = spelled_out((line(("A1", "A1")), line(("A2", "A3"), (first, last))))
    assert [(one.field, one.reason) for one in wrong] == [("lines[1].serial_ranges[1]", "BAD_SERIAL_RANGE")]
    assert [one.serials for one in found] == [("A1",), ()]


def test_no_serial_is_named_twice() -> None:
    _, wrong = spelled_out((line(("A1", "A5"), serials=("A3",)), line(("A1", "A5"), ("A5", "A6"))))
    problem = "name a serial twice"
    assert wrong == [Violation(f"lines[{n}].serial_ranges", problem, "DUPLICATE_SERIAL") for n in (0, 1)]


@pytest.mark.parametrize(
    "lines",
    [
        (line(("A0001", "A1000"), serials=("B",)),),
        (line(("A001", "A600")), line(("B001", "B401"))),
        (line(("0" * 64, "9" * 64)),),
        (line(*[("A", "B")] * 1_001),),
    ],
)
def test_more_serials_than_a_commit_takes_are_refused_before_one_is_made(lines: tuple[ShipmentLine, ...]) -> None:
    with pytest.raises(TooManySerials, match="1000 serials"):
        spelled_out(lines)


def test_a_thousand_serials_are_taken() -> None:
    [found], wrong = spelled_out((line(("A001", "A999"), serials=("A000",)),))
    assert (len(set(found.serials)), wrong) == (1_000, [])
