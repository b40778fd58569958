"""What the suites over all protos have to know of approval chains."""

from typing import Any

from services.demo.scenario import ScenarioClient, money
from tests.capabilities import Calls

STEPS: list[dict[str, Any]] = [{"code": "HEAD", "role": "region_head", "amounts_above": [money(1_000_000)]}]
OWN = {"amounts_up_to": [money(500)], "discount_up_to_basis_points": 300}
FAR = {"year": 2099, "month": 1, "day": 1}
DEPUTY = {"role": "region_head", "subject": "dev:dieter", "first_day": FAR, "last_day": FAR}


async def _drive(scenario: ScenarioClient) -> None:
    drafted = await scenario.ask("deals", "DraftApprovalRule", steps=STEPS, own_authority=OWN)
    await scenario.ask("deals", "PublishApprovalRule", id=drafted.approval_rule.id, effective_day=FAR)
    await scenario.ask("deals", "WithdrawApprovalRule", id=drafted.approval_rule.id)
    await scenario.ask("deals", "DraftApprovalRule", steps=STEPS)
    await scenario.ask("deals", "PutApprovalDeputy", **DEPUTY)
    await scenario.ask("deals", "PutApprovalDeputy", **{**DEPUTY, "last_day": {**FAR, "day": 2}})


CALLS = Calls(
    reads={"PreviewApproval": lambda loaded: {"registration_id": loaded.rows["reg"]}},
    shown={"PreviewApproval": ()},
    refused=frozenset({"PublishApprovalRule", "WithdrawApprovalRule"}),
    repeated={
        "DraftApprovalRule": ("deals", lambda _: {"steps": STEPS, "own_authority": OWN}),
        "PutApprovalDeputy": ("deals", lambda _: DEPUTY),
    },
    drive=_drive,
)
