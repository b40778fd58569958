"""Cases in every state, for the tests of adjudications."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from libs.call import SYSTEM, Call
from libs.errors import Contended
from libs.person import PersonalText
from libs.store.listing import everything
from services.deals.adjudication.consumers import CONSUMERS
from services.deals.adjudication.documents import ADJUDICATION_SIDES
from services.deals.adjudication.domain.cases import Adjudication
from services.deals.adjudication.domain.rules import AdjudicationCriterion
from services.deals.adjudication.domain.sides import AdjudicationSide
from services.deals.adjudication.domain.states import AdjudicationReason
from services.deals.adjudication.usecases import cases, deciding, rules, sides
from services.deals.claims.domain.registration import Registration
from services.deals.customers.consumers import CONSUMERS as FILING
from tests.builders import a_call_of, asked_by
from tests.component.deals.harness import Harness

SAID = PersonalText(text="We were first.")
PERMISSIONS = ("deals.adjudication.decide", "deals.adjudication.judge")


async def settle(harness: Harness) -> None:
    """Deliver everything that was told to the consumers of cases and customers, and what is told thereby."""
    while harness.told:
        told, harness.told = harness.told, []
        for envelope in told:
            subject = envelope.subject.split(".", 2)[2]
            for consumer in (*CONSUMERS, *FILING):
                if consumer.takes(subject):
                    with suppress(Contended):
                        await consumer.handle(harness.env, envelope, Call(caller=SYSTEM, method="test"))


async def rule(harness: Harness, *criteria: AdjudicationCriterion) -> None:
    """The rule in force from today on."""
    draft = await harness.run(rules.draft_adjudication_rule, rules.DraftAdjudicationRule, criteria=criteria)
    notice = harness.env.settings.policy.rule_notice_days
    day = harness.env.today() + timedelta(days=notice)
    await harness.run(rules.publish_adjudication_rule, rules.PublishAdjudicationRule, id=draft.id, effective_day=day)
    harness.days(notice)


async def opened(harness: Harness, *regs: Registration) -> Adjudication:
    """A case about these claims."""
    ids = tuple(one.id for one in regs)
    return await harness.run(cases.open_adjudication, cases.OpenAdjudication, registration_ids=ids)


async def whole(harness: Harness, case: Adjudication) -> cases.WholeCase:
    """The case as it is now."""
    return await harness.look(cases.get_adjudication, cases.GetAdjudication, id=case.id)


async def side_of(harness: Harness, reg: Registration) -> AdjudicationSide:
    """The side of a claim."""
    (found,) = [
        one for one in await everything(harness.env.store, ADJUDICATION_SIDES, {}) if one.registration_id == reg.id
    ]
    return found


async def decide(
    harness: Harness,
    case: Adjudication,
    winner: str,
    *,
    by: str = "anna",
    reason: AdjudicationReason = AdjudicationReason.FIRST_CLAIM,
    note: PersonalText | None = None,
) -> Adjudication:
    """A person decides the case."""
    cmd = deciding.DecideAdjudication(
        call=asked_by(by, *PERMISSIONS), id=case.id, winner_registration_id=winner, reason=reason, note=note
    )
    return await harness.env.run(deciding.decide_adjudication, cmd)


async def judge(harness: Harness, case: Adjudication, winner: str, *, by: str = "bert") -> Adjudication:
    """A person decides the appeals."""
    cmd = deciding.DecideAdjudicationAppeal(
        call=asked_by(by, *PERMISSIONS),
        id=case.id,
        winner_registration_id=winner,
        reason=AdjudicationReason.INCUMBENT,
    )
    return await harness.env.run(deciding.decide_adjudication_appeal, cmd)


async def appeal(harness: Harness, reg: Registration, **fields: Any) -> AdjudicationSide:
    """The partner of a claim appeals."""
    found = await side_of(harness, reg)
    cmd = sides.AppealAdjudication(call=a_call_of(reg.partner_id), id=found.id, statement=SAID, **fields)
    return await harness.env.run(sides.appeal_adjudication, cmd)
