"""From a draft to the vendor's decision: the table of states in states.py says from where each move is made."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from libs.deadlines import Pause
from libs.errors import InvalidInput, Violation, require_state
from libs.person import Person, PersonalText, home_violations
from services.deals.domain.completeness import refuse_incomplete
from services.deals.domain.events import (
    RegistrationApproved,
    RegistrationCanceled,
    RegistrationChangesRequested,
    RegistrationDecisionBreached,
    RegistrationRecalled,
    RegistrationRejected,
    RegistrationReviewStarted,
    RegistrationSubmitted,
    RegistrationUpdated,
    RegistrationWithdrawn,
)
from services.deals.domain.matching import KEY_RULES
from services.deals.domain.registration import (
    EDITABLE,
    Registration,
    customer_violations,
    line_violations,
    refuse_lost,
    with_lines,
)
from services.deals.domain.states import (
    MAY_CANCEL,
    MAY_DECIDE,
    MAY_RECALL,
    MAY_START_REVIEW,
    MAY_SUBMIT,
    MAY_UPDATE,
    MAY_WITHDRAW,
    ClosureCode,
    Review,
)


def update(reg: Registration, changes: dict[str, object], *, now: datetime) -> tuple[Registration, RegistrationUpdated]:
    """Replace whole fields; in ACTION_REQUIRED only those that were asked for. InvalidInput with all that is wrong."""
    require_state("registration", reg.id, reg.review, action="update", allowed=MAY_UPDATE)
    if wrong := [*_not_requested(reg, changes), *_wrong_content(changes)]:
        raise InvalidInput(wrong)
    if "lines" in changes:
        changes = {**changes, **with_lines(changes["lines"])}  # type: ignore[arg-type]  # decoded by the mapper
    named = tuple(name for name in EDITABLE if name in changes)
    changed = replace(reg, **changes, update_time=now)
    return changed, RegistrationUpdated(registration_id=reg.id, partner_id=reg.partner_id, fields=named)


def submit(
    reg: Registration, *, keys: tuple[str, ...], conflicts: int, due: datetime, now: datetime
) -> tuple[Registration, RegistrationSubmitted]:
    """Claim the customer; the first submission decides who was first."""
    refuse_unready(reg, keys)
    changed = replace(
        reg,
        review=Review.SUBMITTED,
        keys=keys,
        keys_version=KEY_RULES,
        conflict_count=conflicts,
        submit_time=reg.submit_time or now,
        clock_start=reg.clock_began or now,
        pauses=resumed(reg, now),
        decision_due_time=due,
        requested_fields=(),
        update_time=now,
    )
    event = RegistrationSubmitted(
        registration_id=reg.id, partner_id=reg.partner_id, decision_due_time=due, conflict_count=conflicts
    )
    return changed, event


def refuse_unready(reg: Registration, keys: tuple[str, ...]) -> None:
    """WrongState, DealLost or InvalidInput for a claim that cannot be submitted as it is."""
    require_state("registration", reg.id, reg.review, action="submit", allowed=MAY_SUBMIT)
    refuse_lost(reg)
    refuse_incomplete(reg, keys)


def resumed(reg: Registration, now: datetime) -> tuple[Pause, ...]:
    """The pauses of the decision clock once it runs on."""
    return tuple(Pause(pause.since, now) if pause.until is None else pause for pause in reg.pauses)


def recall(reg: Registration, *, now: datetime) -> tuple[Registration, RegistrationRecalled]:
    """The partner takes it back before the review; it loses its place in time, and the next submission is the first."""
    require_state("registration", reg.id, reg.review, action="recall", allowed=MAY_RECALL)
    changed = replace(
        reg,
        review=Review.DRAFT,
        keys=(),
        keys_version=0,
        conflict_count=0,
        submit_time=None,
        clock_start=None,
        pauses=(),
        decision_due_time=None,
        decision_breached=False,
        update_time=now,
    )
    return changed, RegistrationRecalled(registration_id=reg.id, partner_id=reg.partner_id)


def start_review(reg: Registration, *, now: datetime) -> tuple[Registration, RegistrationReviewStarted]:
    """Somebody of the vendor takes it."""
    require_state("registration", reg.id, reg.review, action="start review", allowed=MAY_START_REVIEW)
    changed = replace(reg, review=Review.UNDER_REVIEW, update_time=now)
    return changed, RegistrationReviewStarted(registration_id=reg.id, partner_id=reg.partner_id)


def request_changes(
    reg: Registration, fields: tuple[str, ...], *, note: PersonalText | None, now: datetime
) -> tuple[Registration, RegistrationChangesRequested]:
    """Ask the partner, and stop the vendor's clock until it answers."""
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
    """Start protection; only a registration under review can be approved."""
    require_state("registration", reg.id, reg.review, action="approve", allowed=MAY_DECIDE)
    refuse_lost(reg)
    until = now + protection
    changed = replace(_decided(reg, note, now), review=Review.APPROVED, protected_until=until)
    return changed, RegistrationApproved(registration_id=reg.id, partner_id=reg.partner_id, protected_until=until)


def reject(
    reg: Registration, code: ClosureCode, *, note: PersonalText | None, now: datetime
) -> tuple[Registration, RegistrationRejected]:
    """Turn the claim down for good."""
    require_state("registration", reg.id, reg.review, action="reject", allowed=MAY_DECIDE)
    changed = replace(_decided(reg, note, now), review=Review.REJECTED, closure_code=code, close_time=now)
    return changed, RegistrationRejected(registration_id=reg.id, partner_id=reg.partner_id, closure_code=code)


def withdraw(reg: Registration, *, now: datetime) -> tuple[Registration, RegistrationWithdrawn]:
    """The partner gives the claim up."""
    require_state("registration", reg.id, reg.review, action="withdraw", allowed=MAY_WITHDRAW)
    return closed(reg, Review.WITHDRAWN, now), RegistrationWithdrawn(registration_id=reg.id, partner_id=reg.partner_id)


def cancel(reg: Registration, code: ClosureCode, *, now: datetime) -> tuple[Registration, RegistrationCanceled]:
    """The vendor ends the claim because the partner may no longer hold one."""
    require_state("registration", reg.id, reg.review, action="cancel", allowed=MAY_CANCEL)
    changed = replace(closed(reg, Review.CANCELED, now), closure_code=code)
    return changed, RegistrationCanceled(registration_id=reg.id, partner_id=reg.partner_id, closure_code=code)


def breach_decision(reg: Registration, *, now: datetime) -> tuple[Registration, RegistrationDecisionBreached]:
    """Say once that the vendor missed its own deadline."""
    assert reg.decision_due_time is not None, "no decision clock is running"
    event = RegistrationDecisionBreached(
        registration_id=reg.id, partner_id=reg.partner_id, decision_due_time=reg.decision_due_time
    )
    return replace(reg, decision_breached=True, update_time=now), event


def closed(reg: Registration, review: Review, now: datetime) -> Registration:
    """Ended; protection ends at once."""
    until = min(reg.protected_until, now) if reg.protected_until else None
    return replace(reg, review=review, protected_until=until, decision_due_time=None, close_time=now, update_time=now)


def _decided(reg: Registration, note: PersonalText | None, now: datetime) -> Registration:
    return replace(reg, decision_note=note, decide_time=now, decision_due_time=None, update_time=now)


def _not_requested(reg: Registration, changes: dict[str, object]) -> list[Violation]:
    if reg.review is not Review.ACTION_REQUIRED:
        return []
    foreign = (name for name in changes if name not in reg.requested_fields)
    return [Violation(name, "was not asked for", "NOT_REQUESTED") for name in foreign]


def _wrong_content(changes: dict[str, object]) -> list[Violation]:
    found: list[Violation] = []
    if "customer" in changes:
        found += customer_violations(changes["customer"])
    people = {name: one for name, one in changes.items() if isinstance(one, Person)}
    found += home_violations(**people)
    if isinstance(lines := changes.get("lines"), tuple):
        found += line_violations(lines)
    return found
