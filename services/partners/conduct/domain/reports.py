"""A case as its first report makes it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from libs.person import PersonalText
from services.partners.conduct.domain.case import Actor, ConductCase, ConductEvidence, ConductStep
from services.partners.conduct.domain.rules import ConductRule
from services.partners.conduct.domain.states import ConductSource, ConductState


class Report(NamedTuple):
    """Who reported a breach, what shows it, and where the rule stands in an agreement; empty: it stands in the
    programme. open_key: see ConductCase."""

    source: ConductSource
    by: Actor
    evidence: Sequence[ConductEvidence]
    note: PersonalText | None = None
    agreement_id: str = ""
    agreement_revision: int = 0
    clause: str = ""
    open_key: str | None = None


def reported(id: str, partner_id: str, rule: ConductRule, report: Report, *, now: datetime) -> ConductCase:
    """The new case of a partner on a rule, REPORTED."""
    step = ConductStep(
        state=ConductState.REPORTED,
        report=True,
        by=report.by.subject,
        on_behalf_of=report.by.on_behalf_of,
        note=report.note,
        time=now,
    )
    return ConductCase(
        id=id,
        partner_id=partner_id,
        terms=rule.terms,
        rule_revision=rule.revision,
        agreement_id=report.agreement_id,
        agreement_revision=report.agreement_revision,
        clause=report.clause or rule.terms.section,
        source=report.source,
        evidence=tuple(report.evidence),
        steps=(step,),
        open_key=report.open_key,
        create_time=now,
        update_time=now,
    )
