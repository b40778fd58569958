"""A case: its steps, evidence and deadlines, and each of its moves."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code, InvalidInput, Violation, require_state
from libs.money import Money
from libs.person import PersonalText
from services.partners.conduct.domain.points import DecayRule, points_left
from services.partners.conduct.domain.rules import ConductTerms, fine_violations
from services.partners.conduct.domain.states import (
    CURABLE,
    LADDER,
    MAY_STATE,
    MOVES,
    OPEN,
    ConductAppealState,
    ConductEvidenceKind,
    ConductReason,
    ConductSource,
    ConductState,
)
from services.partners.conduct.events import (
    ConductAppealExpired,
    ConductCaseDecided,
    ConductCaseEscalated,
    ConductCaseEvent,
    ConductCaseFined,
    ConductCaseOpened,
    ConductCureMissed,
    ConductStatementSubmitted,
)

EVIDENCE_PER_CASE = 500
REPORTS_SHOWN = 50

E = TypeVar("E", bound=ConductCaseEvent)


class Actor(NamedTuple):
    """Who acts, and for whom; subjects of the identity provider."""

    subject: str = ""
    on_behalf_of: str = ""


class ConductEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """A document that is kept elsewhere."""

    kind: ConductEvidenceKind
    sha256: str
    reference: str = ""


class ConductStep(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was reported or decided; prm.partners.v1.ConductStep describes each field."""

    state: ConductState
    report: bool = False
    by: str
    on_behalf_of: str = ""
    asked_by: str = ""
    asked_for: str = ""
    reason: ConductReason | None = None
    note: PersonalText | None = None
    points: int = 0
    overturned: bool = False
    time: datetime


class ConductAppeal(msgspec.Struct, frozen=True, kw_only=True):
    """An appeal against a step."""

    step: ConductState
    state: ConductAppealState = ConductAppealState.FILED
    text: PersonalText | None
    decided_by: str = ""
    decided_for: str = ""
    note: PersonalText | None = None
    file_time: datetime
    decide_time: datetime | None = None


class Until(NamedTuple):
    """A deadline: its last day, and the instant at which it is over."""

    last_day: date
    due: datetime


class Deadlines(NamedTuple):
    """The deadlines that a decision starts; None for those that it does not."""

    statement: Until | None = None
    cure: Until | None = None
    appeal: Until | None = None


class ConductCase(Document, frozen=True, kw_only=True):
    """A case; prm.partners.v1.ConductCase describes the fields that are shown. open_key: unique among open cases about
    prices, else None. cure_due, appeal_due: the ends of these deadlines, None once they are over or no longer matter.
    act_on: the earlier of them."""

    partner_id: str
    state: ConductState = ConductState.REPORTED
    terms: ConductTerms
    rule_revision: int
    agreement_id: str = ""
    agreement_revision: int = 0
    clause: str = ""
    source: ConductSource
    report_count: int = 1
    evidence: tuple[ConductEvidence, ...] = ()
    steps: tuple[ConductStep, ...]
    statement: PersonalText | None = None
    statement_time: datetime | None = None
    statement_until: date | None = None
    cure_until: date | None = None
    cure_missed: bool = False
    appeal_until: date | None = None
    appeals: tuple[ConductAppeal, ...] = ()
    fine: Money | None = None
    open_key: str | None = None
    cure_due: datetime | None = None
    appeal_due: datetime | None = None
    act_on: datetime | None = None
    create_time: datetime
    update_time: datetime

    @property
    def under_appeal(self) -> bool:
        """Whether an appeal waits for its decision."""
        return bool(self.appeals) and self.appeals[-1].state is ConductAppealState.FILED

    @property
    def measures(self) -> tuple[ConductStep, ...]:
        """The steps of the ladder that stand, in order."""
        return tuple(one for one in self.steps if one.state in LADDER and not one.report and not one.overturned)

    @property
    def highest_step(self) -> ConductState | None:
        """The highest step that stands; None if none does."""
        return self.measures[-1].state if self.measures else None


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody decides in a case. asked: the first of two persons; empty if one is enough."""

    state: ConductState
    reason: ConductReason
    note: PersonalText | None = None
    fine: Money | None = None
    evidence: tuple[ConductEvidence, ...] = ()
    by: Actor
    asked: Actor = Actor()


class FineAboveCap(AppError):
    """The fine is above what the clause allows."""

    code, reason = Code.FAILED_PRECONDITION, "FINE_ABOVE_CAP"

    def __init__(self, case: ConductCase) -> None:
        cap = case.terms.fine_cap
        allowed = f"{cap.decimal} {cap.currency}" if cap else "no fine"
        super().__init__(
            f"rule {case.terms.code} allows {allowed}", id=case.id, rule=case.terms.code, cap=cap.decimal if cap else 0
        )


class CaseUnderAppeal(AppError):
    """An appeal is to be decided before the case can move."""

    code, reason = Code.FAILED_PRECONDITION, "CASE_UNDER_APPEAL"

    def __init__(self, case: ConductCase) -> None:
        super().__init__(f"case {case.id} has an appeal to decide", id=case.id)


class TooMuchEvidence(AppError):
    """The case has the maximum number of pieces of evidence."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MUCH_EVIDENCE"

    def __init__(self, case_id: str) -> None:
        super().__init__(
            f"case {case_id} has room for {EVIDENCE_PER_CASE} pieces of evidence", id=case_id, limit=EVIDENCE_PER_CASE
        )


def opened(case: ConductCase) -> ConductCaseOpened:
    """The event of a new case."""
    return event(ConductCaseOpened, case, source=case.source)


def escalate(
    case: ConductCase, evidence: Sequence[ConductEvidence], by: Actor, *, statement: Until, now: datetime
) -> tuple[ConductCase, ConductCaseEscalated]:
    """The open case with another breach; one that was only REPORTED is UNDER_INVESTIGATION. No step of the ladder is
    taken: that is for persons to decide. Of the reports the case keeps 50 as steps, and counts all. TooMuchEvidence."""
    require_state("conduct_case", case.id, case.state, action="another breach", allowed=OPEN)
    investigated = case.state is ConductState.REPORTED
    state = ConductState.UNDER_INVESTIGATION if investigated else case.state
    step = ConductStep(state=state, report=True, by=by.subject, on_behalf_of=by.on_behalf_of, time=now)
    kept = case.report_count < REPORTS_SHOWN
    changed = replace(
        case,
        state=state,
        report_count=case.report_count + 1,
        evidence=_added(case, evidence),
        steps=(*case.steps, step) if kept else case.steps,
        statement_until=statement.last_day if investigated else case.statement_until,
        update_time=now,
    )
    return changed, event(ConductCaseEscalated, changed, report_count=changed.report_count)


def decide(
    case: ConductCase, ruling: Ruling, deadlines: Deadlines, *, now: datetime
) -> tuple[ConductCase, tuple[ConductCaseEvent, ...]]:
    """The case in the state of the ruling, and the events. WrongState, CaseUnderAppeal, InvalidInput, FineAboveCap,
    TooMuchEvidence."""
    allowed = {state for state, after in MOVES.items() if ruling.state in after}
    require_state("conduct_case", case.id, case.state, action=f"a move to {ruling.state.name}", allowed=allowed)
    if case.under_appeal:
        raise CaseUnderAppeal(case)
    _check_fine(case, ruling)
    points = case.terms.points.of(ruling.state)
    step = ConductStep(
        state=ruling.state,
        by=ruling.by.subject,
        on_behalf_of=ruling.by.on_behalf_of,
        asked_by=ruling.asked.subject,
        asked_for=ruling.asked.on_behalf_of,
        reason=ruling.reason,
        note=ruling.note,
        points=points,
        time=now,
    )
    changed = replace(
        case,
        state=ruling.state,
        steps=(*case.steps, step),
        evidence=_added(case, ruling.evidence),
        fine=ruling.fine or case.fine,
        open_key=case.open_key if ruling.state in OPEN else None,
        update_time=now,
    )
    changed = _with_deadlines(changed, deadlines)
    told: list[ConductCaseEvent] = [event(ConductCaseDecided, changed, reason=ruling.reason, points=points)]
    if ruling.fine is not None:
        told.append(event(ConductCaseFined, changed, amount=ruling.fine))
    return changed, tuple(told)


def state(
    case: ConductCase, statement: PersonalText, *, now: datetime
) -> tuple[ConductCase, ConductStatementSubmitted | None]:
    """The case with what the partner says, and the event; None if it says so already. WrongState, InvalidInput."""
    require_state("conduct_case", case.id, case.state, action="a statement", allowed=MAY_STATE)
    require_text("statement", statement)
    if case.statement == statement:
        return case, None
    changed = replace(case, statement=statement, statement_time=now, update_time=now)
    return changed, event(ConductStatementSubmitted, changed)


def fall_due(case: ConductCase, *, now: datetime) -> tuple[ConductCase, tuple[ConductCaseEvent, ...]] | None:
    """The case after a deadline that is over, and the events; None if none is. A deadline moves no case."""
    if case.act_on is None or now < case.act_on:
        return None
    told: list[type[ConductCaseEvent]] = []
    changed = replace(case, update_time=now)
    if case.cure_due is not None and case.cure_due <= now:
        changed = replace(changed, cure_due=None, cure_missed=True)
        told.append(ConductCureMissed)
    if case.appeal_due is not None and case.appeal_due <= now:
        changed = replace(changed, appeal_due=None)
        told.append(ConductAppealExpired)
    changed = acting(changed)
    return changed, tuple(event(one, changed) for one in told)


def points_of(case: ConductCase, rule: DecayRule, *, day: date, days: Iterable[date]) -> int:
    """What is left of the points of a case on a day, in thousandths. days: those of the steps that stand, in the time
    zone of `day`."""
    pairs = zip(case.measures, days, strict=True)
    return sum(points_left(step.points, rule, given_on=given, day=day) for step, given in pairs)


def awaits_partner(case: ConductCase) -> bool:
    """Whether the partner may say something about the case, or appeal."""
    return case.state in OPEN or case.appeal_due is not None


def evidence_violations(evidence: Sequence[ConductEvidence]) -> Iterator[Violation]:
    """A DUPLICATE_EVIDENCE for each document that is named twice."""
    hashes = [one.sha256 for one in evidence]
    for place, one in enumerate(hashes):
        if one in hashes[:place]:
            yield Violation(f"evidence[{place}].sha256", "is named twice", "DUPLICATE_EVIDENCE")


def acting(case: ConductCase) -> ConductCase:
    """The case with the instant at which the next deadline is over."""
    return replace(case, act_on=min((one for one in (case.cure_due, case.appeal_due) if one), default=None))


def require_text(field: str, text: PersonalText) -> None:
    """InvalidInput (REQUIRED) for a text without words."""
    if not text.text.strip():
        raise InvalidInput([Violation(f"{field}.text", "must not be blank", "REQUIRED")])


def event(type: type[E], case: ConductCase, **more: object) -> E:
    """The event of a case. case: as it is after the change."""
    return type(
        conduct_case_id=case.id, partner_id=case.partner_id, rule_code=case.terms.code, state=case.state, **more
    )


def _with_deadlines(case: ConductCase, deadlines: Deadlines) -> ConductCase:
    """The case with the deadlines of a decision. One on the ladder replaces those of the step before; to close a case
    ends that for the cure, and leaves that for an appeal."""
    if case.state in LADDER:
        cure = deadlines.cure if case.state in CURABLE and case.terms.cure_days else None
        appeal = deadlines.appeal
        case = replace(
            case,
            cure_until=cure.last_day if cure else None,
            cure_due=cure.due if cure else None,
            cure_missed=False,
            appeal_until=appeal.last_day if appeal else None,
            appeal_due=appeal.due if appeal else None,
        )
    elif case.state is ConductState.UNDER_INVESTIGATION:
        case = replace(case, statement_until=deadlines.statement.last_day if deadlines.statement else None)
    else:
        case = replace(case, cure_due=None)
    return acting(case)


def _check_fine(case: ConductCase, ruling: Ruling) -> None:
    if ruling.state is not ConductState.FINE:
        if ruling.fine is not None:
            raise InvalidInput([Violation("fine", "only a FINE has an amount", "NOT_ALLOWED")])
        return
    if ruling.fine is None:
        raise InvalidInput([Violation("fine", "is needed for a FINE", "REQUIRED")])
    cap = case.terms.fine_cap
    if cap is None:
        raise FineAboveCap(case)
    if wrong := [*fine_violations("fine", ruling.fine, cap.currency)]:
        raise InvalidInput(wrong)
    if cap < ruling.fine:
        raise FineAboveCap(case)


def _added(case: ConductCase, evidence: Sequence[ConductEvidence]) -> tuple[ConductEvidence, ...]:
    known = {one.sha256 for one in case.evidence}
    found = (*case.evidence, *(one for one in evidence if one.sha256 not in known))
    if len(found) > EVIDENCE_PER_CASE:
        raise TooMuchEvidence(case.id)
    return found
