"""What the suites over all protos have to know of segmentations."""

from datetime import date
from typing import Any

from libs.quarters import months_after, quarter_of
from libs.store.port import create, get
from services.demo.scenario import ScenarioClient
from services.partners.segmentation.documents import SEGMENTATION_MODELS, SEGMENTATIONS, SEGMENTS
from tests.capabilities import Calls
from tests.unit.partners.segmentation.built import a_model, a_run

MODEL: dict[str, Any] = {
    "code": "ABC",
    "metric": "FACT_METRIC_REVENUE_ORDERED",
    "window_months": 12,
    "currency": "EUR",
    "classes": [{"code": "A", "upper_basis_points": 8_000}, {"code": "B", "upper_basis_points": 10_000}],
    "life_cycle_rules": {
        "new_months": 3,
        "lost_months": 6,
        "trend_months": 3,
        "at_risk_basis_points": 2_000,
        "growing_basis_points": 2_000,
    },
}


async def _plant(world: Any, one: Any) -> None:
    """The row of a partner in the only complete run, which is there after the first of them."""
    store, model = world.stores["partners"], a_model(shown_to_partner=True)
    run, rows = a_run(model, {one.id: 10_000})
    if await get(store, SEGMENTATIONS, run.id) is None:
        await store.commit([create(SEGMENTATION_MODELS, model), create(SEGMENTATIONS, run)])
    await store.commit([create(SEGMENTS, row) for row in rows])


def _day(day: date) -> dict[str, int]:
    return {"year": day.year, "month": day.month, "day": day.day}


async def _drive(scenario: ScenarioClient) -> None:
    model = (await scenario.ask("partners", "DraftSegmentationModel", **MODEL)).segmentation_model.id
    effective = _day(quarter_of(months_after(scenario.today, 6)))
    await scenario.ask("partners", "PublishSegmentationModel", id=model, effective_day=effective)
    await scenario.ask("partners", "WithdrawSegmentationModel", id=model)


CALLS = Calls(
    reads={
        "GetPartnerSegment": lambda loaded: {
            "partner_id": loaded.rows["ptn"],
            "model_code": "ABC",
        }
    },
    shown={"GetPartnerSegment": ("ptn",)},
    own=frozenset({"GetPartnerSegment"}),
    plant=_plant,
    refused=frozenset({"PublishSegmentationModel", "WithdrawSegmentationModel"}),
    repeated={"DraftSegmentationModel": ("partners", lambda _: MODEL)},
    drive=_drive,
)
