"""What the suites over all protos have to know of returns on funds."""

from services.demo.scenario import ScenarioClient
from tests.capabilities import Calls
from tests.component.partners.funds.calls import funded


async def _prepare(scenario: ScenarioClient) -> None:
    scenario.held["funded"] = await funded(scenario)
    await _attribute(scenario)


async def _attribute(scenario: ScenarioClient) -> None:
    asked = {"id": scenario.held["funded"], "order_ids": [scenario.held["order"]]}
    await scenario.eventually("partners", "AttributeOrders", **asked)


CALLS = Calls(
    reads={"GetFundReturn": lambda loaded: {"id": loaded.rows["frq"]}},
    repeated={
        "AttributeOrders": (
            "partners",
            lambda scenario: {"id": scenario.held["funded"], "order_ids": [scenario.held["order"]]},
        )
    },
    prepare=_prepare,
    drive=_prepare,
)
