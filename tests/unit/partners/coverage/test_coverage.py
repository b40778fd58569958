"""Coverage against an oracle that asks each market one question at a time, in exact fractions."""

from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from libs.money import Money
from services.partners.coverage.domain.coverage import (
    Coverage,
    CoverageLever,
    CoverageState,
    CurrencyConverter,
    MarginState,
    Sale,
    WhiteSpot,
    covered,
)
from services.partners.coverage.domain.potential import MarketPotential
from services.partners.plan.domain.rates import Conversion, PlanRateBasis, PlanRates
from services.partners.record.domain.states import PartnerKind
from tests.builders import NOW, an_id
from tests.unit.partners.plan.built import tables

FIRST = date(2026, 1, 1)
MARKETS = tuple((country, line) for country in ("AT", "DE") for line in ("BIKES", "HELMETS"))
KINDS = {an_id("ptn", number): kind for number, kind in enumerate(PartnerKind)}
WORTH = {"EUR": Fraction(1), "USD": Fraction(4, 5)}
_TABLES = tuple(one for month in range(1, 13) for one in tables(date(2026, month, 1), USD="1.25"))
State = CoverageState

_PARTNERS = st.sampled_from(sorted(KINDS))
_SALES = st.lists(
    st.builds(
        lambda partner_id, market, month, currency, value: Sale(
            partner_id, KINDS[partner_id], market[0], market[1], date(2026, month, 1), currency, value
        ),
        _PARTNERS,
        st.sampled_from((*MARKETS, ("FR", ""))),
        st.integers(1, 12),
        st.sampled_from(tuple(WORTH)),
        st.integers(-200_000, 2_000_000),
    ),
    max_size=25,
)
_POTENTIALS = st.dictionaries(
    st.sampled_from(MARKETS), st.tuples(st.integers(1, 5_000_000), st.sampled_from(tuple(WORTH))), max_size=4
)
_AUTHORISED = st.dictionaries(st.sampled_from(MARKETS), st.integers(1, 3))


def a_potential(country: str, product_line: str, amount: Money) -> MarketPotential:
    """A potential of 2026."""
    return MarketPotential(
        id=an_id("mkp"),
        country=country,
        product_line=product_line,
        year=2026,
        amount=amount,
        create_time=NOW,
        update_time=NOW,
    )


def exchange(*, source: str = "ecb") -> CurrencyConverter:
    """Amounts in euros."""
    by_month, by_year = PlanRates(source=source), PlanRates(source=source, basis=PlanRateBasis.FIRST_DAY)
    return CurrencyConverter(
        "EUR", Conversion(by_month, _TABLES, first_day=FIRST), Conversion(by_year, _TABLES, first_day=FIRST)
    )


def _euros(sales: list[Sale]) -> Fraction:
    return sum((Fraction(one.value, 10_000) * WORTH[one.currency] for one in sales), Fraction())


def _of(sales: list[Sale], market: tuple[str, str]) -> list[Sale]:
    return [one for one in sales if (one.country, one.product_line) == market]


def _shown(value: Fraction) -> Money:
    return Money(round(value * 10_000), "EUR")


def _levers(
    sales: list[Sale], worth: dict[tuple[str, str], Fraction], market: tuple[str, str], authorised: int
) -> set[CoverageLever]:
    """Each rule by itself."""
    own = _of(sales, market)
    revenue, whole = _euros(own), sum(worth.values(), Fraction())
    everywhere = sum((_euros(_of(sales, one)) for one in worth), Fraction())
    biggest = max((_euros([one for one in own if one.partner_id == partner]) for partner in KINDS), default=Fraction())
    rules = {
        CoverageLever.RECRUIT_PARTNER: not authorised,
        CoverageLever.ACTIVATE_PARTNERS: authorised > 0 and revenue <= 0,
        CoverageLever.RAISE_SHARE: revenue > 0 and 2 * revenue * whole < everywhere * worth[market],
        CoverageLever.SPREAD_REVENUE: revenue > 0 and 10 * biggest > 6 * revenue,
    }
    return {lever for lever, holds in rules.items() if holds}


@given(_POTENTIALS, _SALES, _AUTHORISED)
def test_share_white_spots_mix_and_levers_are_those_of_each_question_asked_alone(
    potentials: dict[tuple[str, str], tuple[int, str]],
    sales: list[Sale],
    authorised: dict[tuple[str, str], int],
) -> None:
    rows = [a_potential(*market, Money(*amount)) for market, amount in potentials.items()]
    found = covered(rows, sales, (), authorised=authorised, exchange=exchange(), reached=True)
    worth = {market: Fraction(value, 10_000) * WORTH[code] for market, (value, code) in potentials.items()}
    assert [(one.country, one.product_line) for one in found.markets] == sorted(potentials)
    for one in found.markets:
        market = (one.country, one.product_line)
        revenue, count = _euros(_of(sales, market)), authorised.get(market, 0)
        assert (one.state, one.revenue, one.potential) == (State.MEASURED, _shown(revenue), _shown(worth[market]))
        assert Fraction(one.share_percent) == Fraction(round(revenue / worth[market] * 10_000), 100)
        spot = WhiteSpot.NO_REVENUE if revenue <= 0 else None
        assert one.white_spot is (spot if count else WhiteSpot.NO_AUTHORISED_PARTNER)
        assert set(one.levers) == _levers(sales, worth, market, count)
    _check_mix(found, sales, worth)


def _check_mix(found: Coverage, sales: list[Sale], worth: dict[tuple[str, str], Fraction]) -> None:
    outside = [one for one in sales if (one.country, one.product_line) not in worth]
    assert found.revenue_without_potential == _shown(_euros(outside))
    by_kind = {kind: [one for one in sales if one.kind is kind] for kind in PartnerKind}
    assert {one.kind: one.revenue for one in found.channels} == {
        kind: _shown(_euros(some)) for kind, some in by_kind.items() if some
    }


def test_without_rates_or_before_the_year_nothing_is_said_but_who_may_sell() -> None:
    rows = [a_potential("DE", "BIKES", Money.of(100, "EUR"))]
    sale = Sale(an_id("ptn"), PartnerKind.RESELLER, "DE", "BIKES", FIRST, "USD", 10_000)
    missing = covered(rows, [sale], [sale], authorised={}, exchange=exchange(source=""), reached=True)
    early = covered(rows, [], [], authorised={}, exchange=exchange(), reached=False)
    for found, state in (
        (missing, State.INSUFFICIENT_DATA_RATE_MISSING),
        (early, State.INSUFFICIENT_DATA_NOT_REACHED),
    ):
        [market] = found.markets
        assert (found.state, market.state, market.revenue, market.share_percent) == (state, state, None, "")
        assert (market.white_spot, market.levers) == (
            WhiteSpot.NO_AUTHORISED_PARTNER,
            (CoverageLever.RECRUIT_PARTNER,),
        )
        assert (found.channels, found.revenue_without_potential) == ((), None)


def test_a_level_shows_its_discount_and_says_that_its_margin_is_not_known() -> None:
    off = Sale(an_id("ptn"), PartnerKind.DISTRIBUTOR, "DE", "BIKES", FIRST, "EUR", 300_000, 1_000_000)
    [level] = covered([], [], [off], authorised={}, exchange=exchange(), reached=True).margins
    assert (level.kind, level.discount_percent) == (PartnerKind.DISTRIBUTOR, "30.00")
    assert (level.list_amount, level.discount) == (Money.of(100, "EUR"), Money.of(30, "EUR"))
    assert level.margin_state is MarginState.INSUFFICIENT_DATA_RESALE_PRICE_UNKNOWN
