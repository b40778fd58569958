"""A line of an export can be written in one way only: nothing finds room in it, beside it or between two of them."""

import pytest

from libs.audit.lines import MAX_LINE_BYTES, entry_line
from tests.unit.libs.audit.exports import an_entry, an_export, checked, lines_of, said
from tests.unit.libs.audit.mutations import mutations


@pytest.mark.parametrize("place", [0, 4, 6, -1], ids=["header", "entry", "checkpoint", "end"])
def test_whatever_is_done_to_a_line_is_found(place: int) -> None:
    whole = lines_of([{**an_entry(number), "shown_ids": ["a", "b"], "in": {"x": 1}} for number in range(6)])
    assert checked(whole).sound
    for mutated in mutations(whole[place]):
        lines = list(whole)
        lines[place] = mutated
        assert not checked(lines).sound, mutated


@pytest.mark.parametrize(
    "beside", [b"\n", b" \n", b"\r\n", b"{}\n", b"[]\n", b"null\n", b"\xef\xbb\xbf\n", b"\x00\n", b"x", b"\x1a"]
)
def test_nothing_may_stand_between_the_lines_before_them_or_after_them(beside: bytes) -> None:
    whole = an_export()
    for place in range(len(whole) + 1):
        assert not checked([*whole[:place], beside, *whole[place:]]).sound, place


def test_a_line_of_any_length_is_one_only_with_its_line_feed() -> None:
    room = MAX_LINE_BYTES - len(entry_line(3, "0" * 64, {**an_entry(3), "note": "x"}))
    for missing in range(4):
        lines = lines_of([*map(an_entry, range(3)), {**an_entry(3), "note": "x" * (room + missing)}])
        lines[4] = lines[4].removesuffix(b"\n")
        assert said(lines), missing
