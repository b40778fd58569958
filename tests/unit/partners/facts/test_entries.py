"""What documents add to the facts follows from what is known of them, in whatever order and however often it came."""

from datetime import date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from libs.money import Money
from services.partners.facts.domain.entries import entries_of
from services.partners.facts.domain.metrics import FactMetric, Sum
from services.partners.facts.domain.sources import Entry, LineAmount, Said, Source, counted, heard, judged
from services.partners.facts.domain.sums import Key, waiting
from tests.builders import NOW, an_id

DAY = date(2026, 2, 1)
EUR = Money.of("19.99", "EUR")

News = list[tuple[str, Said]]

_DOCUMENTS = tuple(f"{kind}_{one}" for kind in ("ord", "inv", "reg", "tkt", "pay") for one in "ab")
_NAMES = (
    *("confirmed", "canceled", "closed", "issued", "fell_overdue", "paid", "reopened", "submitted", "recalled"),
    *("approved", "converted", "expired", "created", "resolved", "breached:RESOLUTION", "recorded", "reversed"),
)
_SAID = st.tuples(
    st.sampled_from(_DOCUMENTS),
    st.builds(
        Said,
        id=st.sampled_from(_NAMES),
        version=st.integers(1, 4),
        day=st.dates(date(2026, 1, 1), date(2026, 4, 30)),
        amount=st.just(EUR),
    ),
)


def sources(news: News, found: dict[str, Source] | None = None) -> dict[str, Source]:
    """The sources after these news, on top of those found before."""
    found = dict(found or {})
    for id_, one in news:
        before = found.get(id_) or Source(id=id_, partner_id=an_id("ptn"))
        said = heard(before, one)
        found[id_] = judged(before, said, entries_of(id_, said), now=NOW)
    return found


def _once(news: News) -> News:
    """One event of each name and version: a document says one thing in a version."""
    return list({(id_, one.id, one.version): (id_, one) for id_, one in news}.values())


NEWS = st.lists(_SAID, max_size=20).map(_once)


def _entries(document: str, *said: Said) -> dict[FactMetric, tuple[int, int]]:
    return {one.metric: (one.value, one.of) for one in entries_of(document, said)}


@given(NEWS.flatmap(lambda news: st.tuples(st.just(news), st.permutations([*news, *news]))))
def test_order_and_repetition_of_events_do_not_matter(told: tuple[News, News]) -> None:
    once, shuffled_twice = told
    assert sources(shuffled_twice) == sources(once)


@given(st.lists(NEWS, max_size=5))
def test_sums_made_in_portions_are_those_made_at_once(portions: list[News]) -> None:
    news = _once([one for portion in portions for one in portion])
    sums: dict[tuple[str, Key], Sum] = {}
    found: dict[str, Source] = {}
    for start in range(0, len(news), 7):
        found = sources(news[start : start + 7], found)
        for place, added in waiting(found.values()).items():
            sums[place] = sums.get(place, Sum()) + added
        found = {id_: counted(source) for id_, source in found.items()}
    assert {place: one for place, one in sums.items() if one} == waiting(sources(news).values())


def test_a_canceled_order_counts_for_nothing_even_if_that_is_heard_first() -> None:
    confirmed = Said(id="confirmed", version=2, day=DAY, amount=EUR)
    canceled = Said(id="canceled", version=3, day=DAY)
    assert entries_of("ord_1", (canceled, confirmed)) == ()


def test_money_is_counted_by_product_line_and_documents_once() -> None:
    lines = (
        LineAmount(product_line="bikes", amount=Money.of(90, "EUR"), discount=Money.of(10, "EUR")),
        LineAmount(product_line="parts", amount=Money.of(5, "EUR"), discount=Money.zero("EUR")),
    )
    confirmed = Said(id="confirmed", version=2, day=DAY, country="DE", amount=Money.of(110, "EUR"), lines=lines)
    de: dict[str, Any] = {"day": DAY, "country": "DE"}
    assert set(entries_of("ord_1", (confirmed,))) == {
        Entry(metric=FactMetric.ORDERS, value=1, **de),
        Entry(metric=FactMetric.ORDER_TOTAL, value=1_100_000, currency="EUR", **de),
        Entry(metric=FactMetric.REVENUE_ORDERED, value=900_000, currency="EUR", product_line="bikes", **de),
        Entry(metric=FactMetric.REVENUE_ORDERED, value=50_000, currency="EUR", product_line="parts", **de),
        Entry(metric=FactMetric.DISCOUNT, value=100_000, of=1_000_000, currency="EUR", product_line="bikes", **de),
        Entry(metric=FactMetric.DISCOUNT, value=0, of=50_000, currency="EUR", product_line="parts", **de),
    }


def test_an_order_of_one_product_line_counts_there() -> None:
    lines = (LineAmount(product_line="bikes", amount=EUR),)
    [orders] = [
        one
        for one in entries_of("ord_1", (Said(id="confirmed", version=2, day=DAY, amount=EUR, lines=lines),))
        if one.metric is FactMetric.ORDERS
    ]
    assert orders.product_line == "bikes"


def test_what_is_overdue_ends_with_the_payment_and_begins_again_with_its_reversal() -> None:
    issued = Said(id="issued", version=1, day=DAY, due=DAY, amount=EUR)
    overdue = Said(id="fell_overdue", version=2, day=date(2026, 2, 2), due=DAY, amount=EUR)
    paid = Said(id="paid", version=3, day=date(2026, 2, 11), late=True)
    reopened = Said(id="reopened", version=4, day=date(2026, 3, 1), amount=Money.of(5, "EUR"))
    cents = EUR.amount
    assert _entries("inv_1", issued) == {FactMetric.REVENUE_INVOICED: (cents, 0)}
    late = {FactMetric.REVENUE_INVOICED: (cents, 0), FactMetric.PAID_ON_TIME: (0, 1)}
    waiting_for_it = {FactMetric.OVERDUE_INVOICES: (1, 0), FactMetric.OVERDUE_AMOUNT: (cents, 0)}
    assert _entries("inv_1", issued, overdue) == late | waiting_for_it
    assert _entries("inv_1", issued, overdue, paid) == late | {FactMetric.DAYS_LATE: (10, 1)}
    assert _entries("inv_1", issued, overdue, paid, reopened) == late | {
        FactMetric.OVERDUE_INVOICES: (1, 0),
        FactMetric.OVERDUE_AMOUNT: (50_000, 0),
    }
    in_time = Said(id="paid", version=2, day=DAY)
    assert _entries("inv_1", issued, in_time)[FactMetric.PAID_ON_TIME] == (1, 1)


def test_a_reversed_payment_and_a_refund_take_away_what_was_collected_in_their_own_month() -> None:
    recorded = Said(id="recorded", version=1, day=DAY, amount=EUR)
    back = Said(id="reversed", version=2, day=date(2026, 3, 5), amount=EUR)
    found = {one.day: one.value for one in entries_of("pay_1", (recorded, back))}
    assert found == {DAY: EUR.amount, date(2026, 3, 5): -EUR.amount}
    assert _entries("rfd_1", recorded) == {FactMetric.COLLECTED: (-EUR.amount, 0)}


def test_a_claim_counts_when_it_is_submitted_and_not_while_it_is_a_draft_again() -> None:
    submitted = Said(id="submitted", version=2, day=DAY)
    recalled = Said(id="recalled", version=3, day=DAY)
    again = Said(id="submitted", version=4, day=date(2026, 3, 1))
    assert _entries("reg_1", submitted) == {FactMetric.REGISTRATIONS: (1, 0)}
    assert _entries("reg_1", submitted, recalled) == {}
    assert [one.day for one in entries_of("reg_1", (again, recalled))] == [date(2026, 3, 1)]


def test_a_deal_is_won_or_lost_and_never_both() -> None:
    approved = Said(id="approved", version=3, day=DAY)
    won = Said(id="stage_advanced", version=4, day=DAY, stage="WON")
    expired = Said(id="expired", version=5, day=DAY)
    lost = Said(id="stage_advanced", version=4, day=DAY, stage="LOST")
    assert _entries("reg_1", approved, won, expired)[FactMetric.CONVERSION] == (1, 1)
    assert FactMetric.DEALS_LOST not in _entries("reg_1", approved, won, expired)
    assert _entries("reg_1", approved, lost)[FactMetric.CONVERSION] == (0, 1)
    assert _entries("reg_1", approved, lost, expired)[FactMetric.DEALS_LOST] == (1, 0)
    assert FactMetric.CONVERSION not in _entries("reg_1", approved)


def test_each_clock_of_a_ticket_is_judged_by_itself() -> None:
    created = Said(id="created", version=1, day=DAY)
    breached = Said(id="breached:FIRST_RESPONSE", version=2, day=DAY)
    resolved = Said(id="resolved", version=3, day=date(2026, 2, 9))
    closed = Said(id="closed", version=4, day=date(2026, 2, 9), state="CLOSED", outcome="BREACHED")
    found = _entries("tkt_1", created, breached, resolved, closed)
    assert found[FactMetric.FIRST_RESPONSE_IN_TIME] == (0, 1)
    assert found[FactMetric.RESOLUTION_IN_TIME] == (1, 1)
    assert found[FactMetric.TICKETS_IN_TIME] == (0, 1)
    assert found[FactMetric.BREACHED_TICKETS] == (1, 0)
    canceled = Said(id="closed", version=2, day=DAY, state="CANCELED")
    assert _entries("tkt_1", created, canceled) == {FactMetric.TICKETS: (1, 0)}


def test_no_opinion_is_not_a_bad_one() -> None:
    created = Said(id="created", version=1, day=DAY)
    opinion = Said(id="opinion", version=5, day=DAY, score=2, outcome="QUALITY")
    assert FactMetric.SATISFACTION not in _entries("tkt_1", created)
    found = _entries("tkt_1", created, opinion)
    assert (found[FactMetric.SATISFACTION], found[FactMetric.COMPLAINTS]) == ((2, 1), (1, 0))


def test_what_says_nothing_new_leaves_the_source_as_it_is() -> None:
    first = sources([("tkt_a", Said(id="created", version=1, day=DAY))])["tkt_a"]
    older = Said(id="created", version=1, day=date(2020, 1, 1))
    said = heard(first, older)
    later = datetime(2030, 1, 1, tzinfo=NOW.tzinfo)
    assert judged(first, said, entries_of("tkt_a", said), now=later) == first
