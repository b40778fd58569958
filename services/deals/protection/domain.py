"""A claim after its submission: the sales stage, the extension, and the ends that need no decision of the vendor.

The transitions that a job makes return None if there is nothing to do, because the claim may have changed since the job
found it.
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
    """The protection of the claim was extended before; it can be extended only once."""

    code, reason = Code.FAILED_PRECONDITION, "ALREADY_EXTENDED"

    def __init__(self, id: str) -> None:
        super().__init__(f"protection of {id} was extended before; there is one extension", id=id)


class ActivityTooOld(AppError):
    """No activity since the approval proves work on the deal, which an extension requires."""

    code, reason = Code.FAILED_PRECONDITION, "ACTIVITY_TOO_OLD"

    def __init__(self, id: str, since: date) -> None:
        super().__init__(f"no activity on {id} since its approval on {since}", id=id, since=since)


class StageNotAhead(AppError):
    """The wanted sales stage does not come after the present one, or the present one is WON or LOST."""

    code, reason = Code.FAILED_PRECONDITION, "STAGE_NOT_AHEAD"

    def __init__(self, id: str, stage: Stage, wanted: Stage) -> None:
        super().__init__(f"{wanted.name} is not after {stage.name}", id=id, stage=stage.name, wanted=wanted.name)


def effective_review(reg: Registration, now: datetime) -> Review:
    """The state of the claim; EXPIRED for an APPROVED claim whose protection has ended, even if the job has not expired
    it yet."""
    over = reg.protected_until is not None and reg.protected_until <= now
    return Review.EXPIRED if reg.review is Review.APPROVED and over else reg.review


def withdraw(reg: Registration, *, now: datetime) -> tuple[Registration, RegistrationWithdrawn]:
    """The claim in WITHDRAWN, and its event; WrongState for a claim that has ended."""
    require_state("registration", reg.id, reg.review, action="withdraw", allowed=MAY_WITHDRAW)
    return closed(reg, Review.WITHDRAWN, now), RegistrationWithdrawn(registration_id=reg.id, partner_id=reg.partner_id)


def cancel(reg: Registration, code: ClosureCode, *, now: datetime) -> tuple[Registration, RegistrationCanceled] | None:
    """The claim in CANCELED, because its partner may hold none any more, and its event; None if it has ended."""
    if reg.review not in MAY_CANCEL:
        return None
    changed = replace(closed(reg, Review.CANCELED, now), closure_code=code)
    return changed, RegistrationCanceled(registration_id=reg.id, partner_id=reg.partner_id, closure_code=code)


def expire(reg: Registration, *, now: datetime) -> tuple[Registration, RegistrationExpired] | None:
    """The claim in EXPIRED, and its event; None unless it is APPROVED and its protection has ended."""
    if reg.review not in MAY_EXPIRE or effective_review(reg, now) is not Review.EXPIRED:
        return None
    return closed(reg, Review.EXPIRED, now), RegistrationExpired(registration_id=reg.id, partner_id=reg.partner_id)


def warn_of_expiry(
    reg: Registration, *, warning: timedelta, now: datetime
) -> tuple[Registration, RegistrationExpiryWarned] | None:
    """The claim marked as warned, and the warning. None unless protection ends within `warning` from now and nobody was
    warned of it yet."""
    until = reg.protected_until
    if reg.review not in MAY_EXPIRE or reg.expiry_warned or until is None or not now < until <= now + warning:
        return None
    event = RegistrationExpiryWarned(registration_id=reg.id, partner_id=reg.partner_id, protected_until=until)
    return replace(reg, expiry_warned=True, update_time=now), event


def extend(
    reg: Registration, activities: tuple[Activity, ...], *, extension: timedelta, since: date, now: datetime
) -> tuple[Registration, RegistrationExtended]:
    """The claim with protection extended by `extension`, and its event. since: the day of approval.

    WrongState unless protection lasts, DealLost, AlreadyExtended, InvalidInput for an activity in the future,
    ActivityTooOld if none is of `since` or later.
    """
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
    """The claim at a later sales stage with the activities added, and its event. WrongState, StageNotAhead,
    InvalidInput for an activity in the future."""
    require_state("registration", reg.id, effective_review(reg, now), action="advance the stage", allowed=MAY_ADVANCE)
    order = list(Stage)
    if reg.stage in CLOSED_STAGES or order.index(stage) <= order.index(reg.stage):
        raise StageNotAhead(reg.id, reg.stage, stage)
    refuse_future(activities, now)
    changed = replace(logged(reg, activities), stage=stage, stage_time=now, update_time=now)
    return changed, RegistrationStageAdvanced(registration_id=reg.id, partner_id=reg.partner_id, stage=stage)


def progressed(
    reg: Registration, activities: tuple[Activity, ...], *, window: timedelta | None, since: date, now: datetime
) -> tuple[Registration, RegistrationExtended] | None:
    """A claim that has just reached its stage, protected for `window` from now, and its event. None unless it is
    APPROVED, one of these activities is of `since` or later, and its protection gets longer. window: of the new stage;
    None if stages do not protect the claim. since: the day on which it reached the stage before, or was approved."""
    if reg.review not in MAY_EXTEND or reg.protected_until is None or window is None:
        return None
    until = now + window
    if until <= reg.protected_until or not any(activity.date >= since for activity in activities):
        return None
    event = RegistrationExtended(registration_id=reg.id, partner_id=reg.partner_id, protected_until=until)
    return replace(reg, protected_until=until, expiry_warned=False), event


def closed(reg: Registration, review: Review, now: datetime) -> Registration:
    """The claim in this final state; protection that has not ended yet ends now."""
    until = min(reg.protected_until, now) if reg.protected_until else None
    return replace(reg, review=review, protected_until=until, decision_due_time=None, close_time=now, update_time=now)


def logged(reg: Registration, activities: tuple[Activity, ...]) -> Registration:
    """The claim with these activities added, oldest first; only the newest ACTIVITIES_KEPT are kept."""
    together = sorted((*reg.activities, *activities), key=lambda activity: activity.date)
    return replace(reg, activities=tuple(together[-ACTIVITIES_KEPT:]))


def refuse_future(activities: tuple[Activity, ...], now: datetime) -> None:
    """InvalidInput that lists every activity in the future. A day counts as begun once it has begun in UTC+14."""
    latest = (now + timedelta(hours=14)).date()
    wrong = [
        Violation(f"activities[{place}].date", "is in the future", "IN_THE_FUTURE")
        for place, activity in enumerate(activities)
        if activity.date > latest
    ]
    if wrong:
        raise InvalidInput(wrong)
