"""Purposes and the notices that persons are shown for them."""

import hashlib
from datetime import datetime

import msgspec

from libs.document import Document
from services.compliance.consent.domain.states import DataSubject, LawfulBasis


class Purpose(Document, frozen=True, kw_only=True):
    """A purpose; prm.compliance.v1.Purpose describes each field."""

    code: str
    description: str
    data_use: str
    lawful_basis: LawfulBasis
    categories: tuple[str, ...]
    data_subjects: tuple[DataSubject, ...]
    retention_days: int = 0
    create_time: datetime
    update_time: datetime


class PrivacyNotice(Document, frozen=True, kw_only=True):
    """A version of a notice; prm.compliance.v1.PrivacyNotice describes each field."""

    purpose_code: str
    notice_version: str
    language: str
    text: str
    sha256: str
    create_time: datetime


class PurposeTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What may change of a purpose."""

    description: str
    data_use: str
    lawful_basis: LawfulBasis
    categories: tuple[str, ...]
    data_subjects: tuple[DataSubject, ...]
    retention_days: int = 0


def new_notice(
    purpose_code: str, notice_version: str, language: str, text: str, *, id: str, now: datetime
) -> PrivacyNotice:
    """A published notice."""
    return PrivacyNotice(
        id=id,
        purpose_code=purpose_code,
        notice_version=notice_version,
        language=language,
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        create_time=now,
    )
