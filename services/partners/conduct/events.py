"""The events of conduct; the protos document each of them."""

import msgspec

from libs.money import Money
from services.partners.conduct.domain.states import ConductReason, ConductSource, ConductState


class ConductRulePut(msgspec.Struct, frozen=True, kw_only=True):
    conduct_rule_id: str
    code: str
    revision: int


class ConductCaseEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that every event of a case has."""

    conduct_case_id: str
    partner_id: str
    rule_code: str
    state: ConductState


class ConductCaseOpened(ConductCaseEvent, frozen=True, kw_only=True):
    source: ConductSource


class ConductCaseEscalated(ConductCaseEvent, frozen=True, kw_only=True):
    report_count: int


class ConductCaseDecided(ConductCaseEvent, frozen=True, kw_only=True):
    reason: ConductReason
    points: int


class ConductCaseFined(ConductCaseEvent, frozen=True, kw_only=True):
    amount: Money


class ConductStatementSubmitted(ConductCaseEvent, frozen=True, kw_only=True):
    pass


class ConductCaseAppealed(ConductCaseEvent, frozen=True, kw_only=True):
    pass


class ConductAppealDecided(ConductCaseEvent, frozen=True, kw_only=True):
    upheld: bool
    fine_reversed: Money | None


class ConductCureMissed(ConductCaseEvent, frozen=True, kw_only=True):
    pass


class ConductAppealExpired(ConductCaseEvent, frozen=True, kw_only=True):
    pass
