"""What the suites over all protos have to know of balances."""

from typing import Any

from services.demo.scenario import ScenarioClient, day, money
from tests.capabilities import Calls
from tests.component.orders.balance.acts import receive


async def _plant(world: Any, one: Any) -> None:
    credit = await receive(world.orders, "1", partner_id=one.id)
    one.rows["crd"] = credit.id


async def _drive(scenario: ScenarioClient) -> None:
    partner, today = scenario.held["north"], day(scenario.today)
    invoice = {"invoice_id": scenario.held["open_invoice"]}
    paid = {"partner_id": partner, "amount": money(25_000), "value_date": today}
    credit = (await scenario.ask("orders", "RecordPaymentOnAccount", **paid, parts=[invoice])).credit
    found = await scenario.ask("orders", "GetCredit", id=credit.id)
    await scenario.ask("orders", "ReverseAllocation", id=found.allocations[0].id)
    await scenario.ask("orders", "AllocateCredit", credit_id=credit.id, parts=[{**invoice, "amount": money(1)}])
    await scenario.ask("orders", "RecordRefund", partner_id=partner, amount=money(3), refund_date=today)
    wrong = (await scenario.ask("orders", "RecordPaymentOnAccount", **paid)).credit.payment_id
    reason = "PAYMENT_REVERSAL_REASON_RETURNED_BY_BANK"
    await scenario.ask("orders", "ReversePayment", id=wrong, reverse_date=today, reason=reason)


CALLS = Calls(
    reads={
        "GetCredit": lambda loaded: {"id": loaded.rows["crd"]},
        "ListOpenCredits": lambda loaded: {"partner_id": loaded.rows["ptn"]},
        "GetStatement": lambda loaded: {"partner_id": loaded.rows["ptn"], "currency": "EUR"},
    },
    shown={"GetCredit": ("crd",), "ListOpenCredits": ("crd",), "GetStatement": ("inv", "pay", "crn")},
    listed={"ListOpenCredits": "crd"},
    plant=_plant,
    new=frozenset({"RecordPaymentOnAccount", "AllocateCredit", "RecordRefund"}),
    refused=frozenset({"ReverseAllocation", "ReversePayment"}),
    drive=_drive,
)
