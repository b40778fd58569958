"""The event of the hierarchy; the proto documents it."""

from services.partners.record.events import PartnerEvent


class PartnerDownlineAccessSet(PartnerEvent, frozen=True, kw_only=True):
    pass
