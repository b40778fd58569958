"""The transitions of a claim from its submission to the vendor's decision. `claims.domain.states` lists the states that
allow each; from any other they raise WrongState."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from libs.deadlines import Pause
from libs.errors import require_state
from libs.person import PersonalText
from services.deals.claims.domain.registration import Registration, refuse_lost
from services.deals.claims.domain.states import (
    MAY_DECIDE,
    MAY_RECALL,
    MAY_START_REVIEW,
    MAY_SUBMIT,
    ClosureCode,
    Review,
)
from services.deals.conflicts.domain.keys import KEY_RULES
from services.deals.review.domain.completeness import refuse_incomplete
from services.deals.review.events import (
    RegistrationApproved,
    RegistrationChangesRequested,
    RegistrationDecisionBreached,
    RegistrationRecalled,
    RegistrationRejected,
    RegistrationReviewStarted,
    RegistrationSubmitted,
)


def submit(
    reg: Registration, *, keys: tuple[str, ...], conflicts: int, near: int, due: datetime, now: datetime
) -> tuple[Registration, RegistrationSubmitted]:
    """The claim in SUBMITTED with these keys, and its event; `refuse_unready` first. The times of an earlier submission
    are kept. conflicts: how many were found; near: how many beside these are to be reviewed. due: when the vendor's
    decision is due."""
    refuse_unready(reg, keys)
    changed = replace(
        reg,
        review=Review.SUBMITTED,
        keys=keys,
        keys_version=KEY_RULES,
        conflict_count=conflicts,
        near_match_count=near,
        submit_time=reg.submit_time or now,
        clock_start=reg.clock_began or now,
        pauses=resumed(reg, now),
        decision_due_time=due,
        requested_fields=(),
        update_time=now,
    )
    event = RegistrationSubmitted(
        registration_id=reg.id,
        partner_id=reg.partner_id,
        decision_due_time=due,
        conflict_count=conflicts,
        country=reg.customer.country,
        claimed_product_lines=reg.named_product_lines,
    )
    return changed, event


def refuse_unready(reg: Registration, keys: tuple[str, ...]) -> None:
    """WrongState, DealLost or InvalidInput if the claim cannot be submitted as it is."""
    require_state("registration", reg.id, reg.review, action="submit", allowed=MAY_SUBMIT)
    refuse_lost(reg)
    refuse_incomplete(reg, keys)


def resumed(reg: Registration, now: datetime) -> tuple[Pause, ...]:
    """The pauses of the decision clock; one that is still open ends now."""
    return tuple(Pause(pause.since, now) if pause.until is None else pause for pause in reg.pauses)


def recall(reg: Registration, *, now: datetime) -> tuple[Registration, RegistrationRecalled]:
    """The claim in DRAFT again, and its event. Its next submission counts as the first."""
    require_state("registration", reg.id, reg.review, action="recall", allowed=MAY_RECALL)
    changed = replace(
        reg,
        review=Review.DRAFT,
        keys=(),
        keys_version=0,
        conflict_count=0,
        near_match_count=0,
        submit_time=None,
        approval_rule_id="",
        approval_steps=(),
        clock_start=None,
        pauses=(),
        decision_due_time=None,
        decision_breached=False,
        update_time=now,
    )
    return changed, RegistrationRecalled(registration_id=reg.id, partner_id=reg.partner_id)


def start_review(reg: Registration, *, now: datetime) -> tuple[Registration, RegistrationReviewStarted]:
    """The claim in UNDER_REVIEW, and its event."""
    require_state("registration", reg.id, reg.review, action="start review", allowed=MAY_START_REVIEW)
    changed = replace(reg, review=Review.UNDER_REVIEW, update_time=now)
    return changed, RegistrationReviewStarted(registration_id=reg.id, partner_id=reg.partner_id)


def request_changes(
    reg: Registration, fields: tuple[str, ...], *, note: PersonalText | None, now: datetime
) -> tuple[Registration, RegistrationChangesRequested]:
    """The claim in ACTION_REQUIRED, and its event; the decision clock is paused until the partner submits again."""
    require_state("registration", reg.id, reg.review, action="request changes", allowed=MAY_DECIDE)
    changed = replace(
        reg,
        review=Review.ACTION_REQUIRED,
        requested_fields=fields,
        decision_note=note,
        pauses=(*reg.pauses, Pause(now, None)) if reg.clock_began else reg.pauses,
        decision_due_time=None,
        update_time=now,
    )
    event = RegistrationChangesRequested(registration_id=reg.id, partner_id=reg.partner_id, requested_fields=fields)
    return changed, event


def approve(
    reg: Registration, *, protection: timedelta, note: PersonalText | None, now: datetime
) -> tuple[Registration, RegistrationApproved]:
    """The claim in APPROVED, protected for `protection` from now, and its event; DealLost."""
    require_state("registration", reg.id, reg.review, action="approve", allowed=MAY_DECIDE)
    refuse_lost(reg)
    until = now + protection
    changed = replace(_decided(reg, note, now), review=Review.APPROVED, protected_until=until)
    return changed, RegistrationApproved(registration_id=reg.id, partner_id=reg.partner_id, protected_until=until)


def reject(
    reg: Registration, code: ClosureCode, *, note: PersonalText | None, now: datetime
) -> tuple[Registration, RegistrationRejected]:
    """The claim in REJECTED, which is final, and its event."""
    require_state("registration", reg.id, reg.review, action="reject", allowed=MAY_DECIDE)
    changed = replace(_decided(reg, note, now), review=Review.REJECTED, closure_code=code, close_time=now)
    return changed, RegistrationRejected(registration_id=reg.id, partner_id=reg.partner_id, closure_code=code)


def breach_decision(reg: Registration, *, now: datetime) -> tuple[Registration, RegistrationDecisionBreached] | None:
    """The claim marked as late, and its event; None if no deadline has passed or the claim is marked already."""
    if reg.decision_due_time is None or reg.decision_due_time > now or reg.decision_breached:
        return None
    event = RegistrationDecisionBreached(
        registration_id=reg.id, partner_id=reg.partner_id, decision_due_time=reg.decision_due_time
    )
    return replace(reg, decision_breached=True, update_time=now), event


def _decided(reg: Registration, note: PersonalText | None, now: datetime) -> Registration:
    return replace(reg, decision_note=note, decide_time=now, decision_due_time=None, update_time=now)
