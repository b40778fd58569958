"""The resellers of AdventureWorks in a partner programme, from its publication to the end of a quarter.

The orders are of 2011 to 2013, and only the clock of the cell closes a period. So the clock begins before the year of
the quotas, and stops twice: where the resellers enter the programme, and where all orders of the files are known.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from services.demo.reseller_files import CURRENCY, month_rates_of, targets_of
from services.demo.scenario import ScenarioClient, day
from services.program.reading import read_program

BEGIN = datetime(2012, 12, 3, 9, tzinfo=UTC)
ENTRY = datetime(2013, 7, 2, 9, tzinfo=UTC)
END = datetime(2013, 12, 16, 9, tzinfo=UTC)  # the last order of the files has arrived, and the quarter after runs

PROGRAM, MODEL, SEGMENTS = "RESELLERS", "RESELLERS", "ABC"
QUARTER = date(2013, 7, 1)
SOURCE = "aw"

_FACTS = {"source": "SCORECARD_SOURCE_FACTS"}
_DIMENSIONS: list[dict[str, Any]] = [
    {
        "code": "REVENUE",
        "metric": "FACT_METRIC_REVENUE_ORDERED",
        "weight_basis_points": 4_000,
        "worst": "0",
        "target": "50000",
    },
    {"code": "ORDERS", "metric": "FACT_METRIC_ORDERS", "weight_basis_points": 2_000, "worst": "0", "target": "2"},
    {
        "code": "DISCOUNT",
        "metric": "FACT_METRIC_DISCOUNT",
        "weight_basis_points": 1_000,
        "worst": "0.1",
        "target": "0",
    },
    {
        "code": "PAID_ON_TIME",
        "metric": "FACT_METRIC_PAID_ON_TIME",
        "weight_basis_points": 1_500,
        "worst": "0.8",
        "target": "1",
    },
    {
        "code": "SATISFACTION",
        "metric": "FACT_METRIC_SATISFACTION",
        "weight_basis_points": 1_500,
        "worst": "1",
        "target": "5",
    },
]
_CLASSES = [
    {"code": "A", "upper_basis_points": 8_000},
    {"code": "B", "upper_basis_points": 9_500},
    {"code": "C", "upper_basis_points": 10_000},
]
_LIFE_CYCLE = {
    "new_months": 6,
    "lost_months": 6,
    "trend_months": 6,
    "at_risk_basis_points": 3_000,
    "growing_basis_points": 3_000,
}


async def put_rates(scenario: ScenarioClient, data: Path, *, first: date, below: date) -> None:
    """The rates of the months that end on days from `first` to the day before `below` are put."""
    for one in month_rates_of(data):
        if first <= one.on < below:
            await scenario.ask(
                "orders",
                "PutRates",
                source=SOURCE,
                base_currency=one.currency,
                date=day(one.on),
                quotes=[{"currency": CURRENCY, "rate": f"{one.rate:f}"}],
            )


async def publish(scenario: ScenarioClient) -> None:
    """The vendor publishes the programme, the scorecard and the segmentation, all for the third quarter."""
    written = read_program(Path(__file__).with_name("resellers.toml"))
    draft = await scenario.ask(
        "partners", "DraftProgram", **{field.name: value for field, value in written.ListFields()}
    )
    await scenario.ask("partners", "PublishProgram", id=draft.program.id)
    card = await scenario.ask(
        "partners",
        "DraftScorecardModel",
        code=MODEL,
        dimensions=[_FACTS | one for one in _DIMENSIONS],
        currency=CURRENCY,
        rate_source=SOURCE,
    )
    await scenario.ask("partners", "PublishScorecardModel", id=card.scorecard_model.id, effective_day=day(QUARTER))
    segments = await scenario.ask(
        "partners",
        "DraftSegmentationModel",
        code=SEGMENTS,
        metric="FACT_METRIC_REVENUE_ORDERED",
        window_months=12,
        currency=CURRENCY,
        rate_source=SOURCE,
        rate_basis="RATE_BASIS_MONTH_AVERAGE",
        classes=_CLASSES,
        life_cycle_rules=_LIFE_CYCLE,
    )
    await scenario.ask(
        "partners", "PublishSegmentationModel", id=segments.segmentation_model.id, effective_day=day(QUARTER)
    )


async def plan(scenario: ScenarioClient, data: Path) -> None:
    """The vendor drafts a plan for each reseller. The plans stay drafts: the files say of nobody that it agreed."""
    targets = targets_of(data)
    for reseller in await those(scenario):
        wanted = [
            {
                "period": "PLAN_PERIOD_QUARTER",
                "first_day": day(quarter),
                "metric": "FACT_METRIC_REVENUE_ORDERED",
                "amount": _money(amount),
            }
            for quarter, amount in sorted(targets[reseller.external_id].items())
        ]
        await scenario.ask(
            "partners",
            "DraftPlan",
            partner_id=reseller.id,
            title="The year's quota",
            targets=wanted,
            rates={"source": SOURCE, "basis": "PLAN_RATE_BASIS_MONTH_AVERAGE"},
        )


async def enroll(scenario: ScenarioClient) -> None:
    """All resellers enter the programme at its lowest level."""
    for reseller in await those(scenario):
        await scenario.ask("partners", "Enroll", partner_id=reseller.id, program=PROGRAM)


async def those(scenario: ScenarioClient) -> list[Any]:
    """The resellers as partners, by id."""
    return [one for one in await scenario.every("partners", "ListPartners") if one.external_source == SOURCE]


def _money(amount: Decimal) -> dict[str, object]:
    units = int(amount)
    return {"currency_code": CURRENCY, "units": units, "nanos": int((amount - units).scaleb(9))}
