"""The coverage of a year: a pure function of potentials, facts and who may sell where. Exact until it is shown."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

import msgspec

from libs.errors import AppError, Code
from libs.money import PER_UNIT, Money
from services.partners.coverage.domain.potential import MarketPotential
from services.partners.plan.domain.rates import Conversion
from services.partners.record.domain.states import PartnerKind

FACTS_READ = 50_000
GRANTS_READ = 20_000
LOW_SHARE = Fraction(1, 2)
DEPENDENCE = Fraction(3, 5)


class CoverageState(Enum):
    """Whether figures allow to say it."""

    MEASURED = "MEASURED"
    INSUFFICIENT_DATA_NOT_REACHED = "INSUFFICIENT_DATA_NOT_REACHED"
    INSUFFICIENT_DATA_RATE_MISSING = "INSUFFICIENT_DATA_RATE_MISSING"


class WhiteSpot(Enum):
    """Why a market is a white spot."""

    NO_AUTHORISED_PARTNER = "NO_AUTHORISED_PARTNER"
    NO_REVENUE = "NO_REVENUE"


class CoverageLever(Enum):
    """What may be done about a market."""

    RECRUIT_PARTNER = "RECRUIT_PARTNER"
    ACTIVATE_PARTNERS = "ACTIVATE_PARTNERS"
    RAISE_SHARE = "RAISE_SHARE"
    SPREAD_REVENUE = "SPREAD_REVENUE"


class MarginState(Enum):
    """Whether the margin of a level is known."""

    INSUFFICIENT_DATA_RESALE_PRICE_UNKNOWN = "INSUFFICIENT_DATA_RESALE_PRICE_UNKNOWN"


class Sale(NamedTuple):
    """A fact of a partner: `value` ten-thousandths, of a discount a part of `of`."""

    partner_id: str
    kind: PartnerKind
    country: str
    product_line: str
    month: date
    currency: str
    value: int
    of: int = 0


class CoverageMarket(msgspec.Struct, frozen=True, kw_only=True):
    """A market with a potential; revenue and share only if it is MEASURED."""

    country: str
    product_line: str
    state: CoverageState
    potential: Money | None = None
    revenue: Money | None = None
    share_percent: str = ""
    authorised_partner_count: int = 0
    selling_partner_count: int = 0
    white_spot: WhiteSpot | None = None
    levers: tuple[CoverageLever, ...] = ()


class ChannelShare(msgspec.Struct, frozen=True, kw_only=True):
    """The revenue of one kind of partner."""

    kind: PartnerKind
    revenue: Money
    share_percent: str = ""


class ChannelMargin(msgspec.Struct, frozen=True, kw_only=True):
    """What a kind of partner buys below the list price."""

    kind: PartnerKind
    state: CoverageState
    list_amount: Money | None = None
    discount: Money | None = None
    discount_percent: str = ""
    margin_state: MarginState = MarginState.INSUFFICIENT_DATA_RESALE_PRICE_UNKNOWN


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """The coverage of a year; channels only if it is MEASURED."""

    markets: tuple[CoverageMarket, ...]
    revenue_without_potential: Money | None = None
    state: CoverageState
    channels: tuple[ChannelShare, ...] = ()
    margins: tuple[ChannelMargin, ...] = ()


class CoverageTooWide(AppError):
    """More facts or territories than one answer reads."""

    code, reason = Code.RESOURCE_EXHAUSTED, "COVERAGE_TOO_WIDE"

    def __init__(self, kind: str, limit: int) -> None:
        super().__init__(f"the year has more than {limit} rows of {kind}", kind=kind, limit=limit)


class CurrencyConverter:
    """Amounts in the one currency of an answer. months: converts facts; year: converts potentials."""

    def __init__(self, currency: str, months: Conversion, year: Conversion) -> None:
        self.currency, self._months, self._year = currency, months, year

    def of_fact(self, value: int, currency: str, month: date) -> Fraction | None:
        """A figure of a month in units; None if the rate is missing."""
        return self._worth(value, currency, month, self._months)

    def of_potential(self, amount: Money, year: int) -> Fraction | None:
        """A potential in units; None if the rate is missing."""
        return self._worth(amount.amount, amount.currency, date(year, 1, 1), self._year)

    def shown(self, units: Fraction) -> Money:
        """An amount, rounded half to even to four decimals."""
        return Money(round(units * PER_UNIT), self.currency)

    def _worth(self, value: int, currency: str, month: date, conversion: Conversion) -> Fraction | None:
        if currency == self.currency:
            return Fraction(value, PER_UNIT)
        rate = conversion.rate(currency, self.currency, month)
        return Fraction(value, PER_UNIT) * rate.exact if rate else None


class _Market(NamedTuple):
    """A market in units; None for what cannot be said. sellers: by partner."""

    potential: Fraction | None
    sellers: Mapping[str, Fraction] | None

    @property
    def revenue(self) -> Fraction:
        return sum((self.sellers or {}).values(), Fraction())

    @property
    def measured(self) -> bool:
        return self.potential is not None and self.sellers is not None


def covered(
    potentials: Sequence[MarketPotential],
    sales: Sequence[Sale],
    discounts: Sequence[Sale],
    *,
    authorised: Mapping[tuple[str, str], int],
    exchange: CurrencyConverter,
    reached: bool,
) -> Coverage:
    """The coverage. potentials: of one year, of different markets. authorised: how many active partners may sell, by
    country and product line. reached: whether the facts have reached the year."""
    keys = {(one.country, one.product_line): one for one in potentials}
    sold: dict[tuple[str, str], list[Sale]] = {}
    for sale in sales:
        sold.setdefault((sale.country, sale.product_line), []).append(sale)
    found = {
        key: _Market(
            exchange.of_potential(one.amount, one.year),
            _by_partner(sold.get(key, ()), exchange),
        )
        for key, one in sorted(keys.items())
    }
    measured = [one for one in found.values() if one.measured]
    whole = sum((one.potential or Fraction() for one in measured), Fraction())
    overall = sum((one.revenue for one in measured), Fraction()) / whole if whole else Fraction()
    markets = tuple(
        _shown(key, one, authorised.get(key, 0), overall=overall, exchange=exchange, reached=reached)
        for key, one in found.items()
    )
    margins = _margins(discounts, exchange) if reached else ()
    if not reached:
        return Coverage(markets=markets, state=CoverageState.INSUFFICIENT_DATA_NOT_REACHED)
    outside = _by_partner([sale for key, some in sold.items() if key not in keys for sale in some], exchange)
    channels = _channels(sales, exchange)
    if outside is None or channels is None:
        state = CoverageState.INSUFFICIENT_DATA_RATE_MISSING
        return Coverage(markets=markets, state=state, margins=margins)
    rest = exchange.shown(sum(outside.values(), Fraction()))
    return Coverage(
        markets=markets,
        revenue_without_potential=rest,
        state=CoverageState.MEASURED,
        channels=channels,
        margins=margins,
    )


def _shown(
    key: tuple[str, str],
    market: _Market,
    authorised: int,
    *,
    overall: Fraction,
    exchange: CurrencyConverter,
    reached: bool,
) -> CoverageMarket:
    state = CoverageState.MEASURED if market.measured else CoverageState.INSUFFICIENT_DATA_RATE_MISSING
    state = state if reached else CoverageState.INSUFFICIENT_DATA_NOT_REACHED
    potential, revenue = market.potential, market.revenue
    known = state is CoverageState.MEASURED
    spot = None if authorised else WhiteSpot.NO_AUTHORISED_PARTNER
    if authorised and known and revenue <= 0:
        spot = WhiteSpot.NO_REVENUE
    return CoverageMarket(
        country=key[0],
        product_line=key[1],
        state=state,
        potential=exchange.shown(potential) if potential is not None else None,
        revenue=exchange.shown(revenue) if known else None,
        share_percent=_percent(revenue, potential) if known else "",
        authorised_partner_count=authorised,
        selling_partner_count=sum(value > 0 for value in (market.sellers or {}).values()) if known else 0,
        white_spot=spot,
        levers=_levers(market, spot, overall) if known else _recruiting(spot),
    )


def _levers(market: _Market, spot: WhiteSpot | None, overall: Fraction) -> tuple[CoverageLever, ...]:
    found = list(_recruiting(spot))
    if spot is WhiteSpot.NO_REVENUE:
        found.append(CoverageLever.ACTIVATE_PARTNERS)
    if market.revenue > 0 and market.potential and market.revenue / market.potential < overall * LOW_SHARE:
        found.append(CoverageLever.RAISE_SHARE)
    if market.revenue > 0 and max((market.sellers or {}).values()) > market.revenue * DEPENDENCE:
        found.append(CoverageLever.SPREAD_REVENUE)
    return tuple(found)


def _recruiting(spot: WhiteSpot | None) -> tuple[CoverageLever, ...]:
    return (CoverageLever.RECRUIT_PARTNER,) if spot is WhiteSpot.NO_AUTHORISED_PARTNER else ()


def _by_partner(sales: Sequence[Sale], exchange: CurrencyConverter) -> dict[str, Fraction] | None:
    """Revenue by partner, in units; None if a rate is missing."""
    found: dict[str, Fraction] = {}
    for sale in sales:
        if (worth := exchange.of_fact(sale.value, sale.currency, sale.month)) is None:
            return None
        found[sale.partner_id] = found.get(sale.partner_id, Fraction()) + worth
    return found


def _channels(sales: Sequence[Sale], exchange: CurrencyConverter) -> tuple[ChannelShare, ...] | None:
    found: dict[PartnerKind, Fraction] = {}
    for kind in PartnerKind:
        of_kind = _by_partner([sale for sale in sales if sale.kind is kind], exchange)
        if of_kind is None:
            return None
        if of_kind:
            found[kind] = sum(of_kind.values(), Fraction())
    whole = sum(found.values(), Fraction())
    return tuple(
        ChannelShare(kind=kind, revenue=exchange.shown(value), share_percent=_percent(value, whole))
        for kind, value in found.items()
    )


def _margins(discounts: Sequence[Sale], exchange: CurrencyConverter) -> tuple[ChannelMargin, ...]:
    found = []
    for kind in PartnerKind:
        of_kind = [one for one in discounts if one.kind is kind]
        wholes = [one._replace(value=one.of) for one in of_kind]
        off, listed = _by_partner(of_kind, exchange), _by_partner(wholes, exchange)
        if off is None or listed is None:
            found.append(ChannelMargin(kind=kind, state=CoverageState.INSUFFICIENT_DATA_RATE_MISSING))
        elif of_kind:
            part, whole = sum(off.values(), Fraction()), sum(listed.values(), Fraction())
            found.append(
                ChannelMargin(
                    kind=kind,
                    state=CoverageState.MEASURED,
                    list_amount=exchange.shown(whole),
                    discount=exchange.shown(part),
                    discount_percent=_percent(part, whole),
                )
            )
    return tuple(found)


def _percent(part: Fraction, whole: Fraction | None) -> str:
    if whole is None or whole <= 0:
        return ""
    return f"{Decimal(round(part / whole * 10_000)).scaleb(-2):f}"
