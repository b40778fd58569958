"""Every order begins as the same draft, whoever opens it."""

from datetime import timedelta

from msgspec.structs import asdict, replace

from libs.errors import Violation
from libs.money import Money
from libs.person import Person
from services.orders.ordering.domain.opening import Opening, created, draft_violations, open_order
from services.orders.record.domain.order import FxRate, Order
from services.orders.record.domain.states import BillingState, FulfillmentState, OrderState, PaymentState
from tests.builders import NOW, an_id
from tests.unit.orders.orders import TODAY

RATE = FxRate(from_currency="EUR", to_currency="USD", rate="1.1", date=TODAY, source="ECB")
OPENING = Opening(
    partner_id=an_id("ptn"),
    registration_id=an_id("reg"),
    from_conversion=True,
    purchase_order_number="PO-1",
    currency="EUR",
    fx_rate=RATE,
    territory="de-sued",
    ship_to_country="DE",
    ship_to_subdivision="BY",
    ship_to_contact=Person(name="Jörg Müller"),
    order_date=TODAY,
    requested_delivery_date=TODAY,
    external_source="aw",
    external_id="7",
    imported_as="00",
)


def test_a_new_order_is_a_draft_that_says_what_it_was_opened_with_and_owes_nothing() -> None:
    order = open_order(OPENING, id=an_id("ord"), now=NOW)
    assert {name: getattr(order, name) for name in Opening.__struct_fields__} == asdict(OPENING)
    axes = (order.state, order.fulfillment, order.billing, order.payment)
    assert axes == (
        OrderState.DRAFT,
        FulfillmentState.NOT_SHIPPED,
        BillingState.NOT_INVOICED,
        PaymentState.UNPAID,
    )
    sums = (order.totals.total, order.freight, order.invoiced, order.settled, order.not_invoiced)
    assert set(sums) == {Money.zero("EUR")}
    event = created(order)
    assert (event.order_id, event.registration_id, event.from_conversion) == (order.id, an_id("reg"), True)


def test_what_a_draft_cannot_say_is_found_in_the_fields_that_were_given_and_in_no_other() -> None:
    wrong = replace(
        open_order(OPENING, id=an_id("ord"), now=NOW),
        fx_rate=replace(RATE, to_currency="EUR"),
        ship_to_country="",
        requested_delivery_date=TODAY - timedelta(days=1),
    )
    reasons = {
        "fx_rate": "SAME_CURRENCY",
        "requested_delivery_date": "IN_THE_PAST",
        "ship_to_country": "REQUIRED",
    }
    for field, reason in reasons.items():
        assert [one.reason for one in violations(wrong, field)] == [reason]
    assert [one.field for one in violations(wrong, *reasons)] == ["fx_rate.to_currency", *list(reasons)[1:]]
    assert violations(wrong, "territory") == []
    today = open_order(OPENING, id=an_id("ord"), now=NOW)
    assert violations(today, *reasons, "ship_to_contact") == []


def violations(order: Order, *fields: str) -> list[Violation]:
    """What is wrong with these fields today."""
    return list(draft_violations(order, fields, today=TODAY, latest=TODAY))
