"""Gives a submitted claim its chain, and decides its next step."""

from collections.abc import Sequence

from msgspec.structs import replace

from libs.call import Call
from libs.partner import PartnerFacts
from libs.store.port import ROWS_PER_PAGE, Query, get
from services.deals.approval.documents import APPROVAL_DEPUTIES, APPROVAL_RULES
from services.deals.approval.domain.chain import Decider, pass_step, started, waits_for_step
from services.deals.approval.domain.rules import ApprovalRule, chain_of
from services.deals.approval.events import ApprovalStepDecided
from services.deals.claims.domain.registration import Registration
from services.deals.settings import Env
from services.deals.versions.reads import rule_in_force


async def rule_for(env: Env, reg: Registration, *, first: bool) -> ApprovalRule | None:
    """The version by which a claim is approved: the one in force for a first submission, else the one that it has."""
    if first:
        return await rule_in_force(env, APPROVAL_RULES)
    loaded = await get(env.store, APPROVAL_RULES, reg.approval_rule_id) if reg.approval_rule_id else None
    return loaded.value if loaded else None


async def routed(env: Env, reg: Registration, partner: PartnerFacts, *, first: bool) -> Registration:
    """The submitted claim with its version and its steps, none of them decided."""
    rule = await rule_for(env, reg, first=first)
    steps = started(chain_of(rule, reg, partner.tier))
    return replace(reg, approval_rule_id=rule.id if rule else "", approval_steps=steps)


async def step_decided(
    env: Env, reg: Registration, *, call: Call
) -> tuple[Registration, Sequence[ApprovalStepDecided]]:
    """The claim with its next step decided by the caller, and the event; as it is without a step. NotYourStep."""
    stands_in: list[str] = []
    if waits_for_step(reg):
        query = Query(kind=APPROVAL_DEPUTIES, equals={"subject": call.caller.subject}, limit=ROWS_PER_PAGE)
        today = env.today()
        rows = [row.value for row in (await env.store.find(query)).rows]
        stands_in = [one.role for one in rows if one.first_day <= today <= one.last_day]
    caller = call.caller
    by = Decider(caller.subject, caller.on_behalf_of, (*caller.roles, *stands_in))
    return pass_step(reg, by, now=env.clock.now())
