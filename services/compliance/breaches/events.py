"""The events of the breach register; the protos document each of them."""

from datetime import datetime

import msgspec

from services.compliance.breaches.domain.states import NoticeAddressee, NoticeStep
from services.compliance.clocks.domain.regimes import Regime


class BreachKnown(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of every event with the extent of a breach."""

    breach_id: str
    person_count: int
    regimes: tuple[Regime, ...]
    next_due_time: datetime | None


class BreachRecorded(BreachKnown, frozen=True, kw_only=True):
    aware_time: datetime


class BreachAmended(BreachKnown, frozen=True, kw_only=True):
    pass


class BreachNoticeRecorded(msgspec.Struct, frozen=True, kw_only=True):
    breach_id: str
    notice_id: str
    regime: Regime
    addressee: NoticeAddressee
    step: NoticeStep
    tell_time: datetime
    late: bool


class BreachClosed(msgspec.Struct, frozen=True, kw_only=True):
    breach_id: str
