"""The rule by which end customers are divided; a version applies from the quarter that begins on its effective day."""

from collections.abc import Iterator

from libs.errors import Violation
from libs.money import currency_violations
from libs.segmentation.lifecycle import LifeCycleActions, LifeCycleRules, life_cycle_violations
from libs.segmentation.shares import SegmentClass, band_violations
from libs.versions import RuleVersion


class CustomerSegmentationRule(RuleVersion, frozen=True, kw_only=True):
    """A version. window_months: the months whose orders are compared; the last is that of the quarter."""

    window_months: int
    currency: str
    classes: tuple[SegmentClass, ...]
    life_cycle_rules: LifeCycleRules
    life_cycle_actions: tuple[LifeCycleActions, ...] = ()
    settling_days: int = 0


def rule_violations(rule: CustomerSegmentationRule) -> Iterator[Violation]:
    """Everything that is wrong with a draft."""
    yield from currency_violations(rule.currency)
    yield from band_violations(rule.classes)
    yield from life_cycle_violations(rule.life_cycle_rules, rule.life_cycle_actions, rule.window_months)
