"""What the suites over all protos have to know of joint pursuits."""

from datetime import timedelta
from typing import Any

from services.deals.claims.domain.states import ActivityType
from services.deals.pursuit import usecases
from services.deals.pursuit.domain.members import PursuitChannel, PursuitRole
from services.deals.pursuit.domain.snapshots import SharedField
from services.demo.scenario import ScenarioClient, day
from tests.builders import NOW
from tests.capabilities import Calls, Fields
from tests.component.deals.harness import a_customer

FAR = {"year": 2099, "month": 1, "day": 1}
STEP: dict[str, Any] = {"type": "ACTIVITY_TYPE_DEMONSTRATION", "due_date": FAR}
LATER: dict[str, Any] = {"state": "PURSUIT_STEP_STATE_PLANNED", "due_date": {"year": 2099, "month": 2, "day": 1}}
DONE: dict[str, Any] = {"channel": "PURSUIT_CHANNEL_FAX", "type": "ACTIVITY_TYPE_QUOTE"}
PAST = {"year": 2026, "month": 1, "day": 2}


def _id(prefix: str, name: str = "id", **more: Any) -> Fields:
    return lambda loaded: {name: loaded.rows[prefix], **more}


async def _plant(world: Any, one: Any) -> None:
    """The partner pursues the claim of somebody who is not in the forest, on a customer with its words."""
    deals = world.deals
    stranger = deals.env.ids.new("ptn")
    await deals.partner(stranger)
    claim = await deals.claimed(stranger, customer=a_customer(one.words))
    member = await deals.run(
        usecases.invite_member,
        usecases.InviteMember,
        registration_id=claim.id,
        partner_id=one.id,
        role=PursuitRole.DESIGNER,
        shared_fields=(SharedField.CUSTOMER_NAME, SharedField.STAGE),
        valid_days=7,
    )
    await deals.run(usecases.accept_invitation, usecases.AnswerInvitation, id=member.id)
    what: dict[str, Any] = {"membership_id": member.id, "type": ActivityType.MEETING}
    due = NOW.date() + timedelta(days=400)
    step = await deals.run(usecases.add_next_step, usecases.AddNextStep, **what, due_date=due)
    what |= {"channel": PursuitChannel.VISIT, "date": NOW.date()}
    done = await deals.run(usecases.record_pursuit_activity, usecases.RecordPursuitActivity, **what)
    one.rows.update({"jpm": member.id, "jps": step.id, "jpa": done.id})


async def _claim(scenario: ScenarioClient, name: str) -> str:
    made = await scenario.ask(
        "deals",
        "CreateRegistration",
        partner_id=scenario.held["north"],
        customer={"legal_name": f"{name} GmbH", "country": "AT", "domain": f"{name.lower()}.example"},
        lines=[{"sku": "RTR-1", "product_line": "PURSUED", "quantity": 1}],
    )
    await scenario.eventually("deals", "SubmitRegistration", id=made.registration.id)
    return str(made.registration.id)


async def _invited(scenario: ScenarioClient, claim: str) -> str:
    answer = await scenario.eventually(
        "deals",
        "InviteMember",
        registration_id=claim,
        partner_id=scenario.held["south"],
        role="PURSUIT_ROLE_CO_SELLER",
        shared_fields=["SHARED_FIELD_CUSTOMER_COUNTRY", "SHARED_FIELD_PRODUCT_LINES"],
        valid_days=14,
    )
    return str(answer.membership.id)


async def _stepping(scenario: ScenarioClient, claim: str) -> tuple[str, str]:
    """A membership, and its step."""
    member = await _invited(scenario, claim)
    await scenario.ask("deals", "AcceptInvitation", id=member)
    planned = await scenario.ask("deals", "AddNextStep", membership_id=member, **STEP)
    return member, str(planned.step.id)


async def _prepare(scenario: ScenarioClient) -> None:
    _, scenario.held["pursuit_step"] = await _stepping(scenario, await _claim(scenario, "Mitwerk"))


async def _drive(scenario: ScenarioClient) -> None:
    claim = await _claim(scenario, "Mitwerk")
    member, step = await _stepping(scenario, claim)
    await scenario.ask("deals", "ChangeNextStep", id=step, **LATER)
    await scenario.ask("deals", "RecordPursuitActivity", membership_id=member, **DONE, date=day(scenario.today))
    await scenario.ask("deals", "EndMembership", id=member)
    await scenario.ask("deals", "DeclineInvitation", id=await _invited(scenario, claim))


_OWN = ("GetMembership", "ListMemberships", "ListNextSteps", "ListPursuitActivities")

CALLS = Calls(
    reads={
        "GetMembership": _id("jpm"),
        "ListMemberships": _id("ptn", "partner_id"),
        "ListNextSteps": _id("jpm", "membership_id"),
        "ListPursuitActivities": _id("jpm", "membership_id"),
    },
    changes={
        "AcceptInvitation": _id("jpm"),
        "DeclineInvitation": _id("jpm"),
        "AddNextStep": _id("jpm", "membership_id", **STEP),
        "ChangeNextStep": _id("jps", **LATER),
        "RecordPursuitActivity": _id("jpm", "membership_id", **DONE, date=PAST),
    },
    own=frozenset(_OWN),
    shown={
        "GetMembership": ("jpm",),
        "ListMemberships": ("jpm",),
        "ListNextSteps": ("jps",),
        "ListPursuitActivities": ("jpa",),
    },
    listed={"ListMemberships": "jpm"},
    plant=_plant,
    new=frozenset({"AddNextStep", "RecordPursuitActivity"}),
    refused=frozenset({"InviteMember", "AcceptInvitation", "DeclineInvitation", "EndMembership"}),
    repeated={"ChangeNextStep": ("deals", lambda scenario: {"id": scenario.held["pursuit_step"], **LATER})},
    prepare=_prepare,
    drive=_drive,
)
