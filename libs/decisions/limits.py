"""Amounts up to which one person may act alone, by currency."""

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta

from libs.money import LIMIT_UNITS, Money

Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]
Units = Annotated[int, Meta(ge=0, le=LIMIT_UNITS)]


def alone_up_to(limits: Mapping[Currency, Units], currency: str) -> Money:
    """The largest amount in this currency that one person may decide about, of limits in whole units; zero without a
    limit for the currency."""
    return Money.of(limits.get(currency, 0), currency)
