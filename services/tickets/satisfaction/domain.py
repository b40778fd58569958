"""The satisfaction of requesters with closed tickets, and the figures of reports."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from libs.errors import AppError, Code, InvalidInput, Violation, require_state
from services.tickets.clocks.domain import Transition, tell_clocks
from services.tickets.record.domain.states import MAY_RATE, ComplaintCause, ComplaintType
from services.tickets.record.domain.ticket import Satisfaction, Ticket
from services.tickets.satisfaction.events import SatisfactionRecorded

LONGEST = timedelta(days=366)
SCORES = (1, 2, 3, 4, 5)
SATISFIED = 4  # this score or a better one

_WHOLE = 10_000  # 100 percent, in hundredths of a percent


class AlreadyRecorded(AppError):
    """The satisfaction with the ticket is recorded already."""

    code, reason = Code.FAILED_PRECONDITION, "ALREADY_RECORDED"

    def __init__(self, id: str) -> None:
        super().__init__(f"the satisfaction with ticket {id} was recorded before", id=id)


class SurveyExpired(AppError):
    """The survey has expired: the ticket has been closed for too long, and the figures of that day are final."""

    code, reason = Code.FAILED_PRECONDITION, "SURVEY_EXPIRED"

    def __init__(self, id: str, expire_time: datetime) -> None:
        super().__init__(
            f"the survey on ticket {id} ended at {expire_time.isoformat()}", id=id, expire_time=expire_time.isoformat()
        )


class Outcome(NamedTuple):
    """The outcome of the survey of one closed ticket. score: None if there is no answer."""

    asked: bool
    score: int | None = None
    complaint_type: ComplaintType | None = None
    complaint_cause: ComplaintCause | None = None


class ComplaintCount(msgspec.Struct, frozen=True, kw_only=True):
    """The number of complaints of one type and cause; complaint_cause: None if unknown."""

    complaint_type: ComplaintType
    complaint_cause: ComplaintCause | None
    count: int


class SatisfactionReport(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a period, for one partner's tickets or (partner_id empty) for all. score_counts: in the order of
    SCORES; basis points: hundredths of a percent, 0 if there is nothing to divide by."""

    partner_id: str
    closed_count: int = 0
    survey_count: int = 0
    answer_count: int = 0
    score_counts: tuple[int, ...] = (0,) * len(SCORES)
    satisfied_count: int = 0
    csat_basis_points: int = 0
    complaint_count: int = 0
    complaint_basis_points: int = 0
    complaints: tuple[ComplaintCount, ...] = ()


def record_satisfaction(ticket: Ticket, given: Satisfaction, *, now: datetime) -> Transition:
    """The ticket with this answer, and the events. WrongState; InvalidInput for a cause without a complaint;
    AlreadyRecorded; SurveyExpired."""
    require_state("ticket", ticket.id, ticket.state, action="record satisfaction", allowed=MAY_RATE)
    if given.complaint_cause is not None and given.complaint_type is None:
        described = "is the cause of a complaint; name its complaint_type"
        raise InvalidInput([Violation("complaint_cause", described, "NO_COMPLAINT")])
    if ticket.satisfaction is not None:
        raise AlreadyRecorded(ticket.id)
    if ticket.survey_expire_time is not None and now >= ticket.survey_expire_time:
        raise SurveyExpired(ticket.id, ticket.survey_expire_time)
    ticket, told = tell_clocks(ticket, now=now)
    event = SatisfactionRecorded(
        ticket_id=ticket.id,
        partner_id=ticket.partner_id,
        score=given.score,
        complaint_type=given.complaint_type,
        complaint_cause=given.complaint_cause,
    )
    return replace(ticket, satisfaction=given, update_time=now), (*told, event)


def outcome_of(ticket: Ticket) -> Outcome:
    """The outcome of a ticket; a requester that answered before the ticket was closed counts as asked."""
    given = ticket.satisfaction
    if given is None:
        return Outcome(asked=ticket.survey_expire_time is not None)
    return Outcome(True, given.score, given.complaint_type, given.complaint_cause)


def report_of(partner_id: str, outcomes: Counter[Outcome]) -> SatisfactionReport:
    """The report on these numbers of tickets by outcome."""
    closed = outcomes.total()
    scores = tuple(sum(count for one, count in outcomes.items() if one.score == score) for score in SCORES)
    answered, satisfied = sum(scores), sum(scores[SCORES.index(SATISFIED) :])
    complaints = _complaints(outcomes)
    complained = sum(one.count for one in complaints)
    return SatisfactionReport(
        partner_id=partner_id,
        closed_count=closed,
        survey_count=sum(count for one, count in outcomes.items() if one.asked),
        answer_count=answered,
        score_counts=scores,
        satisfied_count=satisfied,
        csat_basis_points=_share(satisfied, answered),
        complaint_count=complained,
        complaint_basis_points=_share(complained, closed),
        complaints=complaints,
    )


def require_period(start_date: date, end_date: date) -> None:
    """InvalidInput for a period without a day, or with more than 366."""
    if end_date <= start_date:
        raise InvalidInput([Violation("end_date", f"is not after {start_date}", "DATES_OUT_OF_ORDER")])
    if end_date - start_date > LONGEST:
        raise InvalidInput([Violation("end_date", f"is more than {LONGEST.days} days later", "PERIOD_TOO_LONG")])


def _complaints(outcomes: Counter[Outcome]) -> tuple[ComplaintCount, ...]:
    """The complaints counted by type and cause, the most frequent first, then by name."""
    counts: Counter[tuple[ComplaintType, ComplaintCause | None]] = Counter()
    for one, count in outcomes.items():
        if one.complaint_type is not None:
            counts[one.complaint_type, one.complaint_cause] += count
    rows = [
        ComplaintCount(complaint_type=about, complaint_cause=cause, count=count)
        for (about, cause), count in counts.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.count, row.complaint_type.name, str(row.complaint_cause))))


def _share(part: int, whole: int) -> int:
    """The share in hundredths of a percent, rounded half up; 0 of nothing."""
    return (2 * part * _WHOLE + whole) // (2 * whole) if whole else 0
