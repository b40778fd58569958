"""The events of the relationship; the protos document each of them."""

from datetime import date

import msgspec

from services.partners.relations.domain.states import LogChannel


class LogEntryEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the contact log."""

    log_entry_id: str
    partner_id: str
    channel: LogChannel
    shared: bool


class LogEntryRecorded(LogEntryEvent, frozen=True, kw_only=True):
    pass


class LogEntryShared(LogEntryEvent, frozen=True, kw_only=True):
    pass


class BusinessReviewEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A business review."""

    business_review_id: str
    partner_id: str
    held_on: date
    shared: bool


class BusinessReviewRecorded(BusinessReviewEvent, frozen=True, kw_only=True):
    pass


class BusinessReviewUpdated(BusinessReviewEvent, frozen=True, kw_only=True):
    pass


class DistributorRatingRecorded(msgspec.Struct, frozen=True, kw_only=True):
    """A rating, without its scores and without the reseller."""

    distributor_partner_id: str
    quarter: date
