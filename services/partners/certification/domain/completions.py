"""Completions of courses: how long they count, when their end is announced, and how they end."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from msgspec.structs import replace

from libs.day import first_day_violations
from libs.deadlines import months_later
from libs.document import Document
from libs.errors import AppError, Code, Duplicate, Violation, require_state
from libs.person import Person
from services.partners.certification.domain.states import (
    EARNED,
    MAY_LOSE_PERSON,
    MAY_RENEW,
    MAY_REVOKE,
    CompletionState,
)
from services.partners.certification.domain.tracks import Course
from services.partners.certification.events import CompletionEnded, CompletionWarned

COMPLETIONS_PER_CONTACT = 400  # all of them change in one commit when the contact is removed
WARNING_DAYS = (60, 30, 7)
LAST_DAY_ACCEPTED = date(2199, 12, 31)
_DAY = timedelta(days=1)

Moved = tuple["Completion", CompletionWarned | CompletionEnded]


class Completion(Document, frozen=True, kw_only=True):
    """That a contact has completed a course. holder: the id of the person, without name and aliases; empty once the
    person has gone. last_day: on which it counts; None: without end. warned_days: how many days before its end the last
    warning was given; 0: none was. act_on: the day on which the next warning or the end is due; None: never."""

    partner_id: str
    contact_id: str
    holder: Person = Person()
    track: str
    course: str
    state: CompletionState = CompletionState.VALID
    completed_on: date
    last_day: date | None = None
    warned_days: int = 0
    act_on: date | None = None
    create_time: datetime
    update_time: datetime

    @property
    def ends(self) -> date:
        """The last day; date.max for None."""
        return self.last_day or date.max

    @property
    def orphaned(self) -> bool:
        """Whether the person has gone, for an index."""
        return not self.holder.person_id


class TooManyCompletions(AppError):
    """The contact, or the partner, has the maximum number of completions."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_COMPLETIONS"

    def __init__(self, id: str, limit: int) -> None:
        super().__init__(f"{id} has {limit} completions, the most there can be", id=id, limit=limit)


def day_violations(completed_on: date, last_day: date | None, *, today: date) -> Iterator[Violation]:
    """IN_THE_FUTURE or OUT_OF_RANGE for the day of the completion; DATES_OUT_OF_ORDER or OUT_OF_RANGE for a last
    day."""
    if completed_on > today:
        yield Violation("completed_on", f"is after today, {today}", "IN_THE_FUTURE")
    yield from first_day_violations("completed_on", completed_on)
    if last_day is not None and last_day < completed_on:
        yield Violation("last_day", f"is before {completed_on}", "DATES_OUT_OF_ORDER")
    if last_day is not None and last_day > LAST_DAY_ACCEPTED:
        yield Violation("last_day", f"is after {LAST_DAY_ACCEPTED}", "OUT_OF_RANGE")


def last_day_of(course: Course, completed_on: date) -> date | None:
    """The last day on which a completion of the course counts; None: without end."""
    return months_later(completed_on, course.valid_months) if course.valid_months else None


def record(
    completion: Completion, others: Sequence[Completion], *, today: date, now: datetime
) -> tuple[Completion, tuple[Completion, ...]]:
    """The new completion in its state, and those of `others`, all completions of the contact, that it renews.

    Of those of one course the one that counts longest stays VALID, of two equal ones the new one. Duplicate for the
    same course and day, unless what renewed that one was revoked and it would still count; TooManyCompletions.
    """
    if len(others) >= COMPLETIONS_PER_CONTACT:
        raise TooManyCompletions(completion.contact_id, COMPLETIONS_PER_CONTACT)
    same = [one for one in others if (one.track, one.course) == (completion.track, completion.course)]
    valid = [one for one in same if one.state is CompletionState.VALID]
    lost = {CompletionState.RENEWED} if not valid and completion.ends >= today else set()
    for one in same:
        if one.state in EARNED - lost and one.completed_on == completion.completed_on:
            raise Duplicate("completion", "course and day", one.id)
    if completion.ends < today:
        return replace(completion, state=CompletionState.EXPIRED), ()
    if any(one.ends > completion.ends for one in valid):
        return replace(completion, state=CompletionState.RENEWED), ()
    renewed = tuple(_ended(one, CompletionState.RENEWED, now) for one in valid if one.state in MAY_RENEW)
    return replace(completion, act_on=due_on(completion)), renewed


def revoke(completion: Completion, *, now: datetime) -> tuple[Completion, CompletionEnded]:
    """The completion in REVOKED, and the event; WrongState."""
    require_state("completion", completion.id, completion.state, action="revoke", allowed=MAY_REVOKE)
    return _told(_ended(completion, CompletionState.REVOKED, now))


def lose_person(completion: Completion, *, now: datetime) -> tuple[Completion, CompletionEnded | None]:
    """The completion without its person; in PERSON_GONE, with the event, if it was VALID."""
    left = replace(completion, holder=Person(), update_time=now)
    if completion.state not in MAY_LOSE_PERSON:
        return left, None
    return _told(_ended(left, CompletionState.PERSON_GONE, now))


def due_on(completion: Completion) -> date | None:
    """The day on which the next warning, or the end, is due; None if it counts without end."""
    if completion.last_day is None:
        return None
    left = [days for days in WARNING_DAYS if not completion.warned_days or days < completion.warned_days]
    return completion.last_day - left[0] * _DAY if left else completion.last_day + _DAY


def fall_due(completion: Completion, *, today: date, now: datetime) -> Moved | None:
    """The completion after its warning or its end, also that of one whose person was erased, and the event; None if
    nothing is due today. Of several warnings that are due only the last is given."""
    if completion.state is not CompletionState.VALID:
        return None
    if completion.orphaned:
        return _told(_ended(completion, CompletionState.PERSON_GONE, now))
    if completion.act_on is None or completion.act_on > today:
        return None
    if completion.ends < today:
        return _told(_ended(completion, CompletionState.EXPIRED, now))
    days = min(days for days in WARNING_DAYS if completion.ends - days * _DAY <= today)
    warned = replace(completion, warned_days=days, update_time=now)
    event = CompletionWarned(
        completion_id=warned.id,
        partner_id=warned.partner_id,
        track=warned.track,
        course=warned.course,
        last_day=warned.ends,
        days=days,
    )
    return replace(warned, act_on=due_on(warned)), event


def _ended(completion: Completion, state: CompletionState, now: datetime) -> Completion:
    return replace(completion, state=state, act_on=None, update_time=now)


def _told(completion: Completion) -> tuple[Completion, CompletionEnded]:
    event = CompletionEnded(
        completion_id=completion.id,
        partner_id=completion.partner_id,
        track=completion.track,
        course=completion.course,
        state=completion.state,
    )
    return completion, event
