"""What a rule proposes on the ledger: the criteria in their order, until one claim is left.

The proposal is a function of the facts alone: neither their order nor that of the claims matters.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from services.deals.adjudication.domain.rules import AdjudicationCriterion
from services.deals.adjudication.domain.sides import AdjudicationFact, AdjudicationFactKind, AdjudicationSide

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class AdjudicationWeight(msgspec.Struct, frozen=True, kw_only=True):
    """What a claim has for a criterion: an instant, of which the earliest is best, or a number, of which the largest
    is."""

    registration_id: str
    time: datetime | None = None
    quantity: int = 0


class AdjudicationStep(msgspec.Struct, frozen=True, kw_only=True):
    """A criterion, what each claim that was left has, and the claims that are left after it."""

    criterion: AdjudicationCriterion
    weights: tuple[AdjudicationWeight, ...]
    left_registration_ids: tuple[str, ...]


class AdjudicationProposal(msgspec.Struct, frozen=True, kw_only=True):
    """The proposal. registration_id: empty if no criterion tells the claims apart. criterion: which one decided; None
    if none did, or if only one claim has not ended."""

    registration_id: str = ""
    criterion: AdjudicationCriterion | None = None
    steps: tuple[AdjudicationStep, ...] = ()


def propose(criteria: Sequence[AdjudicationCriterion], sides: Iterable[AdjudicationSide]) -> AdjudicationProposal:
    """What an order of criteria proposes for the claims that have not ended. Without criteria: nothing."""
    left = sorted((one for one in sides if not one.ended), key=lambda one: one.registration_id)
    steps: list[AdjudicationStep] = []
    for criterion in criteria:
        if len(left) < 2:
            break
        weights = {one.registration_id: _WEIGH[criterion](one.registration_id, one.facts) for one in left}
        best = max(_rank(one) for one in weights.values())
        left = [one for one in left if _rank(weights[one.registration_id]) == best]
        ids = tuple(one.registration_id for one in left)
        steps.append(AdjudicationStep(criterion=criterion, weights=(*weights.values(),), left_registration_ids=ids))
    if not criteria or len(left) != 1:
        return AdjudicationProposal(steps=(*steps,))
    decided = steps[-1].criterion if steps else None
    return AdjudicationProposal(registration_id=left[0].registration_id, criterion=decided, steps=(*steps,))


def _rank(weight: AdjudicationWeight) -> tuple[int, bool, timedelta]:
    at = weight.time
    return weight.quantity, at is not None, _EPOCH - at if at else timedelta()


def _earliest(kind: AdjudicationFactKind) -> Callable[[str, Sequence[AdjudicationFact]], AdjudicationWeight]:
    def weigh(registration_id: str, facts: Sequence[AdjudicationFact]) -> AdjudicationWeight:
        times = [one.time for one in facts if one.kind is kind and one.time is not None]
        return AdjudicationWeight(registration_id=registration_id, time=min(times, default=None))

    return weigh


def _largest(kind: AdjudicationFactKind) -> Callable[[str, Sequence[AdjudicationFact]], AdjudicationWeight]:
    def weigh(registration_id: str, facts: Sequence[AdjudicationFact]) -> AdjudicationWeight:
        numbers = [one.quantity for one in facts if one.kind is kind]
        return AdjudicationWeight(registration_id=registration_id, quantity=max(numbers, default=0))

    return weigh


def _invited(registration_id: str, facts: Sequence[AdjudicationFact]) -> AdjudicationWeight:
    found = any(one.kind is AdjudicationFactKind.INVITED for one in facts)
    return AdjudicationWeight(registration_id=registration_id, quantity=int(found))


_WEIGH: dict[AdjudicationCriterion, Callable[[str, Sequence[AdjudicationFact]], AdjudicationWeight]] = {
    AdjudicationCriterion.FIRST_CLAIM: _earliest(AdjudicationFactKind.CLAIMED),
    AdjudicationCriterion.INCUMBENT: _earliest(AdjudicationFactKind.INCUMBENT),
    AdjudicationCriterion.TERRITORY: _largest(AdjudicationFactKind.TERRITORY),
    AdjudicationCriterion.ACTIVITY: _largest(AdjudicationFactKind.ACTIVITY),
    AdjudicationCriterion.INVITATION: _invited,
}
