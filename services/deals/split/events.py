"""Events of credit splits, as published to other services; the protos describe each."""

from datetime import date

import msgspec

from services.deals.split.domain import CreditPart, CreditSplitReason


class CreditSplitRecorded(msgspec.Struct, frozen=True, kw_only=True):
    registration_id: str
    revision: int
    effective_date: date
    parts: tuple[CreditPart, ...]
    reason: CreditSplitReason
