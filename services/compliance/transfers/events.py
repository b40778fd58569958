"""The events of the transfer register; the protos document each of them."""

from datetime import date

import msgspec

from services.compliance.law.domain.mechanisms import TransferMechanism
from services.compliance.transfers.domain.states import TransferRefusal


class TransferRegistered(msgspec.Struct, frozen=True, kw_only=True):
    transfer_id: str
    mechanism: TransferMechanism
    recipient_country: str


class TransferPublished(msgspec.Struct, frozen=True, kw_only=True):
    transfer_id: str
    mechanism: TransferMechanism
    recipient_country: str
    valid_from: date
    valid_until: date | None


class TransferFiled(msgspec.Struct, frozen=True, kw_only=True):
    transfer_id: str
    authority: str
    file_date: date


class TransferEnded(msgspec.Struct, frozen=True, kw_only=True):
    transfer_id: str


class TransferStated(msgspec.Struct, frozen=True, kw_only=True):
    transfer_id: str
    flow: str
    purpose: str
    categories: tuple[str, ...]
    recipient_country: str
    valid_from: date
    valid_until: date | None
    ended: bool
    blocked_year: int


class TransferRecorded(msgspec.Struct, frozen=True, kw_only=True):
    record_id: str
    transfer_id: str
    recipient_country: str
    year: int
    flow_person_count: int
    person_count: int
    sensitive_person_count: int


class TransferRefused(msgspec.Struct, frozen=True, kw_only=True):
    record_id: str
    transfer_id: str
    recipient_country: str
    refusals: tuple[TransferRefusal, ...]


class TransferThresholdNeared(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    year: int
    limit: int
    counted: int


class TransferYearClosed(msgspec.Struct, frozen=True, kw_only=True):
    year: int
    person_count: int
    sensitive_person_count: int
