"""A partner was taken over; the proto says what it means."""

from services.partners.record.events import PartnerEvent


class PartnerImported(PartnerEvent, frozen=True, kw_only=True):
    pass
