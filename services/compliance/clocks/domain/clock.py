"""The clock of a request: its deadlines and how acts on the request change them. libs.deadlines computes every instant.

A deadline is met before its due instant and missed from that instant on, even if nothing has published that yet; the
job only publishes earlier what the next act would publish.
"""

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from libs.deadlines import Calendar, Deadline, Pause, Rule, due_at, explain
from libs.document import Document
from libs.errors import NotFound
from services.compliance.clocks.domain.regimes import Regime, RequestType
from services.compliance.clocks.domain.states import ClockState, DeadlineType, ExtensionReason
from services.compliance.clocks.domain.terms import StatutoryTerms, terms_of
from services.compliance.clocks.events import ClockEvent, ClockStarted, DeadlineMissed, DeadlineWarned

DAY = timedelta(days=1)


class Milestone(msgspec.Struct, frozen=True, kw_only=True):
    """A deadline of the clock. due_time: exclusive; None during a pause.
    meet_time: when it was done, in time or late. miss_time: the due instant, if that passed before. warned_days: of the
    last warning for this due instant; None if there was none."""

    type: DeadlineType
    due_time: datetime | None = None
    meet_time: datetime | None = None
    miss_time: datetime | None = None
    warned_days: int | None = None


class Extension(msgspec.Struct, frozen=True, kw_only=True):
    """The extension of the answer. told_time: when the person was told of it, with the reason."""

    reason: ExtensionReason
    told_time: datetime
    extend_time: datetime


class StatutoryClock(Document, frozen=True, kw_only=True):
    """The clock of one request. due_time: of the next deadline that is not met. sweep_time: when there is next
    something to publish; both None if nothing is open. warn_days: how many days before a deadline warnings are due,
    the most first."""

    case_id: str
    type: RequestType
    regime: Regime
    country: str
    terms: StatutoryTerms
    state: ClockState = ClockState.RUNNING
    start_time: datetime
    pauses: tuple[Pause, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    extension: Extension | None = None
    warn_days: tuple[int, ...] = ()
    due_time: datetime | None = None
    sweep_time: datetime | None = None
    end_time: datetime | None = None
    create_time: datetime
    update_time: datetime

    def milestone(self, type: DeadlineType) -> Milestone | None:
        """The milestone of this type; None if the law knows none."""
        return next((one for one in self.milestones if one.type is type), None)


Transition = tuple[StatutoryClock, tuple[ClockEvent, ...]]


def clock_id(case_id: str) -> str:
    """The id of the clock of a request."""
    return f"clk_{case_id.partition('_')[2]}"


def start_clock(
    case_id: str,
    regime: Regime,
    type: RequestType,
    *,
    country: str,
    calendar: Calendar,
    received: datetime,
    warn_days: tuple[int, ...],
    now: datetime,
) -> Transition:
    """The clock of a request that was received at this instant, and its event. What is missed already is published by
    the job."""
    terms = terms_of(regime, type, calendar, received)
    kinds = (DeadlineType.ACKNOWLEDGEMENT,) if terms.acknowledge is not None else ()
    clock = StatutoryClock(
        id=clock_id(case_id),
        case_id=case_id,
        type=type,
        regime=regime,
        country=country,
        terms=terms,
        start_time=received,
        milestones=tuple(Milestone(type=one) for one in (*kinds, DeadlineType.ANSWER)),
        warn_days=warn_days,
        create_time=now,
        update_time=now,
    )
    started = timed(clock)
    return started, (ClockStarted(case_id=case_id, due_time=answer_due(started)),)


def rule_for(clock: StatutoryClock, type: DeadlineType) -> Rule | None:
    """The rule of a deadline; that of ANSWER is the extended one after an extension. None if the law knows none."""
    terms = clock.terms
    match type:
        case DeadlineType.ACKNOWLEDGEMENT:
            return terms.acknowledge
        case DeadlineType.ANSWER:
            return terms.extended if clock.extension is not None else terms.answer
        case DeadlineType.EXTENSION:
            return terms.extended


def explained(clock: StatutoryClock, type: DeadlineType) -> Deadline:
    """The explanation of a deadline; of EXTENSION: how long an extension lasts, granted or not. NotFound if the law
    knows no such deadline."""
    if (rule := rule_for(clock, type)) is None:
        raise NotFound("deadline", f"{clock.case_id} {type.name}", f"is none of {clock.terms.regime.name}")
    return explain(rule, clock.terms.calendar, start=clock.start_time, pauses=clock.pauses)


def timed(clock: StatutoryClock) -> StatutoryClock:
    """The clock with the due instants that follow from its rules and pauses. A deadline that moves can be warned of
    again, and is no longer missed unless it is still past."""

    def again(one: Milestone) -> Milestone:
        rule = rule_for(clock, one.type)
        if one.meet_time is not None or rule is None:
            return one
        due = due_at(rule, clock.terms.calendar, start=clock.start_time, pauses=clock.pauses)
        if due == one.due_time:
            return one
        return replace(one, due_time=due, miss_time=None, warned_days=None)

    return swept(replace(clock, milestones=tuple(again(one) for one in clock.milestones)))


def swept(clock: StatutoryClock) -> StatutoryClock:
    """The clock with the instants that follow from its milestones."""
    open_ones = [one for one in clock.milestones if one.meet_time is None and one.due_time is not None]
    dues = [one.due_time for one in open_ones if one.due_time is not None]
    steps = [at for one in open_ones if (at := _next_step(clock, one)) is not None]
    return replace(clock, due_time=min(dues, default=None), sweep_time=min(steps, default=None))


def tell_deadlines(clock: StatutoryClock, now: datetime) -> Transition:
    """The clock with its due warnings and misses marked, and their events: each miss once, each warning once for an
    instant. Of several warnings that are due together only the last one is published."""
    pairs = [_told(clock, one, now) for one in clock.milestones]
    events = tuple(event for _, event in pairs if event is not None)
    if not events:
        return clock, ()
    told = replace(clock, milestones=tuple(one for one, _ in pairs), update_time=now)
    return swept(told), events


def _told(clock: StatutoryClock, one: Milestone, now: datetime) -> tuple[Milestone, ClockEvent | None]:
    due = one.due_time
    if due is None or one.meet_time is not None or one.miss_time is not None:
        return one, None
    if due <= now:
        missed = DeadlineMissed(case_id=clock.case_id, deadline_type=one.type, due_time=due)
        return replace(one, miss_time=due), missed
    passed = [days for days in _steps(clock, one) if due - days * DAY <= now]
    if not passed:
        return one, None
    days = min(passed)
    warned = DeadlineWarned(case_id=clock.case_id, deadline_type=one.type, due_time=due, days_left=days)
    return replace(one, warned_days=days), warned


def _steps(clock: StatutoryClock, one: Milestone) -> list[int]:
    """The warnings that are still to come: after the receipt, and nearer than the last one."""
    assert one.due_time is not None, "a paused clock has no steps"
    later = (days for days in clock.warn_days if one.warned_days is None or days < one.warned_days)
    return [days for days in later if one.due_time - days * DAY > clock.start_time]


def _next_step(clock: StatutoryClock, one: Milestone) -> datetime | None:
    if one.due_time is None or one.miss_time is not None:
        return None
    return min((one.due_time - days * DAY for days in _steps(clock, one)), default=one.due_time)


def answer_due(clock: StatutoryClock) -> datetime:
    """The due instant of the answer; only for a clock that is not paused."""
    found = clock.milestone(DeadlineType.ANSWER)
    assert found is not None, "every clock has an answer"
    assert found.due_time is not None, "it is not paused"
    return found.due_time
