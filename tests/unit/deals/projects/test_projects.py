"""The sum of a project, whatever the order of the events, against a second computation with decimals."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from libs.money import LIMIT_UNITS, Money
from services.deals.customers.domain.entries import CustomerEntry, DocumentType, News, heard
from services.deals.projects import wire
from services.deals.projects.domain import project, seen
from tests.builders import NOW, an_id

BUYERS = tuple(an_id("ptn", number) for number in (1, 2))
CLAIM = an_id("reg")
AMOUNTS = st.decimals(0, 10_000, places=2)
HISTORIES = st.lists(
    st.tuples(
        st.sampled_from(BUYERS),
        st.sampled_from(("EUR", "USD")),
        AMOUNTS,
        AMOUNTS,
        st.sampled_from(((), ("CONFIRMED",), ("CONFIRMED", "CLOSED"), ("CONFIRMED", "COMPLETED"), ("CANCELED",))),
    ),
    max_size=8,
)


def _events(number: int, buyer: str, currency: str, first: Decimal, last: Decimal, path: tuple[str, ...]) -> list[News]:
    """What is told of one order: its first total, and the total at its confirmation, half of it canceled at the end."""
    told = []
    for version, state in enumerate(("CREATED", *path), start=1):
        amount = Money.of(last if state == "CONFIRMED" else first, currency)
        told.append(
            News(
                document_id=an_id("ord", number + 1),
                partner_id=buyer,
                type=DocumentType.ORDER,
                parent_id=CLAIM if version == 1 else "",
                version=version,
                state=state,
                time=NOW + timedelta(hours=version),
                day=NOW.date() if state == "CONFIRMED" else None,
                amount=amount if state in ("CREATED", "CONFIRMED", "CANCELED") else None,
                canceled_amount=Money.of(last / 2, currency) if state == "CLOSED" else None,
            )
        )
    return told


@given(HISTORIES, st.randoms(use_true_random=False), st.booleans())
def test_the_sum_is_that_of_the_orders_in_any_order_of_events(histories, chance, whole):  # type: ignore[no-untyped-def]  # hypothesis gives them
    events = [one for number, history in enumerate(histories) for one in _events(number, *history)]
    events += chance.sample(events, len(events) // 2)
    chance.shuffle(events)
    entries: dict[str, CustomerEntry] = {}
    for one in events:
        entries[one.document_id] = heard(entries.get(one.document_id, CustomerEntry(id=one.document_id)), one)
    found = project(CLAIM, None, [seen(one, None if whole else BUYERS[:1]) for one in entries.values()], more=False)

    expected: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
    hidden = 0
    for buyer, currency, first, last, path in histories:
        if not whole and buyer != BUYERS[0]:
            hidden += 1
            continue
        sums = expected[currency]
        closed = last / 2 if "CLOSED" in path else Decimal(0)
        if not path:
            sums[1] += first
        elif path == ("CANCELED",):
            sums[2] += first
        else:
            sums[0] += last - closed
            sums[2] += closed
    assert {
        one.ordered.currency: [one.ordered.decimal, one.unconfirmed.decimal, one.canceled.decimal]
        for one in found.totals
    } == dict(expected)
    assert (found.hidden_count, found.order_count) == (hidden, len(histories))


def test_a_share_that_is_too_large_for_an_answer_is_shown_as_the_largest() -> None:
    """A claim over a cent, and an order of the largest amount."""
    event = News(
        document_id=an_id("ord"),
        partner_id=BUYERS[0],
        type=DocumentType.ORDER,
        parent_id=CLAIM,
        version=1,
        state="CONFIRMED",
        time=NOW,
        amount=Money.of(LIMIT_UNITS - 1, "EUR"),
    )
    found = project(
        CLAIM, Money.of("0.01", "EUR"), [seen(heard(CustomerEntry(id=event.document_id), event), None)], more=False
    )
    assert found.ordered_basis_points == 10**15
    assert wire.PROJECT.encode(found).ordered_basis_points == 10**15
