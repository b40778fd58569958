"""The life of a case: opened, decided, perhaps appealed against, settled."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code, InvalidInput, Violation, require_state
from libs.person import Person, PersonalText, persons_named
from services.deals.adjudication.domain.proposals import AdjudicationProposal
from services.deals.adjudication.domain.rules import AdjudicationCriterion
from services.deals.adjudication.domain.sides import AdjudicationSide, AdjudicationStanding
from services.deals.adjudication.domain.states import (
    MAY_APPEAL,
    MAY_DECIDE,
    AdjudicationReason,
    AdjudicationState,
)


class AdjudicationParty(msgspec.Struct, frozen=True, kw_only=True):
    """A claim in a case, and its side."""

    registration_id: str
    side_id: str
    appealed: bool = False


class AdjudicationRuling(msgspec.Struct, frozen=True, kw_only=True):
    """A decision. winner_registration_id: empty if every claim stays. proposed_registration_id, criterion: what the
    rule proposed at that moment. note: what else the decider had to say, for the vendor's people."""

    winner_registration_id: str
    reason: AdjudicationReason
    proposed_registration_id: str = ""
    criterion: AdjudicationCriterion | None = None
    decided_by: str
    decided_for: str = ""
    note: PersonalText | None = None
    decide_time: datetime


class Adjudication(Document, frozen=True, kw_only=True):
    """A case. country: of the customer of the first claim. rule_number, criteria: those of the version in force when it
    was opened. settle_on: when it is to be settled if nobody appeals; None before a decision and after an appeal."""

    state: AdjudicationState = AdjudicationState.OPEN
    country: str
    parties: tuple[AdjudicationParty, ...]
    rule_number: int = 0
    criteria: tuple[AdjudicationCriterion, ...] = ()
    rulings: tuple[AdjudicationRuling, ...] = ()
    appeal_due_time: datetime | None = None
    settle_on: datetime | None = None
    settle_time: datetime | None = None
    create_time: datetime
    update_time: datetime

    @property
    def winner(self) -> str:
        """The claim that holds the customer by the last decision; empty for none."""
        return self.rulings[-1].winner_registration_id


class Until(NamedTuple):
    """The deadline of appeals: its last day, and the instant at which it is over."""

    last_day: date
    due: datetime


class Verdict(NamedTuple):
    """What a person decides, who that is, and what the rule proposes. winner: the claim; empty for none."""

    winner: str
    reason: AdjudicationReason
    by: str
    on_behalf_of: str
    proposal: AdjudicationProposal
    note: PersonalText | None = None


class ClaimHasEnded(AppError):
    """The claim that is to hold the customer has ended."""

    code, reason = Code.FAILED_PRECONDITION, "CLAIM_HAS_ENDED"

    def __init__(self, registration_id: str) -> None:
        super().__init__(f"{registration_id} has ended, so it cannot hold the customer", id=registration_id)


class AppealTooLate(AppError):
    """The time for an appeal is over."""

    code, reason = Code.FAILED_PRECONDITION, "APPEAL_TOO_LATE"

    def __init__(self, side: AdjudicationSide) -> None:
        super().__init__(
            f"an appeal by {side.id} was possible until {side.appeal_last_day}",
            id=side.id,
            last_day=side.appeal_last_day,
        )


class AlreadyAppealed(AppError):
    """The partner has appealed in this case before."""

    code, reason = Code.FAILED_PRECONDITION, "ALREADY_APPEALED"

    def __init__(self, side: AdjudicationSide) -> None:
        super().__init__(f"the partner has appealed by {side.id} before", id=side.id)


class NoAppeal(AppError):
    """The case has no appeal to decide."""

    code, reason = Code.FAILED_PRECONDITION, "NO_APPEAL"

    def __init__(self, case: Adjudication) -> None:
        super().__init__(f"{case.id} has no appeal to decide", id=case.id)


class AppealPeriodRunning(AppError):
    """A loser that has not appealed may still do so."""

    code, reason = Code.FAILED_PRECONDITION, "APPEAL_PERIOD_RUNNING"

    def __init__(self, case: Adjudication, due: datetime) -> None:
        super().__init__(
            f"losers of {case.id} may appeal until {due.isoformat()}", id=case.id, appeal_due_time=due.isoformat()
        )


class OtherPersonRequired(AppError):
    """Whoever decided in a case may not decide the appeal."""

    code, reason = Code.PERMISSION_DENIED, "OTHER_PERSON_REQUIRED"

    def __init__(self, case: Adjudication) -> None:
        super().__init__(f"the appeal in {case.id} needs somebody who decided nothing in the case", id=case.id)


def verdict_violations(case: Adjudication, winner: str, reason: AdjudicationReason) -> Iterator[Violation]:
    """Everything that is wrong with a winner and a reason."""
    at, none = "winner_registration_id", reason is AdjudicationReason.NOT_ONE_DEAL
    if none and winner:
        yield Violation(at, "every claim stays with NOT_ONE_DEAL", "NOT_ALLOWED")
    elif not none and not winner:
        yield Violation(at, f"is needed with {reason.name}", "REQUIRED")
    elif winner and all(one.registration_id != winner for one in case.parties):
        yield Violation(at, f"{winner} is not in the case", "NOT_A_PARTY")


def decide(case: Adjudication, verdict: Verdict, until: Until, *, now: datetime) -> Adjudication:
    """The case, DECIDED; SETTLED if nobody lost. WrongState."""
    require_state("adjudication", case.id, case.state, action="decide", allowed=MAY_DECIDE)
    ruled = _ruled(case, verdict, now)
    if not verdict.winner:
        return _settled(ruled, now)
    return replace(ruled, state=AdjudicationState.DECIDED, appeal_due_time=until.due, settle_on=until.due)


def appeal(
    case: Adjudication, side: AdjudicationSide, statement: PersonalText, *, now: datetime
) -> tuple[Adjudication, AdjudicationSide]:
    """The case and the side of a loser with its appeal. WrongState, AlreadyAppealed, AppealTooLate, InvalidInput."""
    lost = frozenset({AdjudicationStanding.LOST})
    require_state("adjudication_side", side.id, side.standing, action="appeal", allowed=lost)
    if not statement.text.strip():
        raise InvalidInput([Violation("statement.text", "must not be blank", "REQUIRED")])
    if side.appeal_time is not None:
        raise AlreadyAppealed(side)
    if side.settled or case.state not in MAY_APPEAL or side.appeal_due_time is None or now >= side.appeal_due_time:
        raise AppealTooLate(side)
    parties = tuple(replace(one, appealed=True) if one.side_id == side.id else one for one in case.parties)
    changed = replace(case, state=AdjudicationState.APPEALED, parties=parties, settle_on=None, update_time=now)
    return changed, replace(side, statement=statement, appeal_time=now, update_time=now)


def judge(case: Adjudication, verdict: Verdict, *, now: datetime) -> Adjudication:
    """The case, SETTLED by one decision about all its appeals. NoAppeal, AppealPeriodRunning, OtherPersonRequired."""
    if case.state is not AdjudicationState.APPEALED:
        raise NoAppeal(case)
    if not people(verdict.by, verdict.on_behalf_of).isdisjoint(deciders(case)):
        raise OtherPersonRequired(case)
    waiting = any(not one.appealed and one.registration_id != case.winner for one in case.parties)
    if waiting and case.appeal_due_time is not None and now < case.appeal_due_time:
        raise AppealPeriodRunning(case, case.appeal_due_time)
    return _settled(_ruled(case, verdict, now), now)


def fall_due(case: Adjudication, *, holds: bool, now: datetime) -> Adjudication | None:
    """The case, SETTLED because nobody has appealed in time; OPEN again, to be decided anew, if the winner's claim has
    ended meanwhile, because then nobody would hold the customer. None if it is not so. holds: whether the claim of the
    winner is one that can.

    The case waits until the time for appeals is over also if the winner's claim ends before: a loser could tell from an
    earlier change on which day its rival gave up."""
    if case.state is not AdjudicationState.DECIDED or case.settle_on is None or now < case.settle_on:
        return None
    if holds:
        return _settled(case, now)
    return replace(case, state=AdjudicationState.OPEN, appeal_due_time=None, settle_on=None, update_time=now)


def standing(case: Adjudication, side: AdjudicationSide, until: Until | None, *, now: datetime) -> AdjudicationSide:
    """A side after the last decision of its case, or after the case was opened again. until: for a loser's appeal; None
    if there is none any more. The same object if nothing changes for it."""
    if case.state is AdjudicationState.OPEN:
        return _undecided(side, now)
    winner, settled = case.winner, case.state is AdjudicationState.SETTLED
    held = AdjudicationStanding.WON if winner == side.registration_id else AdjudicationStanding.LOST
    now_is = held if winner else AdjudicationStanding.DISMISSED
    lost = now_is is AdjudicationStanding.LOST
    after = replace(
        side,
        standing=now_is,
        reason=case.rulings[-1].reason,
        appeal_due_time=until.due if lost and until else side.appeal_due_time,
        appeal_last_day=until.last_day if lost and until else side.appeal_last_day,
        settled=settled,
        open_registration_id=None if settled else side.open_registration_id,
    )
    return side if after == side else replace(after, update_time=now)


def persons(case: Adjudication) -> tuple[Person, ...]:
    """The persons that the notes are about, with their ids alone."""
    return persons_named(*(one.note for one in case.rulings))


def deciders(case: Adjudication) -> frozenset[str]:
    """Whoever decided anything in the case, and for whom."""
    return frozenset().union(*(people(one.decided_by, one.decided_for) for one in case.rulings))


def people(*subjects: str) -> frozenset[str]:
    """The persons of a call: who acts, and for whom."""
    return frozenset(subjects) - {""}


def refuse_ended(winner: str, ended: Sequence[str]) -> None:
    """ClaimHasEnded if the winner's claim is one of those that have ended."""
    if winner in ended:
        raise ClaimHasEnded(winner)


def _undecided(side: AdjudicationSide, now: datetime) -> AdjudicationSide:
    return replace(
        side,
        standing=AdjudicationStanding.OPEN,
        reason=None,
        appeal_due_time=None,
        appeal_last_day=None,
        update_time=now,
    )


def _ruled(case: Adjudication, verdict: Verdict, now: datetime) -> Adjudication:
    ruling = AdjudicationRuling(
        winner_registration_id=verdict.winner,
        reason=verdict.reason,
        proposed_registration_id=verdict.proposal.registration_id,
        criterion=verdict.proposal.criterion,
        decided_by=verdict.by,
        decided_for=verdict.on_behalf_of,
        note=verdict.note,
        decide_time=now,
    )
    return replace(case, rulings=(*case.rulings, ruling), update_time=now)


def _settled(case: Adjudication, now: datetime) -> Adjudication:
    return replace(case, state=AdjudicationState.SETTLED, settle_on=None, settle_time=now, update_time=now)
