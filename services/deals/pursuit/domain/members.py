"""The membership of a partner in a joint pursuit, its next steps and its activities."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import Enum

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code, InvalidInput, Violation, require_state
from services.deals.claims.domain.states import ActivityType
from services.deals.pursuit.domain.snapshots import SharedField

MEMBERS = 20  # of a claim, invited or in
STEPS, STEP_CHANGES, ACTIVITIES = 100, 50, 500
EAST, WEST = timedelta(hours=14), timedelta(hours=12)  # the zones in which a day begins first and ends last

Day = date  # for fields that are called date


class PursuitRole(Enum):
    """What a partner is to do."""

    CO_SELLER = "CO_SELLER"
    DESIGNER = "DESIGNER"
    DELIVERER = "DELIVERER"
    ADVISER = "ADVISER"


class PursuitState(Enum):
    """Whether a partner is in."""

    INVITED = "INVITED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    ENDED = "ENDED"


class PursuitStepState(Enum):
    """Whether a step is done."""

    PLANNED = "PLANNED"
    DONE = "DONE"
    DROPPED = "DROPPED"


class PursuitChannel(Enum):
    """The way in which a member reached the customer."""

    VISIT = "VISIT"
    CALL = "CALL"
    MAIL = "MAIL"
    FAX = "FAX"
    CHAT = "CHAT"


OPEN = frozenset({PursuitState.INVITED, PursuitState.ACCEPTED})


class PursuitMembership(Document, frozen=True, kw_only=True):
    """A partner in the pursuit of a claim. open: True in a state of OPEN, else None; of a claim a partner has one open
    membership. answer_time: when it answered, or the invitation expired. step_count, activity_count: what it has."""

    partner_id: str
    registration_id: str
    role: PursuitRole
    state: PursuitState = PursuitState.INVITED
    open: bool | None = True
    shared_fields: tuple[SharedField, ...]
    expire_time: datetime
    step_count: int = 0
    activity_count: int = 0
    create_time: datetime
    answer_time: datetime | None = None
    update_time: datetime


class PursuitStepChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a step was from a time on."""

    time: datetime
    state: PursuitStepState
    due_date: date


class PursuitStep(Document, frozen=True, kw_only=True):
    """What a member does next; the last change says how it is."""

    membership_id: str
    partner_id: str
    type: ActivityType
    state: PursuitStepState = PursuitStepState.PLANNED
    due_date: date
    changes: tuple[PursuitStepChange, ...]


class PursuitActivity(Document, frozen=True, kw_only=True):
    """What a member did."""

    membership_id: str
    partner_id: str
    channel: PursuitChannel
    type: ActivityType
    date: Day
    create_time: datetime


class AlreadyMember(AppError):
    """The partner is invited to the pursuit already, or takes part."""

    code, reason = Code.ALREADY_EXISTS, "ALREADY_MEMBER"

    def __init__(self, id: str) -> None:
        super().__init__(f"the partner has the membership {id} already", id=id)


class TooManyMembers(AppError):
    """As many partners are invited or take part as may."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_MEMBERS"

    def __init__(self, id: str) -> None:
        super().__init__(f"{MEMBERS} partners pursue {id} already", id=id, limit=MEMBERS)


class TooManyPursuitEntries(AppError):
    """A membership has as many steps or activities, or a step as many changes, as it may have."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_PURSUIT_ENTRIES"

    def __init__(self, id: str, limit: int) -> None:
        super().__init__(f"{id} has {limit} entries already", id=id, limit=limit)


def effective(member: PursuitMembership, now: datetime) -> PursuitState:
    """The state; EXPIRED for an invitation that has expired, even if the job has not written it yet."""
    over = member.state is PursuitState.INVITED and member.expire_time <= now
    return PursuitState.EXPIRED if over else member.state


def refuse_further(
    members: Iterable[PursuitMembership], partner_id: str, registration_id: str, *, now: datetime
) -> None:
    """AlreadyMember if the partner is among those that are invited or take part, TooManyMembers if they are enough.
    Invitations that have expired do not count, even if the job has not written it yet."""
    known = [one for one in members if effective(one, now) in OPEN]
    for one in known:
        if one.partner_id == partner_id:
            raise AlreadyMember(one.id)
    if len(known) >= MEMBERS:
        raise TooManyMembers(registration_id)


def accepted(member: PursuitMembership, *, now: datetime) -> PursuitMembership:
    """The membership, ACCEPTED. WrongState."""
    _require(member, "accept", frozenset({PursuitState.INVITED}), now)
    return replace(member, state=PursuitState.ACCEPTED, answer_time=now, update_time=now)


def declined(member: PursuitMembership, *, now: datetime) -> PursuitMembership:
    """The membership, DECLINED. WrongState."""
    _require(member, "decline", frozenset({PursuitState.INVITED}), now)
    return replace(member, state=PursuitState.DECLINED, open=None, answer_time=now, update_time=now)


def expired(member: PursuitMembership, *, now: datetime) -> PursuitMembership | None:
    """The membership, EXPIRED; None unless nobody has answered in time."""
    if member.state is not PursuitState.INVITED or member.expire_time > now:
        return None
    return replace(member, state=PursuitState.EXPIRED, open=None, answer_time=now, update_time=now)


def ended(member: PursuitMembership, *, now: datetime) -> PursuitMembership:
    """The membership, ENDED. WrongState."""
    _require(member, "end", OPEN, now)
    return replace(member, state=PursuitState.ENDED, open=None, update_time=now)


def shown(member: PursuitMembership, viewer: str, now: datetime) -> PursuitMembership:
    """The membership as somebody may see it. viewer: the id of their partner; empty for the vendor's people."""
    found = replace(member, state=effective(member, now))
    return replace(found, registration_id="") if viewer else found


def with_step(member: PursuitMembership, *, now: datetime) -> PursuitMembership:
    """The membership with one step more. WrongState, TooManyPursuitEntries."""
    _require(member, "plan", frozenset({PursuitState.ACCEPTED}), now)
    if member.step_count >= STEPS:
        raise TooManyPursuitEntries(member.id, STEPS)
    return replace(member, step_count=member.step_count + 1, update_time=now)


def with_activity(member: PursuitMembership, day: date, *, now: datetime) -> PursuitMembership:
    """The membership with one activity more. WrongState, TooManyPursuitEntries, InvalidInput."""
    _require(member, "record", frozenset({PursuitState.ACCEPTED}), now)
    if day > (now + EAST).date():
        raise InvalidInput([Violation("date", "is in the future", "IN_THE_FUTURE")])
    if member.activity_count >= ACTIVITIES:
        raise TooManyPursuitEntries(member.id, ACTIVITIES)
    return replace(member, activity_count=member.activity_count + 1, update_time=now)


def planned(member: PursuitMembership, type: ActivityType, due: date, *, id: str, now: datetime) -> PursuitStep:
    """A new step. InvalidInput for a day in the past."""
    _refuse_past(due, now)
    change = PursuitStepChange(time=now, state=PursuitStepState.PLANNED, due_date=due)
    return PursuitStep(
        id=id, membership_id=member.id, partner_id=member.partner_id, type=type, due_date=due, changes=(change,)
    )


def changed(step: PursuitStep, state: PursuitStepState, due: date | None, *, now: datetime) -> PursuitStep:
    """The step with a further change; unchanged if it is so already. WrongState for one that has ended,
    TooManyPursuitEntries, InvalidInput for a new day in the past."""
    day = due or step.due_date
    if (state, day) == (step.state, step.due_date):
        return step
    allowed = frozenset({PursuitStepState.PLANNED})
    require_state("pursuit_step", step.id, step.state, action="change", allowed=allowed)
    if day != step.due_date:
        _refuse_past(day, now)
    if len(step.changes) >= STEP_CHANGES:
        raise TooManyPursuitEntries(step.id, STEP_CHANGES)
    change = PursuitStepChange(time=now, state=state, due_date=day)
    return replace(step, state=state, due_date=day, changes=(*step.changes, change))


def _refuse_past(day: date, now: datetime) -> None:
    if day < (now - WEST).date():
        raise InvalidInput([Violation("due_date", "is in the past", "IN_THE_PAST")])


def _require(member: PursuitMembership, action: str, allowed: frozenset[PursuitState], now: datetime) -> None:
    require_state("pursuit_membership", member.id, effective(member, now), action=action, allowed=allowed)
