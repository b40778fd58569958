"""What peers report adds up the same in whatever order, however often and in however many portions it comes."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from libs.money import Money
from services.partners.activity.domain import Report, Tally, Trace, counted, learn, settle, tally
from tests.builders import an_id

DAY = date(2026, 2, 1)
EUR = Money.of("19.99", "EUR")

News = list[tuple[int, Report]]

_SAID = st.sampled_from(
    (
        Report(approved=True),
        Report(approved=True, converted=True),
        Report(ordered=True, total=EUR, order_date=DAY),
        Report(canceled=True),
        Report(overdue=True),
        Report(settled=True),
        Report(filed=True),
        Report(breached=True),
    )
)
_NEWS = st.lists(st.tuples(st.integers(0, 3), _SAID), max_size=20)


def _traces(news: News) -> dict[int, Trace]:
    found: dict[int, Trace] = {}
    for number, report in news:
        found[number] = learn(found.get(number) or Trace(id=str(number), partner_id=an_id("ptn")), report)
    return found


@given(_NEWS.flatmap(lambda news: st.tuples(st.just(news), st.permutations([*news, *news]))))
def test_order_and_repetition_of_reports_do_not_matter(told: tuple[News, News]) -> None:
    once, shuffled_twice = told
    assert _traces(shuffled_twice) == _traces(once)


@given(st.lists(_NEWS, max_size=5))
def test_sums_made_in_portions_are_those_made_at_once(portions: list[News]) -> None:
    sums = Tally()
    found: dict[int, Trace] = {}
    for news in portions:
        for number, report in news:
            found[number] = learn(found.get(number) or Trace(id=str(number), partner_id=an_id("ptn")), report)
        sums = settle(sums, [trace for trace in found.values() if trace.pending])
        found = {number: counted(trace) for number, trace in found.items()}
    everything = _traces([one for news in portions for one in news])
    assert sums == settle(Tally(), everything.values())


def test_a_canceled_order_counts_for_nothing_even_if_that_is_heard_first() -> None:
    trace = learn(learn(Trace(id="o", partner_id="p"), Report(canceled=True)), Report(ordered=True, total=EUR))
    assert tally(trace.report) == Tally()
    assert (trace.pending, trace.standing_date) == (False, None)


def test_an_invoice_that_was_paid_is_not_overdue_whatever_came_first() -> None:
    for first, second in ((Report(overdue=True), Report(settled=True)), (Report(settled=True), Report(overdue=True))):
        assert tally(learn(learn(Trace(id="i", partner_id="p"), first), second).report) == Tally()


def test_amounts_of_different_currencies_stay_apart() -> None:
    usd = Money.of(5, "USD")
    traces = _traces([(1, Report(ordered=True, total=EUR)), (2, Report(ordered=True, total=usd))])
    traces |= {3: learn(Trace(id="3", partner_id="p"), Report(ordered=True, total=EUR))}
    assert settle(Tally(), traces.values()) == Tally(order_count=3, order_totals=(EUR + EUR, usd))


def test_what_says_nothing_new_leaves_the_trace_as_it_is() -> None:
    trace = learn(Trace(id="t", partner_id="p"), Report(filed=True))
    assert learn(trace, Report(filed=True)) is trace
