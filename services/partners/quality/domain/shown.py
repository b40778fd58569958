"""What is shown of the quality of a partner: the record as it is now, and what is stored about it."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from services.partners.quality.domain.checks import Check
from services.partners.quality.domain.findings import QualityRecord, RuleState
from services.partners.quality.domain.rules import (
    RULES,
    QualityDimension,
    QualityExemption,
    QualityOutcome,
    QualityRule,
    QualityScore,
    score_of,
    shown_to_partner,
)


class QualityCheck(msgspec.Struct, frozen=True, kw_only=True):
    """A rule and how the record stands to it; `prm.partners.v1` describes each field, of the structs below too."""

    rule: QualityRule
    dimension: QualityDimension
    weight: int
    field: str
    outcome: QualityOutcome
    exemption: QualityExemption | None
    since: datetime | None
    quality_finding_id: str


class QualityDimensionScore(msgspec.Struct, frozen=True, kw_only=True):
    dimension: QualityDimension
    score: QualityScore | None


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    partner_id: str
    score: QualityScore | None
    dimensions: tuple[QualityDimensionScore, ...]
    checks: tuple[QualityCheck, ...]
    confirmed_on: date | None
    contacts: tuple[QualityRecord, ...]


def quality_of(
    record: QualityRecord, checks: Iterable[Check], contacts: Sequence[QualityRecord], *, to_partner: bool
) -> Quality:
    """The quality of a partner as it is now. to_partner: for its own people, who do not see every rule."""
    states = {one.rule: one for one in record.states}
    shown = [_check(one, states.get(one.rule)) for one in checks if not to_partner or shown_to_partner(one.rule)]
    outcomes = [(one.rule, one.outcome) for one in shown]
    return Quality(
        partner_id=record.partner_id,
        score=score_of(outcomes),
        dimensions=tuple(
            QualityDimensionScore(
                dimension=dimension, score=score_of(one for one in outcomes if RULES[one[0]].dimension is dimension)
            )
            for dimension in QualityDimension
        ),
        checks=tuple(shown),
        confirmed_on=record.confirmed_on,
        contacts=tuple(contacts),
    )


def record_of(record: QualityRecord, *, to_partner: bool) -> QualityRecord:
    """The record as it is shown. to_partner: to its own people, without the rules that compare partners."""
    if not to_partner:
        return record
    return replace(record, states=tuple(one for one in record.states if shown_to_partner(one.rule)))


def _check(check: Check, state: RuleState | None) -> QualityCheck:
    """The rule as it is now. A breach whose finding was dismissed stays dismissed."""
    outcome = check.outcome
    if outcome is QualityOutcome.BROKEN and state is not None and state.outcome is QualityOutcome.DISMISSED:
        outcome = QualityOutcome.DISMISSED
    terms = RULES[check.rule]
    same = state is not None and (state.outcome, state.exemption) == (outcome, check.exemption)
    return QualityCheck(
        rule=check.rule,
        dimension=terms.dimension,
        weight=terms.weight,
        field=terms.field,
        outcome=outcome,
        exemption=check.exemption,
        since=state.since if state is not None and same else None,
        quality_finding_id=state.finding_id if state is not None else "",
    )
