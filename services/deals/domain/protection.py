"""What becomes of a claim that stands: progress, extension, conversion, the end of its protection."""

from datetime import date, datetime, timedelta

from msgspec.structs import replace

from libs.errors import AppError, Code, InvalidInput, Violation, require_state
from services.deals.domain.events import (
    ConvertedLine,
    RegistrationConverted,
    RegistrationExpired,
    RegistrationExpiryWarned,
    RegistrationExtended,
    RegistrationStageAdvanced,
)
from services.deals.domain.moves import closed
from services.deals.domain.registration import ACTIVITIES_KEPT, Activity, Registration, refuse_lost
from services.deals.domain.states import (
    CLOSED_STAGES,
    MAY_ADVANCE,
    MAY_CONVERT,
    MAY_EXPIRE,
    MAY_EXTEND,
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


def standing(reg: Registration, now: datetime) -> Review:
    """The state that counts: protection that has run out is over, also before the clock's job has said so."""
    over = reg.protected_until is not None and reg.protected_until <= now
    return Review.EXPIRED if reg.review is Review.APPROVED and over else reg.review


def expire(reg: Registration, *, now: datetime) -> tuple[Registration, RegistrationExpired]:
    """Protection has run out."""
    require_state("registration", reg.id, reg.review, action="expire", allowed=MAY_EXPIRE)
    return closed(reg, Review.EXPIRED, now), RegistrationExpired(registration_id=reg.id, partner_id=reg.partner_id)


def warn_of_expiry(reg: Registration, *, now: datetime) -> tuple[Registration, RegistrationExpiryWarned]:
    """Say once that protection runs out soon."""
    require_state("registration", reg.id, reg.review, action="warn", allowed=MAY_EXPIRE)
    assert reg.protected_until is not None, "approved without an end of protection"
    event = RegistrationExpiryWarned(
        registration_id=reg.id, partner_id=reg.partner_id, protected_until=reg.protected_until
    )
    return replace(reg, expiry_warned=True, update_time=now), event


def extend(
    reg: Registration, activities: tuple[Activity, ...], *, extension: timedelta, since: date, now: datetime
) -> tuple[Registration, RegistrationExtended]:
    """Prolong protection once, against proof of work since the day of approval, `since`."""
    require_state("registration", reg.id, standing(reg, now), action="extend", allowed=MAY_EXTEND)
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
    """Move the seller's axis forward and keep what was done as proof."""
    require_state("registration", reg.id, standing(reg, now), action="advance the stage", allowed=MAY_ADVANCE)
    order = list(Stage)
    if reg.stage in CLOSED_STAGES or order.index(stage) <= order.index(reg.stage):
        raise StageNotAhead(reg.id, reg.stage, stage)
    refuse_future(activities, now)
    changed = replace(logged(reg, activities), stage=stage, update_time=now)
    return changed, RegistrationStageAdvanced(registration_id=reg.id, partner_id=reg.partner_id, stage=stage)


def convert(reg: Registration, currency: str, *, now: datetime) -> tuple[Registration, RegistrationConverted]:
    """The deal is won and becomes an order, lines and all."""
    require_state("registration", reg.id, standing(reg, now), action="convert", allowed=MAY_CONVERT)
    refuse_lost(reg)
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
    return replace(closed(reg, Review.CONVERTED, now), stage=Stage.WON), event


def link(reg: Registration, order_id: str) -> Registration:
    """With the order that it became: a converted claim becomes one, once; any other stays as it is."""
    return replace(reg, order_id=order_id) if reg.review is Review.CONVERTED and not reg.order_id else reg


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
