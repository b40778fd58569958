"""What the suites over all protos have to know of the pipeline."""

from typing import Any

from services.deals.claims.domain.states import Stage
from services.deals.pipeline.domain.history import Transition, TransitionKind
from services.deals.pipeline.usecases.filing import FileTransitions, file_transitions
from services.demo.scenario import ScenarioClient
from tests.builders import NOW
from tests.capabilities import Calls, Fields

WHY = {"reasons": ["OUTCOME_REASON_PRICE"], "competitor": "Rival Corp"}


def _id(prefix: str, name: str, **more: Any) -> Fields:
    return lambda loaded: {name: loaded.rows[prefix], **more}


async def _plant(world: Any, one: Any) -> None:
    """The partner's deal is won."""
    transitions = (
        Transition(version=1, kind=TransitionKind.ENTERED, time=NOW),
        Transition(version=2, kind=TransitionKind.REACHED, time=NOW, stage=Stage.WON),
    )
    await world.deals.run(file_transitions, FileTransitions, registration_id=one.rows["reg"], transitions=transitions)


async def _prepare(scenario: ScenarioClient) -> None:
    """A deal that was lost, and somebody said why."""
    customer = {"legal_name": "Verlorenwerk GmbH", "country": "DE", "domain": "verlorenwerk.example"}
    made = await scenario.ask(
        "deals",
        "CreateRegistration",
        partner_id=scenario.held["north"],
        customer=customer,
        lines=[{"sku": "RTR-1", "quantity": 1}],
    )
    scenario.held["lost_claim"] = made.registration.id
    await scenario.ask("deals", "SubmitRegistration", id=made.registration.id)
    await scenario.ask("deals", "AdvanceStage", id=made.registration.id, stage="STAGE_LOST")
    await scenario.eventually(
        "deals", "GetPipelineDeal", lambda answer: answer.deal.closed_date.year, registration_id=made.registration.id
    )
    await scenario.ask("deals", "RecordOutcome", registration_id=made.registration.id, **WHY)


CALLS = Calls(
    reads={
        "GetPipelineDeal": _id("reg", "registration_id"),
        "ListPipelineDeals": _id("ptn", "partner_id"),
        "GetWinRates": _id("ptn", "partner_id"),
    },
    changes={"RecordOutcome": _id("reg", "registration_id", **WHY)},
    shown={"GetPipelineDeal": ("reg",), "ListPipelineDeals": ("reg",), "GetWinRates": ("ptn",)},
    listed={"ListPipelineDeals": "reg", "GetWinRates": "ptn"},
    plant=_plant,
    repeated={
        "RecordOutcome": ("deals", lambda scenario: {"registration_id": scenario.held["lost_claim"], **WHY}),
    },
    prepare=_prepare,
    drive=_prepare,
)
