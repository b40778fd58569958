"""Events of the pipeline, as published to other services; the protos describe each."""

from services.deals.claims.events import RegistrationEvent
from services.deals.pipeline.domain.outcomes import OutcomeReason


class OutcomeRecorded(RegistrationEvent, frozen=True, kw_only=True):
    won: bool
    reasons: tuple[OutcomeReason, ...]
