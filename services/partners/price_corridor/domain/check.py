"""Checks a price against the bounds of a corridor."""

from datetime import date, datetime
from enum import Enum

from libs.document import Document
from libs.money import Money
from services.partners.conduct.domain.case import ConductEvidence
from services.partners.price_corridor.domain.corridor import PriceBounds
from services.partners.price_corridor.domain.law import PriceBound


class PriceSource(Enum):
    """How a price is known."""

    ORDER = "ORDER"
    SELL_THROUGH = "SELL_THROUGH"
    SIGHTING = "SIGHTING"


class PriceOutcome(Enum):
    """What came of a reported price."""

    NO_CORRIDOR = "NO_CORRIDOR"
    WITHIN = "WITHIN"
    NOT_AS_RECOMMENDED = "NOT_AS_RECOMMENDED"
    OWN_BREACH = "OWN_BREACH"
    CASE_OPENED = "CASE_OPENED"
    CASE_ESCALATED = "CASE_ESCALATED"


class PriceReport(Document, frozen=True, kw_only=True):
    """A price that somebody reported; prm.partners.v1.PriceReport describes each field."""

    partner_id: str
    source: PriceSource
    country: str
    sku: str
    product_line: str
    price: Money
    priced_on: date
    outcome: PriceOutcome
    bound: PriceBound | None
    price_corridor_id: str
    conduct_case_id: str
    reference: str
    evidence: tuple[ConductEvidence, ...]
    create_time: datetime


def bound_missed(bounds: PriceBounds, price: Money) -> PriceBound | None:
    """The bound that a price is outside of; else RECOMMENDED if it differs from the recommended price; None if nothing
    is to be said of it. The currency must be that of the bounds."""
    if bounds.floor is not None and price < bounds.floor:
        return PriceBound.FLOOR
    if bounds.ceiling is not None and bounds.ceiling < price:
        return PriceBound.CEILING
    if bounds.recommended is not None and price != bounds.recommended:
        return PriceBound.RECOMMENDED
    return None


def judged_as(bounds: PriceBounds, bound: PriceBound) -> PriceBound:
    """As which kind the law judges a bound of this corridor: a ceiling at the floor fixes the price, like a floor."""
    fixed = bound is PriceBound.CEILING and bounds.floor == bounds.ceiling
    return PriceBound.FLOOR if fixed else bound
