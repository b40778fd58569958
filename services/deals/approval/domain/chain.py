"""The chain of a claim: its steps are decided in their order, each by another person."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from libs.errors import AppError, Code
from services.deals.approval.domain.rules import ApprovalChain
from services.deals.approval.events import ApprovalStepDecided
from services.deals.claims.domain.registration import ApprovalProgress, Registration


class Decider(NamedTuple):
    """Who decides: the subject, for whom it acts, and its roles with those for which it is a deputy today."""

    subject: str
    on_behalf_of: str = ""
    roles: Collection[str] = ()


class NotYourStep(AppError):
    """The next step is decided by somebody with another role, or who has decided no step of the claim."""

    code, reason = Code.PERMISSION_DENIED, "NOT_YOUR_STEP"

    def __init__(self, reg: Registration, step: ApprovalProgress, said: str) -> None:
        super().__init__(
            f"step {step.code} of {reg.id} is next: {said}",
            id=reg.id,
            step=step.code,
            role=step.role,
            steps=",".join(one.code for one in reg.approval_steps),
        )


def started(chain: ApprovalChain) -> tuple[ApprovalProgress, ...]:
    """The steps of a claim that is submitted, none of them decided."""
    return tuple(ApprovalProgress(code=one.code, role=one.role) for one in chain.steps)


def next_step(reg: Registration) -> ApprovalProgress | None:
    """The first step that nobody has decided; None if there is none."""
    return next((one for one in reg.approval_steps if one.decide_time is None), None)


def waits_for_step(reg: Registration) -> bool:
    """Whether a step is left."""
    return next_step(reg) is not None


def pass_step(reg: Registration, by: Decider, *, now: datetime) -> tuple[Registration, tuple[ApprovalStepDecided, ...]]:
    """The claim with its next step decided, and the event; as it is without a step. NotYourStep."""
    step = next_step(reg)
    if step is None:
        return reg, ()
    if step.role not in by.roles:
        raise NotYourStep(reg, step, f"it takes the role {step.role}, or a deputy for it")
    before = {who for one in reg.approval_steps for who in (one.decided_by, one.decided_for) if who}
    if not {by.subject, by.on_behalf_of}.isdisjoint(before):
        raise NotYourStep(reg, step, "whoever decided a step of the claim decides no other one")
    done = replace(step, decided_by=by.subject, decided_for=by.on_behalf_of, decide_time=now)
    steps = tuple(done if one is step else one for one in reg.approval_steps)
    event = ApprovalStepDecided(registration_id=reg.id, partner_id=reg.partner_id, step_code=step.code)
    return replace(reg, approval_steps=steps), (event,)
