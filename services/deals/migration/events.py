"""The event of an import, as published to other services; the proto describes it."""

from datetime import datetime

from services.deals.claims.domain.states import Review, Stage
from services.deals.claims.events import RegistrationEvent


class RegistrationImported(RegistrationEvent, frozen=True, kw_only=True):
    review: Review
    stage: Stage
    country: str
    claimed_product_lines: tuple[str, ...]
    create_time: datetime
    submit_time: datetime | None
    decide_time: datetime | None
    close_time: datetime | None
