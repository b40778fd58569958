"""What happens in the hierarchy; the proto says what it means."""

from services.partners.record.events import PartnerEvent


class PartnerDownlineAccessSet(PartnerEvent, frozen=True, kw_only=True):
    pass
