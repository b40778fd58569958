"""Clocks of requests for unit tests."""

from datetime import datetime

from libs.deadlines import business_calendar
from services.compliance.clocks.domain.clock import StatutoryClock, start_clock
from services.compliance.clocks.domain.regimes import Regime, RequestType, calendar_country, regime_of
from services.compliance.clocks.domain.terms import StatutoryTerms, terms_of
from tests.builders import an_id

CASE = an_id("dsr")
CELL_ZONE = "Europe/Berlin"


def the_terms(country: str, type: RequestType, received: datetime, regime: Regime | None = None) -> StatutoryTerms:
    """The terms of a request of a person in this country, under the law of the country unless another is named."""
    law = regime or regime_of(country)
    return terms_of(law, type, business_calendar(calendar_country(law, country), CELL_ZONE), received)


def a_clock(
    country: str,
    received: datetime,
    *,
    type: RequestType = RequestType.ACCESS,
    regime: Regime | None = None,
    warn_days: tuple[int, ...] = (14, 7, 3, 1),
) -> StatutoryClock:
    """The clock of a request, as it is when the request is recorded at its receipt."""
    law = regime or regime_of(country)
    calendar = business_calendar(calendar_country(law, country), CELL_ZONE)
    return start_clock(
        CASE, law, type, country=country, calendar=calendar, received=received, warn_days=warn_days, now=received
    )[0]
