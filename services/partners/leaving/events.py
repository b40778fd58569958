"""The events of a partner that leaves; the protos document each of them."""

from services.partners.record.events import PartnerEvent


class PartnerHandedOver(PartnerEvent, frozen=True, kw_only=True):
    handover_id: str
