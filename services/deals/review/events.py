"""Events of a claim from its submission to the decision, as published to other services; the protos describe each."""

from datetime import datetime

from services.deals.claims.domain.states import ClosureCode
from services.deals.claims.events import RegistrationEvent


class RegistrationSubmitted(RegistrationEvent, frozen=True, kw_only=True):
    decision_due_time: datetime
    conflict_count: int
    country: str
    claimed_product_lines: tuple[str, ...]


class RegistrationRecalled(RegistrationEvent, frozen=True, kw_only=True):
    pass


class RegistrationReviewStarted(RegistrationEvent, frozen=True, kw_only=True):
    pass


class RegistrationChangesRequested(RegistrationEvent, frozen=True, kw_only=True):
    requested_fields: tuple[str, ...]


class RegistrationDecisionBreached(RegistrationEvent, frozen=True, kw_only=True):
    decision_due_time: datetime


class RegistrationApproved(RegistrationEvent, frozen=True, kw_only=True):
    protected_until: datetime


class RegistrationRejected(RegistrationEvent, frozen=True, kw_only=True):
    closure_code: ClosureCode
