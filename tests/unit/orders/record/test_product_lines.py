"""What events say of product lines adds up to the document, however many product lines it has."""

from hypothesis import given
from hypothesis import strategies as st

from libs.money import Money, total
from services.orders.record.domain.amounts import PRODUCT_LINES_PER_EVENT, product_line_amounts
from services.orders.record.domain.order import LineAmounts

_PARTS = st.lists(st.tuples(st.integers(0, 70), st.integers(-(10**6), 10**6), st.integers(0, 10**6)), max_size=90)


def _amounts(amount: int, discount: int) -> LineAmounts:
    nothing = Money.zero("EUR")
    return LineAmounts(
        unit_price=nothing, discount=Money(discount, "EUR"), amount=Money(amount, "EUR"), tax=nothing, freight=nothing
    )


@given(_PARTS)
def test_the_product_lines_of_an_event_add_up_to_the_document(parts: list[tuple[int, int, int]]) -> None:
    given_ = [(f"line-{line}" if line else "", _amounts(amount, discount)) for line, amount, discount in parts]
    found = product_line_amounts(given_)
    assert total([one.amount for one in found], "EUR") == total([one.amount for _, one in given_], "EUR")
    assert total([one.discount for one in found], "EUR") == total([one.discount for _, one in given_], "EUR")
    assert len(found) <= PRODUCT_LINES_PER_EVENT
    assert len({one.product_line for one in found}) == len(found)


def test_beyond_fifty_product_lines_the_smallest_are_in_none() -> None:
    found = product_line_amounts((f"line-{number}", _amounts(number, 0)) for number in range(1, 61))
    assert found[0].product_line == "line-60"
    assert (found[-1].product_line, found[-1].amount) == ("", Money(sum(range(1, 12)), "EUR"))
