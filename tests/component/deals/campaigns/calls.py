"""What the suites over all protos have to know of campaigns."""

from datetime import timedelta
from typing import Any

from libs.store.port import create
from services.deals.campaigns.documents import CAMPAIGNS, PARTICIPATIONS
from services.deals.campaigns.domain.campaign import Campaign, Participation
from services.deals.campaigns.domain.states import CampaignKind
from services.demo.scenario import ScenarioClient
from tests.builders import NOW, a_call
from tests.capabilities import Calls

DAYS = {"first_day": {"year": 2026, "month": 10, "day": 5}, "last_day": {"year": 2026, "month": 10, "day": 8}}
REGISTERED, ATTENDED = "PARTICIPATION_STATE_REGISTERED", "PARTICIPATION_STATE_ATTENDED"


async def _plant(world: Any, one: Any) -> None:
    """The partner is invited to a campaign."""
    env, today = world.deals.env, NOW.date()
    campaign = Campaign(
        id=env.ids.new("cmp"),
        kind=CampaignKind.FAIR,
        name="Messe",
        first_day=today,
        last_day=today + timedelta(days=3),
        create_time=NOW,
        update_time=NOW,
    )
    made = Participation(
        id=env.ids.new("cpa"), campaign_id=campaign.id, partner_id=one.id, create_time=NOW, update_time=NOW
    )
    await env.commit(create(CAMPAIGNS, campaign), call=a_call())
    one.rows["cpa"] = (await env.commit(create(PARTICIPATIONS, made), call=a_call())).id


async def _campaign(scenario: ScenarioClient, name: str) -> str:
    made = await scenario.ask("deals", "CreateCampaign", kind="CAMPAIGN_KIND_FAIR", name=name, **DAYS)
    return str(made.campaign.id)


async def _invite(scenario: ScenarioClient, campaign: str) -> str:
    made = await scenario.ask("deals", "InvitePartner", campaign_id=campaign, partner_id=scenario.held["north"])
    return str(made.participation.id)


def _touch(scenario: ScenarioClient) -> dict[str, Any]:
    day = {"year": scenario.today.year, "month": scenario.today.month, "day": scenario.today.day}
    return {"campaign_id": scenario.held["fair"], "registration_id": scenario.held["claim"], "day": day}


async def _prepare(scenario: ScenarioClient) -> None:
    scenario.held["fair"] = await _campaign(scenario, "Sondenmesse")
    scenario.held["participation"] = await _invite(scenario, scenario.held["fair"])
    scenario.held["ended"] = await _campaign(scenario, "Herbstmesse")
    scenario.held["visit"] = await _invite(scenario, scenario.held["ended"])
    await scenario.ask("deals", "MoveCampaign", id=scenario.held["ended"], state="CAMPAIGN_STATE_RUNNING")


async def _drive(scenario: ScenarioClient) -> None:
    await _prepare(scenario)
    await scenario.ask("deals", "UpdateCampaign", id=scenario.held["fair"], name="Messe der Sonden")
    await scenario.ask("deals", "AnswerInvitation", id=scenario.held["participation"], answer=REGISTERED)
    await scenario.ask("deals", "RecordAttendance", id=scenario.held["visit"], attendance=ATTENDED)
    await scenario.ask("deals", "RecordTouch", **_touch(scenario))


CALLS = Calls(
    reads={
        "GetParticipation": lambda loaded: {"id": loaded.rows["cpa"]},
        "ListParticipations": lambda loaded: {"partner_id": loaded.id},
    },
    changes={"AnswerInvitation": lambda loaded: {"id": loaded.rows["cpa"], "answer": REGISTERED}},
    shown={"GetParticipation": ("cpa",), "ListParticipations": ("cpa",)},
    listed={"ListParticipations": "cpa"},
    plant=_plant,
    new=frozenset({"CreateCampaign"}),
    refused=frozenset({"MoveCampaign"}),
    repeated={
        "UpdateCampaign": ("deals", lambda scenario: {"id": scenario.held["fair"], "name": "Messe"}),
        "InvitePartner": (
            "deals",
            lambda scenario: {"campaign_id": scenario.held["fair"], "partner_id": scenario.held["north"]},
        ),
        "AnswerInvitation": (
            "deals",
            lambda scenario: {"id": scenario.held["participation"], "answer": REGISTERED},
        ),
        "RecordAttendance": ("deals", lambda scenario: {"id": scenario.held["visit"], "attendance": ATTENDED}),
        "RecordTouch": ("deals", _touch),
    },
    prepare=_prepare,
    drive=_drive,
)
