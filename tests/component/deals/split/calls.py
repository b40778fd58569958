"""What the suites over all protos have to know of credit splits."""

from typing import Any

from services.deals.split.domain import CreditPart, CreditRole, CreditSplitReason
from services.deals.split.usecases import ListCreditShares, RecordCreditSplit, list_credit_shares, record_credit_split
from services.demo.scenario import ScenarioClient, day
from tests.builders import NOW, a_call_of
from tests.capabilities import Calls


async def _plant(world: Any, one: Any) -> None:
    """The partner has all the credit of its deal."""
    parts = (CreditPart(partner_id=one.id, role=CreditRole.SOLD, basis_points=10_000),)
    await world.deals.run(
        record_credit_split,
        RecordCreditSplit,
        registration_id=one.rows["reg"],
        effective_date=NOW.date(),
        parts=parts,
        reason=CreditSplitReason.AGREED,
    )
    page = await list_credit_shares(world.deals.env, ListCreditShares(call=a_call_of(one.id)))
    one.rows["csh"] = page.rows[0].value.id


def _split(scenario: ScenarioClient) -> dict[str, Any]:
    halves = [
        {"partner_id": scenario.held[one], "role": "CREDIT_ROLE_SOLD", "basis_points": 5_000}
        for one in ("north", "south")
    ]
    return {
        "registration_id": scenario.held["claim"],
        "effective_date": day(scenario.today),
        "parts": halves,
        "reason": "CREDIT_SPLIT_REASON_AGREED",
    }


async def _drive(scenario: ScenarioClient) -> None:
    await scenario.ask("deals", "RecordCreditSplit", **_split(scenario))


CALLS = Calls(
    reads={"ListCreditShares": lambda loaded: {"partner_id": loaded.rows["ptn"]}},
    shown={"ListCreditShares": ("csh",)},
    listed={"ListCreditShares": "csh"},
    plant=_plant,
    repeated={"RecordCreditSplit": ("deals", _split)},
    prepare=_drive,
    drive=_drive,
)
