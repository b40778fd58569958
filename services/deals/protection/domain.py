"""A claim after its submission: progress, extension, and the ends that need no decision of the vendor.

What a job does returns None where nothing is to be done: the claim may have changed since the job found it.
"""

from datetime import date, datetime, timedelta

from msgspec.structs import replace

from libs.errors import AppError, Code, InvalidInput, Violation, require_state
from services.deals.claims.domain.registration import ACTIVITIES_KEPT, Activity, Registration, refuse_lost
from services.deals.claims.domain.states import (
    CLOSED_STAGES,
    MAY_ADVANCE,
    MAY_CANCEL,
    MAY_EXPIRE,
    MAY_EXTEND,
    MAY_WITHDRAW,
    ClosureCode,
    Review,
    Stage,
)
from services.deals.protection.events import (
    RegistrationCanceled,
    RegistrationExpired,
    RegistrationExpiryWarned,
    RegistrationExtended,
    RegistrationStageAdvanced,
    RegistrationWithdrawn,
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


def effective_review(reg: Registration, now: datetime) -> Review:
    """The state that counts: protection that has run out is over, also before the job has expired the claim."""
    over = reg.protected_until is not None and reg.protected_until <= now
    return Review.EXPIRED if reg.review is Review.APPROVED and over else reg.review


def withdraw(reg: Registration, *, now: datetime) -> tuple[Registration, RegistrationWithdrawn]:
    """The partner gives the claim up."""
    require_state("registration", reg.id, reg.review, action="withdraw", allowed=MAY_WITHDRAW)
    return closed(reg, Review.WITHDRAWN, now), RegistrationWithdrawn(registration_id=reg.id, partner_id=reg.partner_id)


def cancel(reg: Registration, code: ClosureCode, *, now: datetime) -> tuple[Registration, RegistrationCanceled] | None:
    """The vendor ends the claim because its partner may hold none any more; None for a claim that has ended."""
    if reg.review not in MAY_CANCEL:
        return None
    changed = replace(closed(reg, Review.CANCELED, now), closure_code=code)
    return changed, RegistrationCanceled(registration_id=reg.id, partner_id=reg.partner_id, closure_code=code)


def expire(reg: Registration, *, now: datetime) -> tuple[Registration, RegistrationExpired] | None:
    """Protection has run out; None for a claim that was not protected, or still is."""
    if reg.review not in MAY_EXPIRE or effective_review(reg, now) is not Review.EXPIRED:
        return None
    return closed(reg, Review.EXPIRED, now), RegistrationExpired(registration_id=reg.id, partner_id=reg.partner_id)


def warn_of_expiry(
    reg: Registration, *, warning: timedelta, now: datetime
) -> tuple[Registration, RegistrationExpiryWarned] | None:
    """Say that protection runs out within `warning`; None where it does not, has run out, or was said before."""
    until = reg.protected_until
    if reg.review not in MAY_EXPIRE or reg.expiry_warned or until is None or not now < until <= now + warning:
        return None
    event = RegistrationExpiryWarned(registration_id=reg.id, partner_id=reg.partner_id, protected_until=until)
    return replace(reg, expiry_warned=True, update_time=now), event


def extend(
    reg: Registration, activities: tuple[Activity, ...], *, extension: timedelta, since: date, now: datetime
) -> tuple[Registration, RegistrationExtended]:
    """Prolong protection once, against proof of work since the day of approval, `since`."""
    require_state("registration", reg.id, effective_review(reg, now), action="extend", allowed=MAY_EXTEND)
    refuse_lost(reg)
    assert reg.protected_until is not None, "approved without an end of protection"
    if reg.extended:
        raise AlreadyExtended(reg.id)
    refuse_future(activities, now)
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
    """Move the sales stage forward and keep the activities as proof."""
    require_state("registration", reg.id, effective_review(reg, now), action="advance the stage", allowed=MAY_ADVANCE)
    order = list(Stage)
    if reg.stage in CLOSED_STAGES or order.index(stage) <= order.index(reg.stage):
        raise StageNotAhead(reg.id, reg.stage, stage)
    refuse_future(activities, now)
    changed = replace(logged(reg, activities), stage=stage, update_time=now)
    return changed, RegistrationStageAdvanced(registration_id=reg.id, partner_id=reg.partner_id, stage=stage)


def closed(reg: Registration, review: Review, now: datetime) -> Registration:
    """Ended; protection ends at once."""
    until = min(reg.protected_until, now) if reg.protected_until else None
    return replace(reg, review=review, protected_until=until, decision_due_time=None, close_time=now, update_time=now)


def logged(reg: Registration, activities: tuple[Activity, ...]) -> Registration:
    """With activities added, oldest first, the newest kept."""
    together = sorted((*reg.activities, *activities), key=lambda activity: activity.date)
    return replace(reg, activities=tuple(together[-ACTIVITIES_KEPT:]))


def refuse_future(activities: tuple[Activity, ...], now: datetime) -> None:
    """InvalidInput naming every activity in the future; the day after today by UTC has begun somewhere."""
    latest = (now + timedelta(hours=14)).date()
    wrong = [
        Violation(f"activities[{place}].date", "is in the future", "IN_THE_FUTURE")
        for place, activity in enumerate(activities)
        if activity.date > latest
    ]
    if wrong:
        raise InvalidInput(wrong)
