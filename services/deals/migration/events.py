"""The event of an import, as published to other services; the proto describes it."""

from services.deals.claims.domain.states import Review, Stage
from services.deals.claims.events import RegistrationEvent


class RegistrationImported(RegistrationEvent, frozen=True, kw_only=True):
    review: Review
    stage: Stage
