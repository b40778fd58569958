"""The events of diversion; the protos document each of them."""

import msgspec

from services.orders.diversion.domain.states import DiversionCaseState


class SightingReported(msgspec.Struct, frozen=True, kw_only=True):
    sighting_id: str
    partner_id: str
    diversion_case_id: str


class CustodyRecorded(msgspec.Struct, frozen=True, kw_only=True):
    custody_id: str
    holder_id: str
    country: str


class DiversionCaseOpened(msgspec.Struct, frozen=True, kw_only=True):
    diversion_case_id: str
    holder_id: str
    sold_in: str
    seen_in: str


class DiversionCaseExtended(msgspec.Struct, frozen=True, kw_only=True):
    diversion_case_id: str
    holder_id: str
    quantity: int


class DiversionCaseDecided(msgspec.Struct, frozen=True, kw_only=True):
    diversion_case_id: str
    holder_id: str
    state: DiversionCaseState


class DiversionViolationFound(msgspec.Struct, frozen=True, kw_only=True):
    diversion_case_id: str
    holder_id: str
    rule_code: str
    sha256: str
