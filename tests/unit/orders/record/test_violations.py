"""Which lines of a document a caller may name: each that it has, once."""

from hypothesis import given
from hypothesis import strategies as st

from services.orders.record.domain.violations import LineNumbers


@given(known=st.sets(st.integers(1, 6)), named=st.lists(st.integers(0, 7), max_size=8))
def test_every_line_that_is_unknown_or_named_before_is_refused_at_its_place(known: set[int], named: list[int]) -> None:
    lines = LineNumbers(known, "order")
    found = [(one.field, one.reason) for place, number in enumerate(named) for one in lines.violations(place, number)]
    expected = []
    for place, number in enumerate(named):
        field = f"lines[{place}].line_number"
        expected += [(field, "UNKNOWN_LINE")] * (number not in known)
        expected += [(field, "DUPLICATE_LINE")] * (number in named[:place])
    assert found == expected
