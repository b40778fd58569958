"""What the suites over all protos have to know of ordering."""

from services.demo.people import COUNTRY
from services.demo.scenario import ScenarioClient, money
from tests.capabilities import Calls


async def _drive(scenario: ScenarioClient) -> None:
    line = {"kind": "LINE_KIND_PRODUCT", "sku": "A", "quantity": 2, "unit_price": money(1)}
    made = await scenario.ask(
        "orders",
        "CreateOrder",
        partner_id=scenario.held["north"],
        currency="EUR",
        ship_to_country=COUNTRY,
        lines=[line],
    )
    order = made.order.id
    submitted = await scenario.ask("orders", "SubmitOrder", id=order)
    for hold in submitted.order.holds:
        asked = await scenario.ask("orders", "ReleaseHold", id=order, reason=hold.reason)
        await scenario.ask_another("orders", "ConfirmDecision", id=asked.decision.id)
    await scenario.ask(
        "orders",
        "RecordShipment",
        order_id=order,
        lines=[{"line_number": 1, "quantity": 1}],
        ship_date=submitted.order.order_date,
    )
    await scenario.ask("orders", "CloseOrder", id=order, cancel_reason="CANCEL_REASON_OUT_OF_STOCK")


CALLS = Calls(
    changes={"CloseOrder": lambda loaded: {"id": loaded.rows["ord"], "cancel_reason": "CANCEL_REASON_OUT_OF_STOCK"}},
    refused=frozenset({"CloseOrder"}),
    drive=_drive,
)
