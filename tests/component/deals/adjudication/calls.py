"""What the suites over all protos have to know of adjudications."""

from datetime import date, timedelta
from typing import Any

from libs.store.port import create
from services.deals.adjudication.documents import ADJUDICATION_SIDES, ADJUDICATIONS
from services.deals.adjudication.domain.cases import (
    Adjudication,
    AdjudicationParty,
    AdjudicationRuling,
)
from services.deals.adjudication.domain.sides import AdjudicationSide, AdjudicationStanding
from services.deals.adjudication.domain.states import AdjudicationReason, AdjudicationState
from services.demo.scenario import ScenarioClient
from tests.capabilities import Calls, Fields

STATEMENT = {"text": "We were first."}
CRITERIA = [f"ADJUDICATION_CRITERION_{name}" for name in ("INCUMBENT", "FIRST_CLAIM")]
FAR = {"year": 2099, "month": 1, "day": 1}


def _id(prefix: str, name: str = "id", **more: Any) -> Fields:
    return lambda loaded: {name: loaded.rows[prefix], **more}


async def _plant(world: Any, one: Any) -> None:
    """The claim of the partner has lost a case, and its people may appeal."""
    env = world.deals.env
    now, case_id, side_id = env.clock.now(), env.ids.new("adj"), env.ids.new("ads")
    due = now + timedelta(days=3650)
    party = AdjudicationParty(registration_id=one.rows["reg"], side_id=side_id)
    ruling = AdjudicationRuling(
        winner_registration_id=env.ids.new("reg"),
        reason=AdjudicationReason.OTHER,
        decided_by="dev:anna",
        decide_time=now,
    )
    case = Adjudication(
        id=case_id,
        state=AdjudicationState.DECIDED,
        country="DE",
        parties=(party,),
        rulings=(ruling,),
        appeal_due_time=due,
        create_time=now,
        update_time=now,
    )
    side = AdjudicationSide(
        id=side_id,
        adjudication_id=case_id,
        registration_id=one.rows["reg"],
        partner_id=one.id,
        open_registration_id=one.rows["reg"],
        standing=AdjudicationStanding.LOST,
        appeal_due_time=due,
        appeal_last_day=date(2099, 1, 1),
        create_time=now,
        update_time=now,
    )
    await env.store.commit([create(ADJUDICATIONS, case), create(ADJUDICATION_SIDES, side)])
    one.rows["ads"] = side_id


async def _claim(scenario: ScenarioClient, partner: str, name: str) -> str:
    """A claim under review."""
    made = await scenario.ask(
        "deals",
        "CreateRegistration",
        partner_id=scenario.held[partner],
        customer={"legal_name": f"{name} GmbH", "country": "AT", "domain": f"{name.lower()}.example"},
        lines=[{"sku": "RTR-1", "product_line": "ADJUDICATED", "quantity": 1}],
    )
    await scenario.eventually("deals", "SubmitRegistration", id=made.registration.id)
    await scenario.ask("deals", "StartReview", id=made.registration.id)
    return str(made.registration.id)


async def _opened(scenario: ScenarioClient, name: str) -> tuple[Any, str]:
    """A case about two claims of this customer, and the claim that loses it."""
    claims = [await _claim(scenario, partner, name) for partner in ("north", "south")]
    answer = await scenario.ask("deals", "OpenAdjudication", registration_ids=claims)
    return answer.adjudication, claims[1]


async def _prepare(scenario: ScenarioClient) -> None:
    case, _ = await _opened(scenario, "Streitfall")
    scenario.held["adjudication_side"] = case.parties[0].side_id


async def _drive(scenario: ScenarioClient) -> None:
    drafted = await scenario.ask("deals", "DraftAdjudicationRule", criteria=CRITERIA)
    published = {"id": drafted.adjudication_rule.id, "effective_day": FAR}
    await scenario.ask("deals", "PublishAdjudicationRule", **published)
    await scenario.ask("deals", "WithdrawAdjudicationRule", id=drafted.adjudication_rule.id)
    await scenario.ask("deals", "DraftAdjudicationRule", criteria=CRITERIA)
    case, _ = await _opened(scenario, "Streitfall")
    sides = [one.side_id for one in case.parties]
    await scenario.ask("deals", "RecordInvitation", id=sides[0], reference="LETTER-1")
    ruling = {"winner_registration_id": case.parties[0].registration_id, "reason": "ADJUDICATION_REASON_AGREED"}
    await scenario.ask("deals", "DecideAdjudication", id=case.id, **ruling)
    await scenario.ask("deals", "AppealAdjudication", id=sides[1], statement=STATEMENT)
    await scenario.ask_another("deals", "DecideAdjudicationAppeal", id=case.id, **ruling)


CALLS = Calls(
    reads={"GetAdjudicationSide": _id("ads"), "ListAdjudicationSides": _id("ptn", "partner_id")},
    changes={"AppealAdjudication": _id("ads", statement=STATEMENT)},
    own=frozenset({"GetAdjudicationSide", "ListAdjudicationSides"}),
    shown={"GetAdjudicationSide": ("ads",), "ListAdjudicationSides": ("ads",)},
    listed={"ListAdjudicationSides": "ads"},
    plant=_plant,
    refused=frozenset(
        {
            "OpenAdjudication",
            "PublishAdjudicationRule",
            "WithdrawAdjudicationRule",
            "DecideAdjudication",
            "DecideAdjudicationAppeal",
            "AppealAdjudication",
        }
    ),
    repeated={
        "DraftAdjudicationRule": ("deals", lambda _: {"criteria": CRITERIA}),
        "RecordInvitation": (
            "deals",
            lambda scenario: {"id": scenario.held["adjudication_side"], "reference": "LETTER-1"},
        ),
    },
    prepare=_prepare,
    drive=_drive,
)
