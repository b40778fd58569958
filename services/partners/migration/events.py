"""The event of an imported partner; the proto documents it."""

from services.partners.record.events import PartnerEvent


class PartnerImported(PartnerEvent, frozen=True, kw_only=True):
    pass
