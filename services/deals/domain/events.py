"""What happened to a registration, as other services hear it; the protos say what each means."""

from datetime import datetime

import msgspec

from libs.money import Money
from services.deals.domain.states import ClosureCode, MatchKey, OverrideReason, Review, Stage


class RegistrationEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What every event of a registration names."""

    registration_id: str
    partner_id: str


class RegistrationCreated(RegistrationEvent, frozen=True, kw_only=True):
    country: str


class RegistrationUpdated(RegistrationEvent, frozen=True, kw_only=True):
    fields: tuple[str, ...]


class RegistrationSubmitted(RegistrationEvent, frozen=True, kw_only=True):
    decision_due_time: datetime
    conflict_count: int


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


class RegistrationWithdrawn(RegistrationEvent, frozen=True, kw_only=True):
    pass


class RegistrationCanceled(RegistrationEvent, frozen=True, kw_only=True):
    closure_code: ClosureCode


class RegistrationExpiryWarned(RegistrationEvent, frozen=True, kw_only=True):
    protected_until: datetime


class RegistrationExpired(RegistrationEvent, frozen=True, kw_only=True):
    pass


class RegistrationExtended(RegistrationEvent, frozen=True, kw_only=True):
    protected_until: datetime


class RegistrationStageAdvanced(RegistrationEvent, frozen=True, kw_only=True):
    stage: Stage


class ConvertedLine(msgspec.Struct, frozen=True):
    sku: str
    product_line: str
    quantity: int
    expected_amount: Money | None


class RegistrationConverted(RegistrationEvent, frozen=True, kw_only=True):
    country: str
    subdivision: str
    currency: str
    lines: tuple[ConvertedLine, ...]


class RegistrationImported(RegistrationEvent, frozen=True, kw_only=True):
    review: Review
    stage: Stage


class ConflictFound(RegistrationEvent, frozen=True, kw_only=True):
    other_registration_id: str
    other_partner_id: str
    score: int
    keys: tuple[MatchKey, ...]


class ConflictOverridden(RegistrationEvent, frozen=True, kw_only=True):
    reason: OverrideReason
    score: int
    overridden_registration_ids: tuple[str, ...]


class ProbingFound(RegistrationEvent, frozen=True, kw_only=True):
    claims_taken_back: int
