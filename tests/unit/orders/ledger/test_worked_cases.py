"""Cases of the field with their figures, each with the rule or the arithmetic that it comes from."""

from datetime import date

import pytest
from msgspec.structs import replace

from libs.money import Money
from services.orders.incentives.domain.plan import Band, ClawbackPeriod, Plan, RateKind, RateRule
from services.orders.ledger.domain.crediting import CreditedLine, largest_remainder
from services.orders.ledger.domain.entry import EntryKind, payable
from services.orders.ledger.domain.posting import statement
from services.orders.ledger.domain.rating import StepKind, targets
from services.orders.ledger.domain.sources import Reversal
from tests.unit.orders.ledger import oracle
from tests.unit.orders.ledger.histories import MemoryLedger, plan_of

JANUARY, FEBRUARY = date(2026, 1, 10), date(2026, 2, 10)
TEN_PERCENT = (oracle.Rule("", "FLAT", ((0, 1_000),)),)
VERSION = oracle.Version("PARTNERS", 0, date(2026, 1, 1), "", "ORDERED", TEN_PERCENT, 1, True, None, None, (), ())
EUR = 10**8  # hundred-millionths of a euro


def line(amount: str, *, back: str = "0", document: str = "ord1", day: date = JANUARY) -> CreditedLine:
    """A line of so many euros, of which so many were taken back."""
    taken = Money.of(back, "EUR").amount
    return CreditedLine(
        document_id=document,
        line_number=1,
        day=day,
        product_line="",
        quantity=1,
        source_base=Money.of(amount, "EUR"),
        base=Money.of(amount, "EUR").amount,
        basis_points=10_000,
        reversals=(Reversal(document_id="ret1", day=FEBRUARY, base=taken),) if taken else (),
    )


def sums(plan: Plan, *lines: CreditedLine) -> tuple[int, int]:
    """What the lines earn, and what is taken back, in hundred-millionths."""
    found = targets(plan, lines, claws=True)
    earned = sum(one.amount for key, one in found.items() if not key.clawback)
    return earned, sum(one.amount for key, one in found.items() if key.clawback)


def test_a_partial_clawback_stops_at_the_minimum() -> None:
    """Ten percent of 800 are 80. After half came back ten percent are 40, less than the guaranteed 50: 30 go back, not
    40. After all came back nothing was sold, and no minimum is due."""
    plan = plan_of(VERSION._replace(floor=50_0000))
    assert sums(plan, line("800", back="400")) == (80 * EUR, -30 * EUR)
    assert sums(plan, line("800", back="800")) == (80 * EUR, -80 * EUR)


def test_a_line_that_the_floor_has_paid_already_is_not_said_to_be_capped() -> None:
    """Ten percent of 1,000 are 100, and the period pays at least 150. With 1,000 more it has earned 200, so the second
    line adds 50; the cap of 5,000 is far."""
    plan = plan_of(VERSION._replace(floor=150_0000, cap=5_000_0000))
    found = targets(plan, [line("1000"), line("1000", document="ord2")], claws=True)
    assert [(one.amount, one.steps[-1].kind) for one in found.values()] == [
        (150 * EUR, StepKind.FLOOR),
        (50 * EUR, StepKind.FLOOR),
    ]


def test_a_retroactive_band_pays_only_what_was_not_paid() -> None:
    """Five percent of 60,000 are 3,000, and they are paid. With 50,000 more the total of 110,000 is in the band of
    seven percent: 7,700 are due, so 4,700 follow, of which 1,200 are for the first sale."""
    ledger = MemoryLedger([plan_of(VERSION._replace(rules=(oracle.Rule("", "RETROACTIVE", RETROACTIVE),)))])
    ledger.learn(order("ord1", 60_000))
    ledger.book()
    before = set(ledger.entries)
    ledger.learn(order("ord2", 50_000))
    ledger.book()
    after = {one.document_id: one.amount for id, one in ledger.entries.items() if id not in before}
    assert sum(ledger.entries[one].amount for one in before) == 3_000 * EUR
    assert after == {"ord1": 1_200 * EUR, "ord2": 3_500 * EUR}


def test_the_edge_of_a_band_belongs_to_the_band_above() -> None:
    """100,000 are not below 100,000: seven percent."""
    plan = plan_of(VERSION._replace(rules=(oracle.Rule("", "RETROACTIVE", RETROACTIVE),)))
    assert sums(plan, line("100000"))[0] == 7_000 * EUR
    assert sums(plan, line("99999.99"))[0] == 4_999_9995 * 10_000


def test_a_return_rates_the_period_of_the_sale_again() -> None:
    """110,000 earn seven percent, 7,700. After 20,000 came back, 90,000 earn five percent, 4,500: 3,200 go back."""
    plan = plan_of(VERSION._replace(rules=(oracle.Rule("", "RETROACTIVE", RETROACTIVE),)))
    assert sums(plan, line("60000"), line("50000", back="20000", document="ord2")) == (7_700 * EUR, -3_200 * EUR)


def test_a_return_in_a_later_period_goes_back_at_the_rate_of_the_sale() -> None:
    """A third of a sale of 100 at ten percent comes back a month later: 3.33333333, counted in February."""
    plan = replace(plan_of(VERSION), clawback=ClawbackPeriod.RETURN)
    found = targets(plan, [line("100", back="33.3333")], claws=True)
    taken = {key.period: one.amount for key, one in found.items() if key.clawback}
    assert taken == {date(2026, 2, 1): -3_3333_3000}


def test_thirds_add_up_to_the_whole() -> None:
    """100.00 in thirds: 33.3334, 33.3333, 33.3333; the part that rounding left goes to the first of equal remainders
    (the method of Hamilton)."""
    assert largest_remainder(100_0000, [1, 1, 1]) == (33_3334, 33_3333, 33_3333)


def test_a_sum_is_rounded_once() -> None:
    """Three sales of 0.33 at five percent are 0.0165 each. Rounded one by one they would come to 0.06, 0.02 each;
    rounded once, on the statement, they are 0.05 (0.0495)."""
    plan = plan_of(VERSION._replace(rules=(oracle.Rule("", "FLAT", ((0, 500),)),)))
    earned, _ = sums(plan, *(line("0.33", document=f"ord{n}") for n in range(3)))
    assert payable(earned, "EUR") == Money.of("0.05", "EUR")


def test_a_plan_edited_after_payout_does_not_move_the_past() -> None:
    """A second version that pays half from February on changes nothing of January, also for an invoice that is known
    only afterwards."""
    half = VERSION._replace(number=1, since=date(2026, 2, 1), rules=(oracle.Rule("", "FLAT", ((0, 500),)),))
    ledger = MemoryLedger([plan_of(VERSION)])
    ledger.learn(order("ord1", 1_000))
    ledger.book()
    ledger.plans |= {plan.id: plan for plan in [plan_of(half)]}
    for one in (order("ord2", 1_000, day=FEBRUARY), order("ord3", 1_000)):
        ledger.learn(one)
    ledger.book()
    earned = {one.document_id: one.amount for one in ledger.entries.values()}
    assert earned == {"ord1": 100 * EUR, "ord2": 50 * EUR, "ord3": 100 * EUR}


def test_what_is_learned_after_the_close_is_an_adjustment_in_the_open_period() -> None:
    """January is closed with 100. A return of January that is known in February takes back 100 there; January stays."""
    ledger = MemoryLedger([plan_of(VERSION)])
    ledger.learn(order("ord1", 1_000))
    ledger.close("PARTNERS", JANUARY)
    ledger.learn(oracle.Paper("return", "ret1", "ord1", JANUARY, parts=((1, 1, 0),)))
    ledger.book()
    entries = [*ledger.entries.values()]
    january = statement(entries, period=date(2026, 1, 1), currency="EUR")
    february = statement(entries, period=date(2026, 2, 1), currency="EUR")
    assert (january.earned, january.clawed_back, january.closing) == (100 * EUR, 0, 100 * EUR)
    assert (february.opening, february.adjusted, february.closing) == (100 * EUR, -100 * EUR, 0)
    assert [one.kind for one in entries] == [EntryKind.ACCRUE, EntryKind.ADJUST]


def test_a_clawback_names_the_entry_that_it_takes_back() -> None:
    """The entry of a return says which entry it reverses."""
    ledger = MemoryLedger([plan_of(VERSION)])
    ledger.learn(order("ord1", 1_000))
    ledger.book()
    ledger.learn(oracle.Paper("return", "ret1", "ord1", FEBRUARY, parts=((1, 1, 0),)))
    ledger.book()
    sold, back = ledger.entries.values()
    assert (back.kind, back.reverses, back.amount) == (EntryKind.CLAWBACK, sold.id, -sold.amount)


@pytest.mark.parametrize(("kind", "earned"), [(RateKind.MARGINAL, 6_500), (RateKind.RETROACTIVE, 9_000)])
def test_marginal_bands_rate_each_part_by_itself(kind: RateKind, earned: int) -> None:
    """90,000 with five percent to 50,000 and ten percent above: 2,500 + 4,000 = 6,500, or 9,000 looking back."""
    bands = (
        Band(from_amount=Money.of(0, "EUR"), below_amount=Money.of(50_000, "EUR"), basis_points=500),
        Band(from_amount=Money.of(50_000, "EUR"), basis_points=1_000),
    )
    plan = replace(plan_of(VERSION), rules=(RateRule(code="R", kind=kind, bands=bands),))
    assert sums(plan, line("90000"))[0] == earned * EUR


RETROACTIVE = ((0, 500), (100_000_0000, 700))


def order(id: str, amount: int, *, day: date = JANUARY) -> oracle.Order:
    """An order of one piece for so many euros."""
    return oracle.Order(id, day, "EUR", "P", ((1, "A", "", 1, amount * 10_000),))
