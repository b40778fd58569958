"""What a partner sees of a case: its claim, its facts, and how it was decided.

Each partner has a row of its own, so that nothing of another partner can be in it: neither in its fields nor in its id,
its version and its times. The facts are the ledger of the case: they are added, and nothing else happens to them.
"""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code
from libs.person import Person, PersonalText, persons_named
from services.deals.adjudication.domain.states import AdjudicationReason
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import CLAIMING

INVITATIONS_AT_MOST = 20


class AdjudicationFactKind(Enum):
    """What a fact says."""

    CLAIMED = "CLAIMED"
    INCUMBENT = "INCUMBENT"
    TERRITORY = "TERRITORY"
    ACTIVITY = "ACTIVITY"
    INVITED = "INVITED"
    ENDED = "ENDED"


class AdjudicationStanding(Enum):
    """How a claim stands in a case."""

    OPEN = "OPEN"
    WON = "WON"
    LOST = "LOST"
    DISMISSED = "DISMISSED"


class AdjudicationFact(msgspec.Struct, frozen=True, kw_only=True):
    """A fact. time: of what it says, by the clock of the service. quantity: of activities; of a territory 1, or 2 if it
    is exclusive. reference: the document that shows it."""

    kind: AdjudicationFactKind
    time: datetime | None = None
    quantity: int = 0
    reference: str = ""
    record_time: datetime


class AdjudicationSide(Document, frozen=True, kw_only=True):
    """The side of a claim. open_registration_id: the claim until the case is settled, by which its events find the
    side; None afterwards. Its partner does not see adjudication_id."""

    adjudication_id: str
    registration_id: str
    partner_id: str
    open_registration_id: str | None
    standing: AdjudicationStanding = AdjudicationStanding.OPEN
    facts: tuple[AdjudicationFact, ...] = ()
    reason: AdjudicationReason | None = None
    appeal_due_time: datetime | None = None
    appeal_last_day: date | None = None
    statement: PersonalText | None = None
    appeal_time: datetime | None = None
    settled: bool = False
    create_time: datetime
    update_time: datetime

    @property
    def ended(self) -> bool:
        """Whether the claim has ended."""
        return any(one.kind is AdjudicationFactKind.ENDED for one in self.facts)


class TooMuchEvidence(AppError):
    """The side has the maximum number of invitations."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MUCH_EVIDENCE"

    def __init__(self, id: str) -> None:
        super().__init__(f"{id} has {INVITATIONS_AT_MOST} invitations", id=id, limit=INVITATIONS_AT_MOST)


def persons(side: AdjudicationSide) -> tuple[Person, ...]:
    """The person that the statement is about, with its id alone."""
    return persons_named(side.statement)


def awaits_partner(side: AdjudicationSide) -> bool:
    """Whether the partner may still appeal."""
    return side.standing is AdjudicationStanding.LOST and side.appeal_time is None and not side.settled


def recorded(side: AdjudicationSide, *facts: AdjudicationFact, now: datetime) -> AdjudicationSide:
    """The side with these facts at the end of its ledger; the same object without any."""
    return replace(side, facts=(*side.facts, *facts), update_time=now) if facts else side


def observed(side: AdjudicationSide, reg: Registration, *, now: datetime) -> AdjudicationSide:
    """The side after a look at its claim: more activities, its end, its present partner; the same object if it knows
    all of that. It does not matter which events of the claim led here, or in what order."""
    found: list[AdjudicationFact] = []
    if (count := len(reg.activities)) > _most(side.facts):
        found.append(AdjudicationFact(kind=AdjudicationFactKind.ACTIVITY, quantity=count, record_time=now))
    if reg.review not in CLAIMING and not side.ended:
        found.append(AdjudicationFact(kind=AdjudicationFactKind.ENDED, time=reg.close_time, record_time=now))
    moved = side if side.partner_id == reg.partner_id else replace(side, partner_id=reg.partner_id, update_time=now)
    return recorded(moved, *found, now=now)


def invited(side: AdjudicationSide, reference: str, *, now: datetime) -> AdjudicationSide:
    """The side with an invitation; the same object if the document is there already. TooMuchEvidence."""
    known = [one.reference for one in side.facts if one.kind is AdjudicationFactKind.INVITED]
    if reference in known:
        return side
    if len(known) >= INVITATIONS_AT_MOST:
        raise TooMuchEvidence(side.id)
    fact = AdjudicationFact(kind=AdjudicationFactKind.INVITED, reference=reference, record_time=now)
    return recorded(side, fact, now=now)


def _most(facts: Sequence[AdjudicationFact]) -> int:
    return max((one.quantity for one in facts if one.kind is AdjudicationFactKind.ACTIVITY), default=0)
