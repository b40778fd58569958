"""The events of a partner from application to termination; the protos document each of them."""

from services.partners.record.domain.states import StatusReason
from services.partners.record.events import PartnerEvent


class PartnerApplied(PartnerEvent, frozen=True, kw_only=True):
    pass


class PartnerUpdated(PartnerEvent, frozen=True, kw_only=True):
    fields: tuple[str, ...]


class PartnerVettingStarted(PartnerEvent, frozen=True, kw_only=True):
    pass


class PartnerApproved(PartnerEvent, frozen=True, kw_only=True):
    pass


class PartnerRejected(PartnerEvent, frozen=True, kw_only=True):
    status_reason: StatusReason


class PartnerSuspended(PartnerEvent, frozen=True, kw_only=True):
    status_reason: StatusReason


class PartnerReinstated(PartnerEvent, frozen=True, kw_only=True):
    pass


class PartnerTerminated(PartnerEvent, frozen=True, kw_only=True):
    status_reason: StatusReason


class PartnerTierSet(PartnerEvent, frozen=True, kw_only=True):
    pass
