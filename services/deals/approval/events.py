"""The events of approval chains; the protos document each of them."""

from datetime import date

import msgspec

from services.deals.claims.events import RegistrationEvent


class ApprovalRulePublished(msgspec.Struct, frozen=True, kw_only=True):
    approval_rule_id: str
    number: int
    effective_day: date


class ApprovalRuleWithdrawn(msgspec.Struct, frozen=True, kw_only=True):
    approval_rule_id: str
    number: int


class ApprovalStepDecided(RegistrationEvent, frozen=True, kw_only=True):
    step_code: str
