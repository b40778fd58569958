"""Every move a registration can make: the table of states in states.py says from where."""

from datetime import date, datetime, timedelta

from msgspec.structs import replace

from libs.deadlines import Pause
from libs.errors import AppError, Code, InvalidInput, Violation, require_state
from libs.person import PersonalText
from services.deals.domain.events import (
    ConvertedLine,
    RegistrationApproved,
    RegistrationCanceled,
    RegistrationChangesRequested,
    RegistrationConverted,
    RegistrationDecisionBreached,
    RegistrationExpired,
    RegistrationExpiryWarned,
    RegistrationExtended,
    RegistrationRejected,
    RegistrationReviewStarted,
    RegistrationStageAdvanced,
    RegistrationSubmitted,
    RegistrationUpdated,
    RegistrationWithdrawn,
)
from services.deals.domain.registration import ACTIVITIES_KEPT, EDITABLE, Activity, Registration, with_lines
from services.deals.domain.states import (
    CLOSED_STAGES,
    MAY_ADVANCE,
    MAY_CANCEL,
    MAY_CONVERT,
    MAY_DECIDE,
    MAY_EXPIRE,
    MAY_EXTEND,
    MAY_START_REVIEW,
    MAY_SUBMIT,
    MAY_UPDATE,
    MAY_WITHDRAW,
    ClosureCode,
    Review,
    Stage,
)


class AlreadyExtended(AppError):
    """Protection is prolonged once."""

    code, reason = Code.FAILED_PRECONDITION, "ALREADY_EXTENDED"

    def __init__(self, id: str) -> None:
        super().__init__(f"protection of {id} was extended before; there is one extension", id=id)


class ActivityTooOld(AppError):
    """An extension needs proof of work since approval."""

    code, reason = Code.FAILED_PRECONDITION, "ACTIVITY_TOO_OLD"

    def __init__(self, id: str, since: date) -> None:
        super().__init__(f"no activity on {id} since its approval on {since}", id=id, since=since)


class StageNotAhead(AppError):
    """The sales stage only moves forward."""

    code, reason = Code.FAILED_PRECONDITION, "STAGE_NOT_AHEAD"

    def __init__(self, id: str, stage: Stage, wanted: Stage) -> None:
        super().__init__(f"{wanted.name} is not after {stage.name}", id=id, stage=stage.name, wanted=wanted.name)


class CurrencyUnknown(AppError):
    """An order needs a currency."""

    code, reason = Code.FAILED_PRECONDITION, "CURRENCY_UNKNOWN"

    def __init__(self, id: str) -> None:
        super().__init__(f"no line of {id} has an amount; name the currency of the order", id=id)


def update(reg: Registration, changes: dict[str, object], *, now: datetime) -> tuple[Registration, RegistrationUpdated]:
    """Replace whole fields; in ACTION_REQUIRED only those that were asked for."""
    require_state("registration", reg.id, reg.review, action="update", allowed=MAY_UPDATE)
    if reg.review is Review.ACTION_REQUIRED:
        foreign = [name for name in changes if name not in reg.requested_fields]
        if foreign:
            raise InvalidInput(Violation(name, "was not asked for", "NOT_REQUESTED") for name in foreign)
    if "lines" in changes:
        changes = {**changes, **with_lines(changes["lines"])}  # type: ignore[arg-type]  # decoded by the mapper
    named = tuple(name for name in EDITABLE if name in changes)
    changed = replace(reg, **changes, update_time=now)
    return changed, RegistrationUpdated(registration_id=reg.id, partner_id=reg.partner_id, fields=named)


def submit(
    reg: Registration, *, keys: tuple[str, ...], conflicts: int, due: datetime, now: datetime
) -> tuple[Registration, RegistrationSubmitted]:
    """Claim the customer; the first submission decides who was first."""
    require_state("registration", reg.id, reg.review, action="submit", allowed=MAY_SUBMIT)
    if not reg.lines:
        raise InvalidInput([Violation("lines", "name at least one product before you submit", "REQUIRED")])
    changed = replace(
        reg,
        review=Review.SUBMITTED,
        keys=keys,
        conflict_count=conflicts,
        submit_time=reg.submit_time or now,
        pauses=resumed(reg, now),
        decision_due_time=due,
        requested_fields=(),
        update_time=now,
    )
    event = RegistrationSubmitted(
        registration_id=reg.id, partner_id=reg.partner_id, decision_due_time=due, conflict_count=conflicts
    )
    return changed, event


def resumed(reg: Registration, now: datetime) -> tuple[Pause, ...]:
    """The pauses of the decision clock once it runs on."""
    return tuple(Pause(pause.since, now) if pause.until is None else pause for pause in reg.pauses)


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
        pauses=(*reg.pauses, Pause(now, None)),
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
    return _closed(reg, Review.WITHDRAWN, now), RegistrationWithdrawn(registration_id=reg.id, partner_id=reg.partner_id)


def cancel(reg: Registration, code: ClosureCode, *, now: datetime) -> tuple[Registration, RegistrationCanceled]:
    """The vendor ends the claim because the partner may no longer hold one."""
    require_state("registration", reg.id, reg.review, action="cancel", allowed=MAY_CANCEL)
    changed = replace(_closed(reg, Review.CANCELED, now), closure_code=code)
    return changed, RegistrationCanceled(registration_id=reg.id, partner_id=reg.partner_id, closure_code=code)


def expire(reg: Registration, *, now: datetime) -> tuple[Registration, RegistrationExpired]:
    """Protection has run out."""
    require_state("registration", reg.id, reg.review, action="expire", allowed=MAY_EXPIRE)
    return _closed(reg, Review.EXPIRED, now), RegistrationExpired(registration_id=reg.id, partner_id=reg.partner_id)


def warn_of_expiry(reg: Registration, *, now: datetime) -> tuple[Registration, RegistrationExpiryWarned]:
    """Say once that protection runs out soon."""
    require_state("registration", reg.id, reg.review, action="warn", allowed=MAY_EXPIRE)
    assert reg.protected_until is not None, "approved without an end of protection"
    event = RegistrationExpiryWarned(
        registration_id=reg.id, partner_id=reg.partner_id, protected_until=reg.protected_until
    )
    return replace(reg, expiry_warned=True, update_time=now), event


def breach_decision(reg: Registration, *, now: datetime) -> tuple[Registration, RegistrationDecisionBreached]:
    """Say once that the vendor missed its own deadline."""
    assert reg.decision_due_time is not None, "no decision clock is running"
    event = RegistrationDecisionBreached(
        registration_id=reg.id, partner_id=reg.partner_id, decision_due_time=reg.decision_due_time
    )
    return replace(reg, decision_breached=True, update_time=now), event


def extend(
    reg: Registration, activities: tuple[Activity, ...], *, extension: timedelta, now: datetime
) -> tuple[Registration, RegistrationExtended]:
    """Prolong protection once, against proof of work since approval."""
    require_state("registration", reg.id, reg.review, action="extend", allowed=MAY_EXTEND)
    assert reg.protected_until is not None, "approved without an end of protection"
    if reg.extended:
        raise AlreadyExtended(reg.id)
    refuse_future(activities, now)
    since = (reg.decide_time or reg.create_time).date()
    if not any(activity.date >= since for activity in activities):
        raise ActivityTooOld(reg.id, since)
    until = reg.protected_until + extension
    changed = replace(
        logged(reg, activities), protected_until=until, extended=True, expiry_warned=False, update_time=now
    )
    return changed, RegistrationExtended(registration_id=reg.id, partner_id=reg.partner_id, protected_until=until)


def advance(
    reg: Registration, stage: Stage, activities: tuple[Activity, ...], *, now: datetime
) -> tuple[Registration, RegistrationStageAdvanced]:
    """Move the seller's axis forward and keep what was done as proof."""
    require_state("registration", reg.id, reg.review, action="advance the stage", allowed=MAY_ADVANCE)
    order = list(Stage)
    if reg.stage in CLOSED_STAGES or order.index(stage) <= order.index(reg.stage):
        raise StageNotAhead(reg.id, reg.stage, stage)
    refuse_future(activities, now)
    changed = replace(logged(reg, activities), stage=stage, update_time=now)
    return changed, RegistrationStageAdvanced(registration_id=reg.id, partner_id=reg.partner_id, stage=stage)


def convert(reg: Registration, currency: str, *, now: datetime) -> tuple[Registration, RegistrationConverted]:
    """The deal is won and becomes an order, lines and all."""
    require_state("registration", reg.id, reg.review, action="convert", allowed=MAY_CONVERT)
    own = reg.expected_amount.currency if reg.expected_amount else ""
    if not (currency or own):
        raise CurrencyUnknown(reg.id)
    event = RegistrationConverted(
        registration_id=reg.id,
        partner_id=reg.partner_id,
        country=reg.customer.country,
        subdivision=reg.customer.subdivision,
        currency=currency or own,
        lines=tuple(
            ConvertedLine(line.sku, line.product_line, line.quantity, line.expected_amount) for line in reg.lines
        ),
    )
    return replace(_closed(reg, Review.CONVERTED, now), stage=Stage.WON), event


def link(reg: Registration, order_id: str) -> Registration:
    """With the order that it became."""
    return replace(reg, order_id=order_id)


def logged(reg: Registration, activities: tuple[Activity, ...]) -> Registration:
    """With activities added, oldest first, the newest kept."""
    together = sorted((*reg.activities, *activities), key=lambda activity: activity.date)
    return replace(reg, activities=tuple(together[-ACTIVITIES_KEPT:]))


def refuse_future(activities: tuple[Activity, ...], now: datetime) -> None:
    """InvalidInput naming every activity that has not happened; a day ahead of UTC is somewhere today."""
    latest = (now + timedelta(hours=14)).date()
    wrong = [
        Violation(f"activities[{place}].date", "is in the future", "IN_THE_FUTURE")
        for place, activity in enumerate(activities)
        if activity.date > latest
    ]
    if wrong:
        raise InvalidInput(wrong)


def _decided(reg: Registration, note: PersonalText | None, now: datetime) -> Registration:
    return replace(reg, decision_note=note, decide_time=now, decision_due_time=None, update_time=now)


def _closed(reg: Registration, review: Review, now: datetime) -> Registration:
    until = min(reg.protected_until, now) if reg.protected_until else None
    return replace(reg, review=review, protected_until=until, decision_due_time=None, close_time=now, update_time=now)
