"""Rules of conduct, which are data: where they stand, what each step gives, what a fine may be."""

from collections.abc import Iterator
from datetime import datetime

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import Violation
from libs.money import Money
from services.partners.conduct.domain.states import ConductBasis, ConductState
from services.partners.conduct.events import ConductRulePut


class ConductPoints(msgspec.Struct, frozen=True, kw_only=True):
    """The points of each step."""

    notice: int = 0
    warning: int = 0
    fine: int = 0
    suspension: int = 0
    termination: int = 0

    def of(self, state: ConductState) -> int:
        """The points of a step; 0 for a state that is none."""
        return int(getattr(self, state.name.lower(), 0))


class ConductTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule says; prm.partners.v1.ConductTerms describes each field."""

    code: str
    basis: ConductBasis
    section: str = ""
    title: str
    points: ConductPoints = ConductPoints()
    cure_days: int = 0
    fine_cap: Money | None = None


class ConductRule(Document, frozen=True, kw_only=True):
    """A rule, known by the code of its terms."""

    revision: int = 1
    terms: ConductTerms
    create_time: datetime
    update_time: datetime


def terms_violations(terms: ConductTerms) -> Iterator[Violation]:
    """Every fault of the terms of a rule."""
    in_programme = terms.basis is ConductBasis.PROGRAMME
    if in_programme and not terms.section:
        yield Violation("terms.section", "is needed for a rule of the programme", "REQUIRED")
    if not in_programme and terms.section:
        yield Violation("terms.section", "the clause of the agreement is named by the case", "NOT_ALLOWED")
    if terms.fine_cap is not None:
        yield from fine_violations("terms.fine_cap", terms.fine_cap, terms.fine_cap.currency)


def fine_violations(field: str, fine: Money, currency: str) -> Iterator[Violation]:
    """The violations of a fine: another currency, or a fraction of its smallest unit."""
    if fine.currency != currency:
        yield Violation(f"{field}.currency_code", f"is {fine.currency}, the rule is in {currency}", "CURRENCY_MISMATCH")
    elif fine != fine.payable():
        yield Violation(field, f"is finer than {currency} can be paid", "BAD_AMOUNT")


def revised(rule: ConductRule, terms: ConductTerms, *, now: datetime) -> ConductRule:
    """The rule with other terms, in its next revision; the same rule if they are the same."""
    if rule.terms == terms:
        return rule
    return replace(rule, terms=terms, revision=rule.revision + 1, update_time=now)


def rule_put(rule: ConductRule) -> ConductRulePut:
    """The event of a rule. rule: as it is now."""
    return ConductRulePut(conduct_rule_id=rule.id, code=rule.terms.code, revision=rule.revision)
