"""The rule that proposes which claim should hold a customer: an order of criteria."""

from collections import Counter
from collections.abc import Iterator, Sequence
from enum import Enum

from libs.errors import Violation
from libs.versions import RuleVersion


class AdjudicationCriterion(Enum):
    """What of two claims is compared; `proposals.py` compares."""

    FIRST_CLAIM = "FIRST_CLAIM"
    INCUMBENT = "INCUMBENT"
    TERRITORY = "TERRITORY"
    ACTIVITY = "ACTIVITY"
    INVITATION = "INVITATION"


class AdjudicationRule(RuleVersion, frozen=True, kw_only=True):
    """A version of the rule. criteria: the most important first."""

    criteria: tuple[AdjudicationCriterion, ...]


def criteria_violations(criteria: Sequence[AdjudicationCriterion]) -> Iterator[Violation]:
    """REPEATED for each criterion that is there more than once."""
    for one, count in Counter(criteria).items():
        if count > 1:
            yield Violation("criteria", f"has {one.name} {count} times", "REPEATED")
