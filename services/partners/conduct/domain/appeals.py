"""Appeals against the steps of a case: filed in time, decided by somebody who had no part in the steps."""

from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from libs.errors import AppError, Code, require_state
from libs.person import PersonalText
from services.partners.conduct.domain.case import (
    Actor,
    ConductAppeal,
    ConductCase,
    ConductStep,
    acting,
    event,
    require_text,
)
from services.partners.conduct.domain.states import MAY_APPEAL, ConductAppealState, ConductReason, ConductState
from services.partners.conduct.events import ConductAppealDecided, ConductCaseAppealed


class AppealTooLate(AppError):
    """The time for an appeal is over."""

    code, reason = Code.FAILED_PRECONDITION, "APPEAL_TOO_LATE"

    def __init__(self, case: ConductCase) -> None:
        super().__init__(
            f"an appeal in case {case.id} was possible until {case.appeal_until}",
            id=case.id,
            last_day=case.appeal_until,
        )


class AlreadyAppealed(AppError):
    """The partner has appealed against this step before."""

    code, reason = Code.FAILED_PRECONDITION, "ALREADY_APPEALED"

    def __init__(self, case: ConductCase) -> None:
        super().__init__(f"the partner has appealed against the last step of case {case.id}", id=case.id)


class NoAppeal(AppError):
    """The case has no appeal to decide."""

    code, reason = Code.FAILED_PRECONDITION, "NO_APPEAL"

    def __init__(self, case: ConductCase) -> None:
        super().__init__(f"case {case.id} has no appeal to decide", id=case.id)


class OtherPersonRequired(AppError):
    """Whoever had a part in a step may not decide the appeal."""

    code, reason = Code.PERMISSION_DENIED, "OTHER_PERSON_REQUIRED"

    def __init__(self, case: ConductCase) -> None:
        super().__init__(f"the appeal in case {case.id} needs somebody who had no part in the case", id=case.id)


class Judged(NamedTuple):
    """A case after the decision about its appeal, its event, and whether the case had suspended the partner."""

    case: ConductCase
    event: ConductAppealDecided
    frees_partner: bool = False


def appeal(case: ConductCase, text: PersonalText, *, now: datetime) -> tuple[ConductCase, ConductCaseAppealed]:
    """The case with an appeal against its last step. WrongState, AlreadyAppealed, AppealTooLate, InvalidInput."""
    require_state("conduct_case", case.id, case.state, action="an appeal", allowed=MAY_APPEAL)
    require_text("text", text)
    step = case.measures[-1].state
    if any(one.step is step for one in case.appeals):
        raise AlreadyAppealed(case)
    if case.appeal_due is None or now >= case.appeal_due:
        raise AppealTooLate(case)
    filed = ConductAppeal(step=step, text=text, file_time=now)
    changed = acting(replace(case, appeals=(*case.appeals, filed), appeal_due=None, update_time=now))
    return changed, event(ConductCaseAppealed, changed)


def judge(case: ConductCase, by: Actor, *, upheld: bool, note: PersonalText, now: datetime) -> Judged:
    """The case after the decision about its appeal: DISMISSED if it is upheld, else as it was. NoAppeal,
    OtherPersonRequired, InvalidInput."""
    if not case.under_appeal:
        raise NoAppeal(case)
    require_text("note", note)
    if not _people(by.subject, by.on_behalf_of).isdisjoint(_deciders(case)):
        raise OtherPersonRequired(case)
    decided = replace(
        case.appeals[-1],
        state=ConductAppealState.UPHELD if upheld else ConductAppealState.REJECTED,
        decided_by=by.subject,
        decided_for=by.on_behalf_of,
        note=note,
        decide_time=now,
    )
    after = replace(case, appeals=(*case.appeals[:-1], decided), update_time=now)
    if not upheld:
        return Judged(after, event(ConductAppealDecided, after, upheld=False, fine_reversed=None))
    suspended = any(one.state is ConductState.SUSPENSION for one in case.measures)
    after = _dismissed(after, by, note, now)
    told = event(ConductAppealDecided, after, upheld=True, fine_reversed=case.fine)
    return Judged(after, told, suspended)


def _dismissed(case: ConductCase, by: Actor, note: PersonalText, now: datetime) -> ConductCase:
    last = ConductStep(
        state=ConductState.DISMISSED,
        by=by.subject,
        on_behalf_of=by.on_behalf_of,
        reason=ConductReason.APPEAL_UPHELD,
        note=note,
        time=now,
    )
    void = tuple(replace(one, overturned=True) if one in case.measures else one for one in case.steps)
    changed = replace(case, state=ConductState.DISMISSED, steps=(*void, last), fine=None, open_key=None, cure_due=None)
    return acting(changed)


def _deciders(case: ConductCase) -> frozenset[str]:
    """Whoever reported, asked for or decided anything in the case."""
    return frozenset().union(*(_people(one.by, one.on_behalf_of, one.asked_by, one.asked_for) for one in case.steps))


def _people(*subjects: str) -> frozenset[str]:
    return frozenset(subjects) - {""}
