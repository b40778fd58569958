"""Pairs of customers that a person has judged."""

from datetime import datetime
from enum import Enum

from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code, InvalidInput, Violation
from services.deals.matching.domain.comparing import ComparedCustomer

JUDGED_AT_MOST = 200  # pairs with one customer


class PairVerdict(Enum):
    """What a person says of two customers."""

    SAME = "SAME"
    DIFFERENT = "DIFFERENT"


class PairReason(Enum):
    """Why."""

    OTHER_SPELLING = "OTHER_SPELLING"
    ABBREVIATION = "ABBREVIATION"
    TRANSLATION = "TRANSLATION"
    TRADING_NAME = "TRADING_NAME"
    RENAMED = "RENAMED"
    OTHER_ORGANISATION = "OTHER_ORGANISATION"
    GROUP_MEMBER = "GROUP_MEMBER"
    OTHER_SITE = "OTHER_SITE"
    OTHER = "OTHER"


_DIFFERENT = frozenset({PairReason.OTHER_ORGANISATION, PairReason.GROUP_MEMBER, PairReason.OTHER_SITE})
FITTING = {
    PairVerdict.SAME: frozenset(PairReason) - _DIFFERENT,
    PairVerdict.DIFFERENT: _DIFFERENT | {PairReason.OTHER},
}


class CustomerIsPerson(AppError):
    """A natural person is never compared with customers who are written differently: names of persons prove nothing."""

    code, reason = Code.FAILED_PRECONDITION, "CUSTOMER_IS_PERSON"

    def __init__(self, id: str) -> None:
        super().__init__(f"the customer of {id} is a natural person, or has no name: it is not compared", id=id)


class TooManyJudgements(AppError):
    """JUDGED_AT_MOST pairs with one customer were judged."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_JUDGEMENTS"

    def __init__(self, id: str) -> None:
        super().__init__(f"{JUDGED_AT_MOST} pairs with the customer of {id} were judged", id=id, limit=JUDGED_AT_MOST)


class JudgedPair(Document, frozen=True, kw_only=True):
    """Two customers as they were written when a person judged them; the judgement holds for every claim on customers
    that are written so. one_key, other_key: keyed hashes of the two, `as_written`. If both are written alike, it holds
    for the two claims alone. probability_basis_points: what the model said then. proposed: whether the model had
    shown the pair."""

    one_id: str
    other_id: str
    one_key: str
    other_key: str
    one: ComparedCustomer
    other: ComparedCustomer
    verdict: PairVerdict
    reason: PairReason
    probability_basis_points: int
    proposed: bool
    create_time: datetime
    update_time: datetime


def refuse_unfit(verdict: PairVerdict, reason: PairReason) -> None:
    """InvalidInput for a reason of the other verdict."""
    if reason not in FITTING[verdict]:
        raise InvalidInput(
            [Violation("reason", f"{reason.name} is no reason for {verdict.name}", "REASON_DOES_NOT_FIT")]
        )


def judged_again(pair: JudgedPair, verdict: PairVerdict, reason: PairReason, *, now: datetime) -> JudgedPair:
    """The pair with a new judgement; the same object if it says nothing new."""
    if (pair.verdict, pair.reason) == (verdict, reason):
        return pair
    return replace(pair, verdict=verdict, reason=reason, update_time=now)


def holds_for(pair: JudgedPair, key: str, other_key: str, ids: frozenset[str]) -> bool:
    """Whether a judgement is about customers with these keys. ids: of the two claims."""
    if {pair.one_key, pair.other_key} != {key, other_key}:
        return False
    return pair.one_key != pair.other_key or ids == {pair.one_id, pair.other_id}
