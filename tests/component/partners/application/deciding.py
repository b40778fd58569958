"""People who ask for the end of a partner, confirm it or let it be, as tests need them."""

from datetime import timedelta
from typing import Any

from libs.call import Call
from libs.decisions.decision import Decision
from libs.decisions.four_eyes import (
    ConfirmDecision,
    DeclineDecision,
    Outcome,
)
from libs.partner import PartnerStatus
from libs.person import PersonalText
from services.partners.application.usecases.transitions import FOUR_EYES, TerminatePartner
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import StatusReason
from services.partners.service import COMPOSITION
from tests.builders import an_id, asked_by
from tests.component.partners.harness import Harness

MAY = "partners.partner.terminate"
METHOD = "/prm.partners.v1.PartnerService/TerminatePartner"
ANNA, BERND = "dev:anna", "dev:bernd"
WEEK = timedelta(days=7)
NOTE = PersonalText(person_id=an_id("psn"), text="She told customers to wait.")


def anna(**fields: str) -> Call:
    """The one who asks."""
    return asked_by(ANNA, MAY, **fields)


def bernd(**fields: str) -> Call:
    """A second person."""
    return asked_by(BERND, MAY, **fields)


async def ask(harness: Harness, partner: Partner, call: Call | None = None, **fields: Any) -> Outcome[Any]:
    """Ask for the end of a partner."""
    content = {"status_reason": StatusReason.AGREEMENT_BREACH, **fields}
    return await FOUR_EYES.run(harness.env, TerminatePartner(call=call or anna(), id=partner.id, **content))


async def pending(harness: Harness, partner: Partner, **fields: Any) -> Decision:
    """What waits once somebody asked."""
    decision = (await ask(harness, partner, **fields)).decision
    assert decision is not None
    return decision


async def confirm(harness: Harness, decision: Decision, call: Call | None = None, *, etag: str = "") -> Decision:
    """Somebody confirms."""
    return await harness.env.run(FOUR_EYES.confirm, ConfirmDecision(call=call or bernd(), id=decision.id, etag=etag))


async def decline(harness: Harness, decision: Decision, call: Call | None = None) -> Decision:
    """Somebody lets it be."""
    return await harness.env.run(FOUR_EYES.decline, DeclineDecision(call=call or bernd(), id=decision.id))


async def sweep(harness: Harness) -> int:
    """The job runs once."""
    [job] = [one for one in COMPOSITION.jobs if one.name == "partners__expire_decisions"]
    done: int = await job.run(harness.env)
    return done


async def status(harness: Harness, partner: Partner) -> PartnerStatus:
    """Where the partner stands."""
    return (await harness.value(PARTNERS, partner.id)).status
