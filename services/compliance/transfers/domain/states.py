"""The enums of transfers, and a reason against a flow; the names are those of the proto."""

from enum import Enum

import msgspec


class TransferState(Enum):
    """The state of a transfer."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    ENDED = "ENDED"


class TransferRefusalReason(Enum):
    """Why a flow is refused; the proto describes each."""

    UNREGISTERED = "UNREGISTERED"
    NOT_PUBLISHED = "NOT_PUBLISHED"
    ENDED = "ENDED"
    NOT_YET_VALID = "NOT_YET_VALID"
    EXPIRED = "EXPIRED"
    WRONG_PURPOSE = "WRONG_PURPOSE"
    WRONG_CATEGORY = "WRONG_CATEGORY"
    WRONG_COUNTRY = "WRONG_COUNTRY"
    OVER_THRESHOLD = "OVER_THRESHOLD"


class TransferRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """One reason against a flow, and what it is about."""

    reason: TransferRefusalReason
    detail: str = ""
