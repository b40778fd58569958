"""Findings, the score of a record, and what a look at the record makes of both.

A finding is mended by the last change that touched what its rule looks at before the record was seen to keep the rule.
A look that has not been told of such a change, as a walk over all records is not, leaves the finding open for an hour:
the event of the change may be on its way. After that the finding is mended by nobody who is known.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import require_state
from services.partners.quality.domain.checks import Check
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
from services.partners.quality.domain.states import LIVE, MAY_DISMISS, QualityDismissal, QualityFindingState
from services.partners.quality.events import (
    QualityFindingClosed,
    QualityFindingDismissed,
    QualityFindingOpened,
)

UNEXPLAINED_AFTER = timedelta(hours=1)


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who acted, and for whom; as `libs.call.Caller` has them."""

    subject: str = ""
    on_behalf_of: str = ""


NOBODY = Actor()


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A change that led to a look. touched: the rules that it may have mended. version: of the record after it; 0 if it
    was a change of another document. behind: whether the record has changed since; another change is to come."""

    actor: Actor = NOBODY
    at: datetime
    touched: frozenset[QualityRule] = frozenset()
    version: int = 0
    behind: bool = False


class RuleState(msgspec.Struct, frozen=True, kw_only=True):
    """How a record stood to a rule at the last look. finding_id: the live finding. kept_since: since when the rule is
    kept although its finding is open. touched_version, touched_by: of the last change that may have mended it."""

    rule: QualityRule
    outcome: QualityOutcome
    exemption: QualityExemption | None = None
    since: datetime
    finding_id: str = ""
    kept_since: datetime | None = None
    touched_version: int = 0
    touched_by: Actor | None = None


class QualityRecord(Document, frozen=True, kw_only=True):
    """How a record of a partner or contact stood to all rules; the id is that of the partner or contact."""

    partner_id: str
    contact_id: str = ""
    states: tuple[RuleState, ...] = ()
    confirmed_on: date | None = None
    confirmed_by: str = ""
    confirmed_for: str = ""
    create_time: datetime
    update_time: datetime

    @property
    def of_partner(self) -> bool:
        """Whether it is the record of the partner itself."""
        return not self.contact_id

    @property
    def score(self) -> QualityScore | None:
        """Over all rules; None if none applies."""
        return score_of((one.rule, one.outcome) for one in self.states)

    @property
    def score_basis_points(self) -> int | None:
        """The score, for an index."""
        score = self.score
        return score.score_basis_points if score else None

    @property
    def broken_rules(self) -> tuple[QualityRule, ...]:
        """The rules that it breaks, without dismissed ones."""
        return tuple(one.rule for one in self.states if one.outcome is QualityOutcome.BROKEN)

    @property
    def finding_ids(self) -> tuple[str, ...]:
        """The findings that are open or dismissed."""
        return tuple(one.finding_id for one in self.states if one.finding_id)


class QualityFinding(Document, frozen=True, kw_only=True):
    """That a record broke a rule; prm.partners.v1.QualityFinding describes each field. urgency: the negated weight, for
    an index. shared: whether the partner's people see it."""

    partner_id: str
    contact_id: str = ""
    rule: QualityRule
    state: QualityFindingState = QualityFindingState.OPEN
    shared: bool
    urgency: int
    other_ids: tuple[str, ...] = ()
    open_time: datetime
    close_time: datetime | None = None
    mended_by: str = ""
    mended_for: str = ""
    dismissal: QualityDismissal | None = None
    dismissed_by: str = ""
    dismissed_for: str = ""
    dismiss_time: datetime | None = None
    create_time: datetime
    update_time: datetime

    @property
    def dimension(self) -> QualityDimension:
        """That of the rule."""
        return RULES[self.rule].dimension

    @property
    def record_id(self) -> str:
        """The id of the record that breaks the rule."""
        return self.contact_id or self.partner_id


FindingEvent = QualityFindingOpened | QualityFindingClosed | QualityFindingDismissed


class Looked(NamedTuple):
    """The record after a look, and the findings that are new or changed."""

    record: QualityRecord
    findings: tuple[QualityFinding, ...]


def look(
    record: QualityRecord,
    findings: Mapping[str, QualityFinding],
    checks: Sequence[Check],
    *,
    change: Change,
    new_id: Callable[[], str],
    now: datetime,
) -> Looked:
    """What a look at a record makes of it. findings: its live ones, by id."""
    before = {one.rule: one for one in record.states}
    states, changed = [], []
    for check in checks:
        state = _noted(before.get(check.rule), change) if check.rule in before else None
        finding = findings.get(state.finding_id) if state else None
        after = _judged(record, finding, check, state, change=change, new_id=new_id, now=now)
        if after is not None and after != finding:
            changed.append(after)
        states.append(_state(state, after, check, change=change, now=now))
    if tuple(states) != record.states:
        record = replace(record, states=tuple(states), update_time=now)
    return Looked(record, tuple(changed))


def require_live(finding: QualityFinding) -> None:
    """WrongState if the finding is closed, and so cannot be dismissed. The record of a closed one may be gone."""
    require_state("quality_finding", finding.id, finding.state, action="dismiss", allowed=MAY_DISMISS)


def dismiss(
    finding: QualityFinding, record: QualityRecord, dismissal: QualityDismissal, *, by: Actor, now: datetime
) -> tuple[QualityFinding, QualityRecord]:
    """The live finding in DISMISSED, and the record without the rule in its score; both the same if it is dismissed for
    that reason already."""
    if finding.dismissal is dismissal:
        return finding, record
    after = replace(
        finding,
        state=QualityFindingState.DISMISSED,
        dismissal=dismissal,
        dismissed_by=by.subject,
        dismissed_for=by.on_behalf_of,
        dismiss_time=now,
        update_time=now,
    )
    states = tuple(
        replace(one, outcome=QualityOutcome.DISMISSED, since=now) if one.finding_id == finding.id else one
        for one in record.states
    )
    return after, replace(record, states=states, update_time=now)


def confirm(record: QualityRecord, *, by: Actor, today: date, now: datetime) -> QualityRecord:
    """The record, confirmed today; the same if it was already."""
    if record.confirmed_on == today:
        return record
    return replace(record, confirmed_on=today, confirmed_by=by.subject, confirmed_for=by.on_behalf_of, update_time=now)


def lapse(finding: QualityFinding, *, now: datetime) -> QualityFinding:
    """The finding after its rule no longer applies, or its record is gone."""
    return replace(finding, state=QualityFindingState.LAPSED, close_time=now, update_time=now)


def told(before: QualityFinding | None, after: QualityFinding) -> FindingEvent | None:
    """The event of a finding that is new or changed; None if its state and the reason of a dismissal are the same."""
    facts: dict[str, Any] = {name: getattr(after, name) for name in ("partner_id", "contact_id", "rule", "dimension")}
    facts["quality_finding_id"] = after.id
    if before is not None and (before.state, before.dismissal) == (after.state, after.dismissal):
        return None
    if after.state is QualityFindingState.OPEN:
        return QualityFindingOpened(**facts)
    if after.dismissal is not None and after.state is QualityFindingState.DISMISSED:
        return QualityFindingDismissed(**facts, dismissal=after.dismissal)
    return QualityFindingClosed(**facts, state=after.state)


def _noted(state: RuleState | None, change: Change) -> RuleState | None:
    """The state with the change noted, if it may mend a live finding and is not older than what is noted."""
    if state is None or not state.finding_id or state.rule not in change.touched:
        return state
    if 0 < change.version <= state.touched_version:
        return state
    return replace(state, touched_version=change.version or state.touched_version, touched_by=change.actor)


def _judged(
    record: QualityRecord,
    finding: QualityFinding | None,
    check: Check,
    state: RuleState | None,
    *,
    change: Change,
    new_id: Callable[[], str],
    now: datetime,
) -> QualityFinding | None:
    """The live or closed finding after the look; None if the rule has none."""
    if check.outcome is QualityOutcome.BROKEN:
        if finding is None:
            return _opened(new_id(), record, check, now=now)
        return _still_broken(finding, check, change=change, now=now)
    if finding is None or state is None:
        return None
    if check.outcome is QualityOutcome.NOT_APPLICABLE:
        return lapse(finding, now=now)
    known = state.touched_by if not change.behind else None
    if known is None and not _unexplained(state, now=now):
        return finding
    by = known or NOBODY
    return replace(
        finding,
        state=QualityFindingState.MENDED,
        mended_by=by.subject,
        mended_for=by.on_behalf_of,
        close_time=now,
        update_time=now,
    )


def _still_broken(finding: QualityFinding, check: Check, *, change: Change, now: datetime) -> QualityFinding:
    """The finding with the records that are doubled now; open again if its field changed after it was dismissed, or if
    it is doubled with another record than those that were judged."""
    others = set(check.other_ids) - set(finding.other_ids)
    touched = check.rule in change.touched and finding.dismiss_time is not None and change.at > finding.dismiss_time
    if finding.state is QualityFindingState.DISMISSED and (touched or others):
        return replace(
            finding,
            state=QualityFindingState.OPEN,
            other_ids=check.other_ids,
            open_time=now,
            dismissal=None,
            dismissed_by="",
            dismissed_for="",
            dismiss_time=None,
            update_time=now,
        )
    if finding.state is QualityFindingState.OPEN and check.other_ids != finding.other_ids:
        return replace(finding, other_ids=check.other_ids, update_time=now)
    return finding


def _opened(id: str, record: QualityRecord, check: Check, *, now: datetime) -> QualityFinding:
    return QualityFinding(
        id=id,
        partner_id=record.partner_id,
        contact_id=record.contact_id,
        rule=check.rule,
        shared=shown_to_partner(check.rule),
        urgency=-RULES[check.rule].weight,
        other_ids=check.other_ids,
        open_time=now,
        create_time=now,
        update_time=now,
    )


def _unexplained(state: RuleState, *, now: datetime) -> bool:
    return state.kept_since is not None and now - state.kept_since >= UNEXPLAINED_AFTER


def _state(
    state: RuleState | None, finding: QualityFinding | None, check: Check, *, change: Change, now: datetime
) -> RuleState:
    """How the record stands to the rule after the look. A rule that is kept while its finding is open stays broken."""
    live = finding if finding is not None and finding.state in LIVE else None
    outcome, exemption = check.outcome, check.exemption
    if live is not None:
        dismissed = live.state is QualityFindingState.DISMISSED
        outcome = QualityOutcome.DISMISSED if dismissed else QualityOutcome.BROKEN
    same = state is not None and (state.outcome, state.exemption) == (outcome, exemption)
    fresh = RuleState(
        rule=check.rule,
        outcome=outcome,
        exemption=exemption,
        since=state.since if state is not None and same else now,
        finding_id=live.id if live is not None else "",
    )
    if live is None or state is None or not state.finding_id:
        return fresh
    if check.outcome is QualityOutcome.BROKEN:
        noted = state.touched_by if change.behind else None
        return replace(fresh, touched_version=state.touched_version, touched_by=noted)
    return replace(
        fresh,
        kept_since=state.kept_since or now,
        touched_version=state.touched_version,
        touched_by=state.touched_by,
    )
