"""The rule by which amounts are rounded, against fractions: each discount and tax of a line to a ten-thousandth, and
the sum of the lines to what can be paid, half to even both times."""

from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st

from libs.money import PER_UNIT, Money, minor_digits
from services.orders.ordering.domain.drafting import OrderLineDraft, price_lines
from services.orders.pricing.domain import PriceList, PriceListItem, Promotion
from services.orders.record.domain.order import totals_of
from services.orders.record.domain.states import LineKind
from tests.builders import NOW, an_id
from tests.unit.orders.orders import TODAY

LINES = st.lists(
    st.tuples(st.integers(1, 50), st.integers(1, 10**6), st.integers(0, 9_999), st.integers(0, 3_000)),
    min_size=1,
    max_size=10,
)
BASIS = 10_000


@given(LINES, st.sampled_from(["EUR", "KWD", "JPY"]))
@example([(1, 100, 0, 1_449)] * 2 + [(1, 33_335, 5_000, 1_900)], "EUR")
def test_a_document_is_the_sum_of_its_rounded_lines_rounded_once(
    asked: list[tuple[int, int, int, int]], currency: str
) -> None:
    step = 10 ** (4 - minor_digits(currency))
    whole = PER_UNIT if currency == "JPY" else 1
    lines = price_lines(_drafts(asked), _a_list(asked, currency, whole), currency=currency, on=TODAY)
    rounded, exact = Fraction(0), Fraction(0)
    for line, (pieces, price, discount, tax) in zip(lines, asked, strict=True):
        gross = Fraction(pieces * price * whole)
        off = round(gross * discount / BASIS)
        due = round((gross - off) * tax / BASIS)
        assert (line.discount.amount, line.tax.amount) == (off, due)
        assert line.amount + line.tax == line.total
        rounded += gross - off + due
        exact += gross * (BASIS - discount) / BASIS * (BASIS + tax) / BASIS
    totals = totals_of(lines, currency)
    assert totals.total.amount == rounded
    assert totals.total.payable().amount == round(rounded / step) * step
    off_by = abs(totals.total.payable().amount - exact)
    assert off_by <= Fraction(step, 2) + len(lines) * Fraction(115, 100), "not more than the lines can be off"


def _drafts(asked: list[tuple[int, int, int, int]]) -> tuple[OrderLineDraft, ...]:
    return tuple(
        OrderLineDraft(kind=LineKind.PRODUCT, sku=f"P{number}", quantity=pieces, tax_basis_points=tax)
        for number, (pieces, _, _, tax) in enumerate(asked)
    )


def _a_list(asked: list[tuple[int, int, int, int]], currency: str, whole: int) -> PriceList:
    """The price of each line, and a promotion with its discount."""
    return PriceList(
        id=an_id("prl"),
        code="all",
        revision=1,
        currency=currency,
        valid_from=TODAY,
        create_time=NOW,
        items=tuple(
            PriceListItem(sku=f"P{number}", unit_price=Money(price * whole, currency))
            for number, (_, price, _, _) in enumerate(asked)
        ),
        promotions=tuple(
            Promotion(
                code=f"P{number}", sku=f"P{number}", discount_basis_points=discount, valid_from=TODAY, valid_until=TODAY
            )
            for number, (_, _, discount, _) in enumerate(asked)
        ),
    )
