"""What the suites over all protos have to know of data quality."""

from typing import Any

from services.demo.scenario import ScenarioClient
from tests.capabilities import Calls
from tests.component.partners.quality.acts import looked_at

DISMISSAL = "QUALITY_DISMISSAL_CANNOT_BE_HAD"
STATE, RULE = "QUALITY_FINDING_STATE_OPEN", "QUALITY_RULE_PHONE_GIVEN"


async def _plant(world: Any, one: Any) -> None:
    one.rows["qfd"] = (await looked_at(world.partners, one.id)).id


async def _prepare(scenario: ScenarioClient) -> None:
    north = scenario.held["north"]
    asked = {"partner_id": north, "rule": RULE}
    found = await scenario.eventually("partners", "ListQualityFindings", lambda one: one.quality_findings, **asked)
    scenario.held["quality_finding"] = found.quality_findings[0].id
    await scenario.ask("partners", "DismissQualityFinding", id=scenario.held["quality_finding"], dismissal=DISMISSAL)


async def _drive(scenario: ScenarioClient) -> None:
    await _prepare(scenario)
    await scenario.ask("partners", "ConfirmQualityRecord", partner_id=scenario.held["north"])


CALLS = Calls(
    reads={
        "GetQuality": lambda loaded: {"partner_id": loaded.rows["ptn"]},
        "ListQualityFindings": lambda loaded: {"partner_id": loaded.rows["ptn"]},
    },
    changes={"ConfirmQualityRecord": lambda loaded: {"partner_id": loaded.rows["ptn"]}},
    own=frozenset({"GetQuality", "ListQualityFindings"}),
    shown={"GetQuality": ("ptn",), "ListQualityFindings": ("qfd",)},
    listed={"ListQualityFindings": "qfd"},
    plant=_plant,
    repeated={
        "DismissQualityFinding": (
            "partners",
            lambda scenario: {"id": scenario.held["quality_finding"], "dismissal": DISMISSAL},
        ),
        "ConfirmQualityRecord": ("partners", lambda scenario: {"partner_id": scenario.held["north"]}),
    },
    prepare=_prepare,
    drive=_drive,
)
