"""The rule that says which steps a claim has, and the days of deputies."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime

import msgspec

from libs.document import Document
from libs.errors import Violation
from libs.money import Money, currency_violations
from libs.versions import RuleVersion
from services.deals.claims.domain.registration import Registration


class ApprovalStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step: it applies if every condition that is given holds. role: who decides it."""

    code: str
    role: str
    amounts_above: tuple[Money, ...] = ()
    tiers: tuple[str, ...] = ()
    product_lines: tuple[str, ...] = ()
    discount_above_basis_points: int = 0

    def applies(self, reg: Registration, tier: str) -> bool:
        """Whether a claim of a partner in this tier has the step. Without an amount that can be compared it has."""
        asked, floor = reg.asked_discount_basis_points, self.discount_above_basis_points
        return (
            (not self.amounts_above or not _within(reg.expected_amount, self.amounts_above))
            and (not self.tiers or tier in self.tiers)
            and (not self.product_lines or not reg.product_lines.isdisjoint(self.product_lines))
            and (not floor or asked > floor)
        )


class OwnAuthority(msgspec.Struct, frozen=True, kw_only=True):
    """The margin in which one person decides alone."""

    amounts_up_to: tuple[Money, ...]
    discount_up_to_basis_points: int = 0

    def covers(self, reg: Registration) -> bool:
        """Whether a claim is inside of it."""
        asked = reg.asked_discount_basis_points
        return asked <= self.discount_up_to_basis_points and _within(reg.expected_amount, self.amounts_up_to)


class ApprovalRule(RuleVersion, frozen=True, kw_only=True):
    """A version of the rule. steps: in their order."""

    steps: tuple[ApprovalStep, ...]
    own_authority: OwnAuthority | None = None


class ApprovalDeputy(Document, frozen=True, kw_only=True):
    """A person who may decide the steps of a role from the first day to the last one."""

    role: str
    subject: str
    first_day: date
    last_day: date
    create_time: datetime
    update_time: datetime


class ApprovalChain(msgspec.Struct, frozen=True, kw_only=True):
    """The steps of a claim. rule_number: 0 without a rule. own_authority: whether the margin leaves them out."""

    rule_number: int = 0
    steps: tuple[ApprovalStep, ...] = ()
    own_authority: bool = False


def chain_of(rule: ApprovalRule | None, reg: Registration, tier: str) -> ApprovalChain:
    """The steps that a claim of a partner in this tier has by a version."""
    if rule is None:
        return ApprovalChain()
    if rule.own_authority is not None and rule.own_authority.covers(reg):
        return ApprovalChain(rule_number=rule.number, own_authority=True)
    steps = tuple(one for one in rule.steps if one.applies(reg, tier))
    return ApprovalChain(rule_number=rule.number, steps=steps)


def rule_violations(steps: Sequence[ApprovalStep], own: OwnAuthority | None) -> Iterator[Violation]:
    """Everything that is wrong with a draft."""
    for code, count in Counter(one.code for one in steps).items():
        if count > 1:
            yield Violation("steps", f"has {code} {count} times", "REPEATED")
    amounts = {f"steps[{place}].amounts_above": one.amounts_above for place, one in enumerate(steps)}
    if own is not None:
        amounts["own_authority.amounts_up_to"] = own.amounts_up_to
    for at, bounds in amounts.items():
        for currency, count in Counter(one.currency for one in bounds).items():
            if count > 1:
                yield Violation(at, f"has {currency} {count} times", "REPEATED")
        for place, one in enumerate(bounds):
            yield from currency_violations(one.currency, f"{at}[{place}].currency_code")


def period_violations(first_day: date, last_day: date) -> Iterator[Violation]:
    """BAD_PERIOD for days that end before they begin."""
    if last_day < first_day:
        yield Violation("last_day", "is before first_day", "BAD_PERIOD")


def _within(amount: Money | None, bounds: Sequence[Money]) -> bool:
    """Whether there is a bound in the currency of the amount, and the amount is not above it."""
    return amount is not None and any(one.currency == amount.currency and amount.amount <= one.amount for one in bounds)
