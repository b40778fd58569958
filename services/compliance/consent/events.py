"""The events of purposes and consents, without anything about the person; the protos document each of them."""

import msgspec

from services.compliance.consent.domain.states import LawfulBasis


class PurposePut(msgspec.Struct, frozen=True, kw_only=True):
    purpose_id: str
    purpose_code: str
    lawful_basis: LawfulBasis


class PrivacyNoticePublished(msgspec.Struct, frozen=True, kw_only=True):
    notice_id: str
    purpose_code: str
    notice_version: str


class ConsentGiven(msgspec.Struct, frozen=True, kw_only=True):
    consent_id: str
    purpose_code: str
    notice_version: str


class ConsentWithdrawn(msgspec.Struct, frozen=True, kw_only=True):
    consent_id: str
    purpose_code: str


class ConsentReplaced(msgspec.Struct, frozen=True, kw_only=True):
    consent_id: str
    purpose_code: str
    by_consent_id: str
