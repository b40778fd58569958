"""The law of a request."""

import pytest

from services.compliance.clocks.domain.regimes import Regime, regime_of


@pytest.mark.parametrize(
    ("country", "regime"),
    [("DE", Regime.GDPR), ("NO", Regime.GDPR), ("GB", Regime.UK_GDPR), ("CN", Regime.PIPL), ("US", Regime.OTHER)],
)
def test_the_law_is_that_of_the_country(country: str, regime: Regime) -> None:
    assert regime_of(country) is regime
