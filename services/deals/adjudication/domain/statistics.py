"""How many cases were settled for which reason; the reasons add up to the total."""

from collections.abc import Iterable

import msgspec

from libs.errors import AppError, Code
from services.deals.adjudication.domain.cases import Adjudication
from services.deals.adjudication.domain.states import AdjudicationReason

CASES_COUNTED = 10_000


class AdjudicationCount(msgspec.Struct, frozen=True, kw_only=True):
    """The settled cases with a reason; with None all of them."""

    reason: AdjudicationReason | None = None
    cases: int = 0
    as_proposed: int = 0
    appealed: int = 0
    overturned: int = 0


class TooManyCases(AppError):
    """More cases were settled in that time than can be counted at once."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_CASES"

    def __init__(self) -> None:
        super().__init__(f"more than {CASES_COUNTED} cases; ask for a shorter time", limit=CASES_COUNTED)


def counted(cases: Iterable[Adjudication]) -> tuple[AdjudicationCount, tuple[AdjudicationCount, ...]]:
    """The total, and a count for each reason that occurs, in the order of the reasons."""
    found: dict[AdjudicationReason, AdjudicationCount] = {}
    total = AdjudicationCount()
    for case in cases:
        reason = case.rulings[-1].reason
        found[reason] = _with(found.get(reason, AdjudicationCount(reason=reason)), case)
        total = _with(total, case)
    return total, tuple(found[one] for one in AdjudicationReason if one in found)


def _with(count: AdjudicationCount, case: Adjudication) -> AdjudicationCount:
    last, appealed = case.rulings[-1], any(one.appealed for one in case.parties)
    proposed = bool(last.winner_registration_id) and last.winner_registration_id == last.proposed_registration_id
    return AdjudicationCount(
        reason=count.reason,
        cases=count.cases + 1,
        as_proposed=count.as_proposed + proposed,
        appealed=count.appealed + appealed,
        overturned=count.overturned
        + (appealed and case.rulings[-2].winner_registration_id != last.winner_registration_id),
    )
