"""A claim was taken over; the proto says what it means."""

from services.deals.claims.domain.states import Review, Stage
from services.deals.claims.events import RegistrationEvent


class RegistrationImported(RegistrationEvent, frozen=True, kw_only=True):
    review: Review
    stage: Stage
