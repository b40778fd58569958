"""The errors of forecasts, also where nearly nothing came true."""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from libs.money import LIMIT_UNITS, Money
from services.deals.claims.domain.states import Stage
from services.deals.forecast import wire
from services.deals.forecast.domain.accuracy import (
    UNKNOWN,
    Accuracy,
    ForecastEntry,
    ForecastSnapshot,
    Outcome,
    summed,
)
from services.deals.forecast.domain.months import month_of
from services.deals.forecast.domain.tallies import ForecastTally, accuracy, added, months_over, tally_id
from services.deals.forecast.usecases.showing import Compared
from services.deals.pipeline.domain.deals import PipelineDeal
from services.deals.pipeline.domain.history import PipelineState
from tests.builders import NOW, an_id


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


PARTNERS, COUNTRIES, CURRENCIES = (an_id("ptn"), an_id("ptn", 2)), ("DE", "AT"), ("EUR", "USD")
CENT = 100  # in units of Money
TAKEN = date(2025, 11, 30)
SNAPSHOT = ForecastSnapshot(id="2025-11", month_number=month_of(TAKEN), taken_date=TAKEN, complete=True)


@st.composite
def outcomes(draw: st.DrawFn) -> list[Outcome]:
    """Deals as they were and as they are: won or not, moved, gone, of another amount, without a chance or an amount."""
    found = []
    for number in range(draw(st.integers(0, 12))):
        amount = draw(st.none() | st.builds(Money, st.integers(0, 10**6), st.sampled_from(CURRENCIES)))
        entry = ForecastEntry(
            id=f"2025-11.{number}",
            snapshot_id=SNAPSHOT.id,
            registration_id=an_id("reg", number),
            partner_id=draw(st.sampled_from(PARTNERS)),
            country=draw(st.sampled_from(COUNTRIES)),
            stage=Stage.QUALIFIED,
            expected_amount=amount,
            expected_close_date=None,
            basis_points=tuple(draw(st.lists(st.sampled_from((UNKNOWN, 0, 333, 10_000)), min_size=12, max_size=12))),
        )
        deal = PipelineDeal(
            id=entry.registration_id,
            partner_id=draw(st.sampled_from(PARTNERS)),
            country=entry.country,
            state=draw(st.sampled_from((PipelineState.WON, PipelineState.LOST, PipelineState.OPEN))),
            closed_date=draw(st.none() | st.dates(TAKEN, date(2027, 1, 31))),
            expected_amount=draw(st.none() | st.just(amount) | st.just(Money.of(7, "EUR"))),
            update_time=NOW,
        )
        found.append(Outcome(entry, draw(st.just(deal) | st.none())))
    return found


def told(found: list[Outcome], months: int, *, partner: str, country: str, own: bool) -> list[Accuracy]:
    """The oracle: each deal is asked anew for each answer."""
    rows = []
    for currency in CURRENCIES:
        mine = [
            one
            for one in found
            if one.entry.expected_amount is not None
            and one.entry.expected_amount.currency == currency
            and partner in ("", one.entry.partner_id)
            and country in ("", one.entry.country)
            and (not own or (one.deal is not None and one.deal.partner_id == one.entry.partner_id))
        ]
        known = [one for one in mine if min(one.entry.basis_points[:months]) >= 0]
        last = TAKEN.replace(day=1)
        for _ in range(months):
            last = (last + timedelta(days=31)).replace(day=1)
        said, came = Fraction(), 0
        for one in known:
            assert one.entry.expected_amount is not None
            said += Fraction(one.entry.expected_amount.amount * sum(one.entry.basis_points[:months]), 10_000)
            deal = one.deal
            if deal and deal.state is PipelineState.WON and deal.closed_date and deal.closed_date < last:
                now = deal.expected_amount
                kept = now and now.currency == currency
                came += now.amount if now and kept else one.entry.expected_amount.amount
        if mine:
            rows.append(
                Accuracy(
                    snapshot_month=SNAPSHOT.id,
                    currency=currency,
                    deal_count=len(known),
                    unknown_count=len(mine) - len(known),
                    forecast_amount=Money(round(said / CENT) * CENT, currency),
                    actual_amount=Money(came, currency),
                )
            )
    return rows


@given(outcomes(), st.integers(1, 5), st.integers(0, 12))
def test_the_tallies_say_what_every_deal_says_however_they_are_paged(
    found: list[Outcome], size: int, split: int
) -> None:
    """Also if the first months were added before the others."""
    tallies: dict[str, ForecastTally] = {}
    for some in (range(1, split + 1), range(split + 1, 13)):
        for start in range(0, len(found), size):
            tallies |= added(tallies, SNAPSHOT, found[start : start + size], some)
    for partner in ("", *PARTNERS):
        tally = tallies.get(tally_id(SNAPSHOT.id, partner), ForecastTally(id="", snapshot_id=SNAPSHOT.id))
        for months in range(1, 13):
            for country in ("", *COUNTRIES):
                for own in (False, True):
                    shown = accuracy(tally, months=months, country=country, with_moved=not own)
                    assert list(shown) == told(found, months, partner=partner, country=country, own=own)


def test_months_are_over_when_the_next_one_has_begun() -> None:
    asked = (date(2025, 11, 30), date(2025, 12, 1), date(2025, 12, 31), date(2026, 1, 1), date(2030, 1, 1))
    assert [months_over(SNAPSHOT, today=day) for day in asked] == [0, 1, 1, 2, 12]


def test_a_sum_that_no_store_takes_as_one_number_is_kept_in_two() -> None:
    entry = ForecastEntry(
        id="2025-11.x",
        snapshot_id=SNAPSHOT.id,
        registration_id=an_id("reg"),
        partner_id=PARTNERS[0],
        country="DE",
        stage=None,
        expected_amount=Money(10**12 + 1, "EUR"),
        expected_close_date=None,
        basis_points=(9_999,) * 12,
    )
    tallies: dict[str, ForecastTally] = {}
    for _ in range(50):
        tallies |= added(tallies, SNAPSHOT, [Outcome(entry, None)] * 20, range(12, 13))
    tally = tallies[tally_id(SNAPSHOT.id, "")]
    (row,) = tally.rows
    assert row.said_amount < 2**63
    (said,) = accuracy(tally, months=12, country="", with_moved=True)
    exact = Fraction(1_000 * (10**12 + 1) * 9_999 * 12, 10_000)
    assert said.forecast_amount == Money(round(exact / CENT) * CENT, "EUR")
