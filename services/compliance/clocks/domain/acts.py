"""The acts on a clock: acknowledge, pause, resume, extend, end."""

from datetime import datetime

from msgspec.structs import replace

from libs.deadlines import Pause, due_at
from libs.errors import AppError, Code, InvalidInput, Violation, require_state
from services.compliance.clocks.domain.clock import (
    Extension,
    Milestone,
    StatutoryClock,
    Transition,
    answer_due,
    swept,
    tell_deadlines,
    timed,
)
from services.compliance.clocks.domain.states import ClockState, DeadlineType, ExtensionReason
from services.compliance.clocks.events import (
    ClockPaused,
    ClockResumed,
    DeadlineExtended,
    DeadlineMissed,
    ReceiptAcknowledged,
)

RUNS = frozenset({ClockState.RUNNING})
OPEN = frozenset({ClockState.RUNNING, ClockState.PAUSED})


class ExtensionNotAllowed(AppError):
    """The law of the request knows no extension, or the answer was extended before."""

    code, reason = Code.FAILED_PRECONDITION, "EXTENSION_NOT_ALLOWED"

    def __init__(self, clock: StatutoryClock, why: str) -> None:
        super().__init__(f"{clock.case_id}: {why}", id=clock.case_id, regime=clock.terms.regime.name)


class ExtensionTooLate(AppError):
    """The person was not told of the extension inside the first period."""

    code, reason = Code.FAILED_PRECONDITION, "EXTENSION_TOO_LATE"

    def __init__(self, clock: StatutoryClock, due: datetime) -> None:
        super().__init__(
            f"{clock.case_id}: the person must be told of an extension before {due.isoformat()}",
            id=clock.case_id,
            due_time=due.isoformat(),
        )


class PauseNotAllowed(AppError):
    """The law of the request lets the clock run while information is awaited."""

    code, reason = Code.FAILED_PRECONDITION, "PAUSE_NOT_ALLOWED"

    def __init__(self, clock: StatutoryClock) -> None:
        name = clock.terms.regime.name
        super().__init__(f"{clock.case_id}: {name} does not stop the clock", id=clock.case_id, regime=name)


def acknowledge(clock: StatutoryClock, now: datetime) -> Transition:
    """The clock with its receipt acknowledged, in time or late; unchanged if it was before."""
    require_open(clock, "acknowledge")
    found = clock.milestone(DeadlineType.ACKNOWLEDGEMENT)
    if found is not None and found.meet_time is not None:
        return clock, ()
    told, events = tell_deadlines(clock, now)
    met = Milestone(type=DeadlineType.ACKNOWLEDGEMENT, meet_time=now)
    if (known := told.milestone(DeadlineType.ACKNOWLEDGEMENT)) is not None:
        met = replace(known, meet_time=now)
    others = (one for one in told.milestones if one.type is not DeadlineType.ACKNOWLEDGEMENT)
    done = swept(replace(told, milestones=(met, *others), update_time=now))
    return done, (*events, ReceiptAcknowledged(case_id=clock.case_id))


def pause(clock: StatutoryClock, now: datetime) -> Transition:
    """The clock, paused from `now` on. PauseNotAllowed, WrongState unless it runs."""
    require_state("statutory_clock", clock.id, clock.state, action="pause", allowed=RUNS)
    if not clock.terms.pausable:
        raise PauseNotAllowed(clock)
    told, events = tell_deadlines(clock, now)
    paused = replace(told, state=ClockState.PAUSED, pauses=(*told.pauses, Pause(now)), update_time=now)
    return timed(paused), (*events, ClockPaused(case_id=clock.case_id))


def resume(clock: StatutoryClock, now: datetime) -> Transition:
    """The clock, running again; unchanged if it is not paused."""
    if clock.state is not ClockState.PAUSED:
        return clock, ()
    pauses = tuple(Pause(one.since, now) if one.until is None else one for one in clock.pauses)
    running = timed(replace(clock, state=ClockState.RUNNING, pauses=pauses, update_time=now))
    return running, (ClockResumed(case_id=clock.case_id, due_time=answer_due(running)),)


def extend(clock: StatutoryClock, reason: ExtensionReason, told_time: datetime, now: datetime) -> Transition:
    """The clock with the extended term for its answer. told_time: when the person was told, with the reason.

    ExtensionNotAllowed, ExtensionTooLate if the person was told after the first period; InvalidInput for a time that is
    in the future or before the receipt; WrongState unless the clock runs.
    """
    require_state("statutory_clock", clock.id, clock.state, action="extend", allowed=RUNS)
    if told_time > now:
        raise InvalidInput([Violation("told_time", "is in the future", "IN_THE_FUTURE")])
    if told_time < clock.start_time:
        raise InvalidInput([Violation("told_time", "is before the receipt of the request", "BEFORE_RECEIPT")])
    if clock.terms.extended is None:
        raise ExtensionNotAllowed(clock, f"{clock.terms.regime.name} knows no extension")
    if clock.extension is not None:
        raise ExtensionNotAllowed(clock, "the answer was extended before")
    first = due_at(clock.terms.answer, clock.terms.calendar, start=clock.start_time, pauses=clock.pauses)
    assert first is not None, "a running clock has no open pause"
    if told_time >= first:
        raise ExtensionTooLate(clock, first)
    extension = Extension(reason=reason, told_time=told_time, extend_time=now)
    longer = timed(replace(clock, extension=extension, update_time=now))
    return longer, (DeadlineExtended(case_id=clock.case_id, reason=reason, due_time=answer_due(longer)),)


def end(clock: StatutoryClock, now: datetime, *, answered: bool) -> Transition:
    """The clock, ended, with the misses up to now. answered: whether the person got an answer; otherwise the open
    deadlines lapse. Unchanged if it had ended."""
    if clock.state is ClockState.ENDED:
        return clock, ()
    running, _ = resume(clock, now)
    told, events = tell_deadlines(running, now)
    late = tuple(one for one in events if isinstance(one, DeadlineMissed))
    ended = replace(
        told,
        state=ClockState.ENDED,
        milestones=tuple(_met(one, now) for one in told.milestones) if answered else told.milestones,
        due_time=None,
        sweep_time=None,
        end_time=now,
        update_time=now,
    )
    return ended, late


def require_open(clock: StatutoryClock, action: str) -> None:
    """WrongState if the clock has ended."""
    require_state("statutory_clock", clock.id, clock.state, action=action, allowed=OPEN)


def _met(one: Milestone, now: datetime) -> Milestone:
    return one if one.meet_time is not None else replace(one, meet_time=now)
