"""The step of the campaigns: a fair and a mailing, which partner took part, and what of an order is theirs."""

from datetime import date, timedelta
from typing import Any

from services.demo.people import COUNTRY
from services.demo.scenario import ScenarioClient, day, money, shown

FAIR, MAILING = "Netzwerktage", "Frühlingsbrief"
BEFORE_THE_CLAIM = {FAIR: timedelta(days=20), MAILING: timedelta(days=6)}


async def a_fair_and_what_came_of_it(scenario: ScenarioClient) -> None:
    """The order of the first claim is attributed by three models, side by side, and set against the cost."""
    scenario.chapter("A fair")
    claim = (await scenario.ask("deals", "GetRegistration", id=scenario.held["claim"])).registration
    began = claim.create_time.ToDatetime().date()
    fair = await _campaign(scenario, FAIR, "FAIR", began - BEFORE_THE_CLAIM[FAIR], 2000)
    mailing = await _campaign(scenario, MAILING, "MAILING", began - BEFORE_THE_CLAIM[MAILING], 250)
    answers = {"north": "REGISTERED", "south": "DECLINED"}
    invited = {}
    for name, answer in answers.items():
        made = await scenario.ask("deals", "InvitePartner", campaign_id=fair, partner_id=scenario.held[name])
        invited[name] = made.participation.id
        state = f"PARTICIPATION_STATE_{answer}"
        await scenario.ask("deals", "AnswerInvitation", id=invited[name], answer=state)
    await scenario.ask("deals", "MoveCampaign", id=fair, state="CAMPAIGN_STATE_RUNNING")
    attended = "PARTICIPATION_STATE_ATTENDED"
    await scenario.ask("deals", "RecordAttendance", id=invited["north"], attendance=attended)
    await scenario.ask("deals", "MoveCampaign", id=fair, state="CAMPAIGN_STATE_ENDED")
    scenario.tell(f"The vendor invites both resellers to the fair {FAIR}", "North comes, South declines")
    for name, campaign in ((FAIR, fair), (MAILING, mailing)):
        on = began - BEFORE_THE_CLAIM[name]
        await scenario.ask("deals", "RecordTouch", campaign_id=campaign, registration_id=claim.id, day=day(on))
    scenario.tell("The customer was at the fair, and had the mailing later", "two touches of North's claim")

    def has_order(answer: Any) -> bool:
        return bool(answer.result.order_count > 0)

    for name, campaign in ((FAIR, fair), (MAILING, mailing)):
        found = (await scenario.eventually("deals", "GetCampaignResult", has_order, campaign_id=campaign)).result
        [figures] = found.figures
        models = (
            ("first", figures.first_touch, figures.first_touch_basis_points),
            ("last", figures.last_touch, figures.last_touch_basis_points),
            ("linear", figures.linear, figures.linear_basis_points),
        )
        of = ", ".join(f"{model} {shown(amount)} ({back / 10_000:.2f} of the cost)" for model, amount, back in models)
        scenario.tell(f"{name}: of {shown(figures.ordered)} ordered, at a cost of {shown(figures.cost)}", of)


async def _campaign(scenario: ScenarioClient, name: str, kind: str, on: date, cost: int) -> str:
    """A campaign of one day with its actual cost; its id."""
    made = await scenario.ask(
        "deals",
        "CreateCampaign",
        kind=f"CAMPAIGN_KIND_{kind}",
        name=name,
        country=COUNTRY,
        first_day=day(on),
        last_day=day(on),
        planned_cost=money(cost),
        actual_cost=money(cost),
    )
    return str(made.campaign.id)
