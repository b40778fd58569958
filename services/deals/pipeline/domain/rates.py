"""Win rates: how many deals were won of those that were won or lost, by group."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import assert_never

import msgspec

from libs.errors import AppError, Code
from services.deals.pipeline.domain.deals import PipelineDeal
from services.deals.pipeline.domain.history import PipelineState

MINIMUM = 10  # deals won or lost, below which there is no rate
DEALS_READ = 10_000
BASIS_POINTS = 10_000


class WinRateGroup(Enum):
    """What deals of a group have in common."""

    PARTNER = "PARTNER"
    PRODUCT_LINE = "PRODUCT_LINE"
    REASON = "REASON"
    MONTH = "MONTH"
    COUNTRY = "COUNTRY"
    COMPETITOR = "COMPETITOR"


class WinRateState(Enum):
    """Whether there are enough deals for a rate."""

    KNOWN = "KNOWN"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class WinRate(msgspec.Struct, frozen=True, kw_only=True):
    """won_count of closed_count deals. rate_basis_points: rounded half to even; 0 unless the state is KNOWN."""

    key: str = ""
    won_count: int
    closed_count: int

    @property
    def state(self) -> WinRateState:
        """INSUFFICIENT_DATA below MINIMUM deals."""
        return WinRateState.KNOWN if self.closed_count >= MINIMUM else WinRateState.INSUFFICIENT_DATA

    @property
    def rate_basis_points(self) -> int:
        """The rate in hundredths of a percent."""
        if self.state is WinRateState.INSUFFICIENT_DATA:
            return 0
        return half_even(self.won_count * BASIS_POINTS, self.closed_count)


class TooManyDeals(AppError):
    """More deals than one answer reads."""

    code, reason = Code.RESOURCE_EXHAUSTED, "TOO_MANY_DEALS"

    def __init__(self) -> None:
        super().__init__(f"there are more than {DEALS_READ} such deals; ask for a part", limit=DEALS_READ)


def rate_of(deals: Iterable[PipelineDeal], key: str = "") -> WinRate:
    """The rate of these deals; those that were neither won nor lost do not count."""
    states = [one.state for one in deals]
    won = states.count(PipelineState.WON)
    return WinRate(key=key, won_count=won, closed_count=won + states.count(PipelineState.LOST))


def rates(deals: Iterable[PipelineDeal], group: WinRateGroup) -> tuple[WinRate, ...]:
    """The rate of each group, by key."""
    keys = _keys(group)
    found: defaultdict[str, list[PipelineDeal]] = defaultdict(list)
    for deal in deals:
        for key in keys(deal):
            found[key].append(deal)
    return tuple(rate_of(found[key], key) for key in sorted(found))


def half_even(numerator: int, denominator: int) -> int:
    """The quotient of two integers that are not negative, rounded half to even."""
    quotient, rest = divmod(numerator, denominator)
    return quotient + (2 * rest > denominator or (2 * rest == denominator and quotient % 2))


def _keys(group: WinRateGroup) -> Callable[[PipelineDeal], Sequence[str]]:
    """The groups of a deal."""
    match group:
        case WinRateGroup.PARTNER:
            return lambda deal: (deal.partner_id,)
        case WinRateGroup.PRODUCT_LINE:
            return lambda deal: tuple(line.product_line for line in deal.lines) or ("",)
        case WinRateGroup.REASON:
            return lambda deal: tuple(one.name for one in deal.reasons[:1]) or ("",)
        case WinRateGroup.MONTH:
            return lambda deal: (f"{deal.closed_date:%Y-%m}" if deal.closed_date else "",)
        case WinRateGroup.COUNTRY:
            return lambda deal: (deal.country,)
        case WinRateGroup.COMPETITOR:
            return lambda deal: (deal.competitor,)
        case _:
            assert_never(group)
