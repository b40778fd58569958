"""The errors of forecasts, also where nearly nothing came true."""

from libs.money import LIMIT_UNITS, Money
from services.deals.forecast import wire
from services.deals.forecast.domain.accuracy import Accuracy, summed
from services.deals.forecast.usecases.showing import Compared


def test_an_error_that_is_too_large_for_an_answer_is_shown_as_the_largest() -> None:
    """Nearly everything was promised, and a cent came true."""
    row = Accuracy(
        snapshot_month="2026-01",
        currency="EUR",
        deal_count=2,
        unknown_count=0,
        forecast_amount=Money.of(LIMIT_UNITS, "EUR"),
        actual_amount=Money.of("0.01", "EUR"),
    )
    (total,) = wire.compared(Compared((row,), summed([row]))).totals
    assert (total.wape_basis_points, total.bias_basis_points) == (10**15, 10**15)
