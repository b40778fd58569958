"""What the suites over all protos have to know of the relationship with partners."""

from typing import Any

from libs.person import PersonalText
from services.demo.scenario import ScenarioClient, day
from tests.capabilities import Calls, Fields
from tests.component.partners.relations.acts import entry, review

CRITERIA = ("AVAILABILITY", "DELIVERY", "SUPPORT", "TERMS", "COMMUNICATION")
SCORES: list[dict[str, Any]] = [{"criterion": f"RATING_CRITERION_{one}", "score": 4} for one in CRITERIA]


def _partner(**more: Any) -> Fields:
    return lambda loaded: {"partner_id": loaded.rows["ptn"], **more}


async def _plant(world: Any, one: Any) -> None:
    text = PersonalText(text=one.words)
    one.rows["lge"] = (await entry(world.partners, one.id, text=text, shared=True)).id
    one.rows["brv"] = (await review(world.partners, one.id, notes=text, shared=True)).id


async def _prepare(scenario: ScenarioClient) -> None:
    north, today = scenario.held["north"], day(scenario.today)
    noted = await scenario.ask(
        "partners",
        "RecordLogEntry",
        partner_id=north,
        channel="LOG_CHANNEL_VISIT",
        happened_on=today,
        text={"text": "About the fair."},
    )
    decision = {"title": "Road show", "owner": "INITIATIVE_OWNER_PARTNER_SALES", "due_on": today}
    held = await scenario.ask(
        "partners",
        "RecordReview",
        partner_id=north,
        held_on=today,
        metrics=["FACT_METRIC_REVENUE_ORDERED"],
        decisions=[decision],
    )
    scenario.held["log_entry"], scenario.held["review"] = noted.log_entry.id, held.business_review.id


async def _drive(scenario: ScenarioClient) -> None:
    await _prepare(scenario)
    await scenario.ask("partners", "ShareLogEntry", id=scenario.held["log_entry"], shared=True)
    review_id = scenario.held["review"]
    await scenario.ask("partners", "ShareReview", id=review_id, shared=True)
    closed = "INITIATIVE_STATE_DONE"
    await scenario.ask("partners", "CloseReviewDecision", id=review_id, number=1, outcome=closed)
    await scenario.ask("partners", "RateDistributor", partner_id=scenario.held["north"], scores=SCORES)


CALLS = Calls(
    reads={
        "ListLogEntries": _partner(),
        "GetReview": lambda loaded: {"id": loaded.rows["brv"]},
        "ListReviews": _partner(),
        "GetRatingSummary": _partner(),
    },
    changes={"RateDistributor": _partner(scores=SCORES)},
    shown={
        "ListLogEntries": ("lge",),
        "GetReview": ("brv",),
        "ListReviews": ("brv",),
        "GetRatingSummary": ("ptn",),
    },
    listed={"ListLogEntries": "lge", "ListReviews": "brv"},
    plant=_plant,
    new=frozenset({"RecordLogEntry", "RecordReview"}),
    refused=frozenset({"CloseReviewDecision"}),
    repeated={
        "ShareLogEntry": ("partners", lambda scenario: {"id": scenario.held["log_entry"], "shared": False}),
        "ShareReview": ("partners", lambda scenario: {"id": scenario.held["review"], "shared": False}),
        "RateDistributor": ("partners", lambda scenario: {"partner_id": scenario.held["north"], "scores": SCORES}),
    },
    prepare=_prepare,
    drive=_drive,
)
