"""Acts of joint plans: drafted, proposed, and agreed to by both sides."""

from datetime import date
from typing import Any

from libs.call import Call
from services.partners.plan.domain.initiative import Initiative
from services.partners.plan.domain.plan import Plan
from services.partners.plan.domain.states import InitiativeOwner
from services.partners.plan.usecases import initiatives, plans
from tests.builders import a_call, a_call_of
from tests.component.partners.harness import Harness
from tests.unit.partners.plan.built import a_target


async def drafted(harness: Harness, partner_id: str, *, call: Call | None = None, **fields: Any) -> Plan:
    """A draft for the first quarter of 2026."""
    content = {"title": "2026", "targets": (a_target(),), **fields}
    cmd = plans.DraftPlan(call=call or a_call(), partner_id=partner_id, **content)
    return await harness.env.run(plans.draft_plan, cmd)


async def proposed(harness: Harness, plan: Plan) -> Plan:
    """The draft, proposed."""
    return await harness.run(plans.propose_plan, plans.ProposePlan, id=plan.id)


async def agree(harness: Harness, plan: Plan, *, partner: bool) -> Plan:
    """The vendor or the partner agrees."""
    call = a_call_of(plan.partner_id) if partner else a_call()
    return await harness.env.run(plans.agree_plan, plans.AgreePlan(call=call, id=plan.id))


async def agreed(harness: Harness, partner_id: str, **fields: Any) -> Plan:
    """A plan that both sides have agreed to."""
    plan = await proposed(harness, await drafted(harness, partner_id, **fields))
    await agree(harness, plan, partner=False)
    return await agree(harness, plan, partner=True)


async def initiative(harness: Harness, plan: Plan, **fields: Any) -> Initiative:
    """A road show of the partner's sellers."""
    content = {
        "plan_id": plan.id,
        "title": "Road show",
        "owner": InitiativeOwner.PARTNER_SALES,
        "due_on": date(2026, 3, 20),
        **fields,
    }
    return await harness.run(initiatives.add_initiative, initiatives.AddInitiative, **content)
