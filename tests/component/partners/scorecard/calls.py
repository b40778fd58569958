"""What the suites over all protos have to know of scorecards."""

from datetime import date
from typing import Any

from msgspec.structs import replace

from libs.env import Env
from libs.quarters import months_after, quarter_of
from libs.store.port import create
from services.demo.scenario import ScenarioClient
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.scorecard.documents import SCORECARDS
from services.partners.scorecard.domain.card import Scorecard, close, scored
from services.partners.scorecard.domain.run import opened
from services.partners.scorecard.domain.scoring import Tally
from tests.builders import NOW, a_call
from tests.capabilities import Calls
from tests.unit.partners.scorecard.built import QUARTER, a_line, a_model, dimension

DIMENSION: dict[str, Any] = {
    "code": "ORDERS",
    "source": "SCORECARD_SOURCE_FACTS",
    "metric": "FACT_METRIC_ORDERS",
    "weight_basis_points": 10_000,
    "worst": "0",
    "target": "10",
}
MODEL: dict[str, Any] = {"code": "RESELLERS", "dimensions": [DIMENSION]}
SAID = {"text": "We were moving house."}


def _card(env: Env[Any], partner: Partner) -> Scorecard:
    """A closed card with a score, as if a quarter had passed."""
    model = a_model(dimension())
    run = opened(model, QUARTER, now=NOW, closes_at=NOW)
    card = scored(env.ids.new("scd"), model, partner, (a_line(dimension(), 4),), run=run, as_of=NOW, now=NOW)
    return close(card, (Tally(4_000, 1),), published=False, now=NOW)


async def _plant(world: Any, one: Any) -> None:
    env: Env[Any] = world.partners.env
    partner = await world.partners.value(PARTNERS, one.id)
    card = replace(_card(env, partner), publish_time=NOW)
    await world.stores["partners"].commit([create(SCORECARDS, card)])
    one.rows["scd"] = card.id


async def _stage(env_of: Any, scenario: ScenarioClient) -> None:
    env: Env[Any] = env_of("partners")
    card = _card(env, await env.show(PARTNERS, scenario.held["north"], call=a_call()))
    await env.store.commit([create(SCORECARDS, card)])
    scenario.held["scorecard"] = card.id


def _day(day: date) -> dict[str, int]:
    return {"year": day.year, "month": day.month, "day": day.day}


def _actions(scenario: ScenarioClient, *, done: bool = False) -> dict[str, Any]:
    due = _day(months_after(scenario.today, 3))
    action = {"title": "Train two", "owner_role": "partner_sales", "due_day": due, "done": done}
    return {"id": scenario.held["scorecard"], "actions": [action]}


async def _prepare(scenario: ScenarioClient) -> None:
    await scenario.ask("partners", "PublishScorecard", id=scenario.held["scorecard"])


async def _drive(scenario: ScenarioClient) -> None:
    await _prepare(scenario)
    model = (await scenario.ask("partners", "DraftScorecardModel", **MODEL)).scorecard_model.id
    effective = _day(quarter_of(months_after(scenario.today, 6)))
    await scenario.ask("partners", "PublishScorecardModel", id=model, effective_day=effective)
    await scenario.ask("partners", "WithdrawScorecardModel", id=model)
    await scenario.ask("partners", "AgreeScorecardActions", **_actions(scenario))
    await scenario.ask("partners", "AgreeScorecardActions", **_actions(scenario, done=True))
    await scenario.ask("partners", "StateScorecard", id=scenario.held["scorecard"], statement=SAID)
    rating = {"aspect": "RATED_ASPECT_ABILITY", "score": 60, "rating_reason": "RATING_REASON_STAFFING"}
    quarter = _day(quarter_of(scenario.today))
    await scenario.ask("partners", "RatePartner", partner_id=scenario.held["north"], quarter=quarter, **rating)


CALLS = Calls(
    reads={
        "GetScorecard": lambda loaded: {"id": loaded.rows["scd"]},
        "ListScorecards": lambda loaded: {"partner_id": loaded.rows["ptn"]},
    },
    changes={"StateScorecard": lambda loaded: {"id": loaded.rows["scd"], "statement": SAID}},
    shown={"GetScorecard": ("scd",), "ListScorecards": ("scd",)},
    listed={"ListScorecards": "scd"},
    own=frozenset({"GetScorecard", "ListScorecards"}),
    plant=_plant,
    refused=frozenset({"PublishScorecardModel", "WithdrawScorecardModel", "StateScorecard", "RatePartner"}),
    repeated={
        "DraftScorecardModel": ("partners", lambda _: MODEL),
        "PublishScorecard": ("partners", lambda scenario: {"id": scenario.held["scorecard"]}),
        "AgreeScorecardActions": ("partners", _actions),
    },
    stage=_stage,
    prepare=_prepare,
    drive=_drive,
)
