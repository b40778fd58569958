"""What a service states about the documents of a handover."""

from collections.abc import Sequence
from enum import Enum

import msgspec

ROWS_PER_EVENT = 80  # the message allows no more


class HandoverAct(Enum):
    """What a statement says; prm.common.v1.HandoverAct describes each value."""

    LIST = "LIST"
    MOVE = "MOVE"
    FOLLOW_UP = "FOLLOW_UP"


class HandoverOutcome(Enum):
    """What happens to a document; prm.common.v1.HandoverOutcome describes each value."""

    TO_MOVE = "TO_MOVE"
    MOVED = "MOVED"
    STAYS = "STAYS"


class HandoverStay(Enum):
    """Why a document stays; prm.common.v1.HandoverStay describes each value."""

    KEEPS_DEBTOR = "KEEPS_DEBTOR"
    IN_FULFILLMENT = "IN_FULFILLMENT"
    CONTRACT_OF_PARTNER = "CONTRACT_OF_PARTNER"
    DEAL_LOST = "DEAL_LOST"
    TARGET_NOT_ACTIVE = "TARGET_NOT_ACTIVE"
    TARGET_LACKS_TERRITORY = "TARGET_LACKS_TERRITORY"
    TARGET_LACKS_CREDIT = "TARGET_LACKS_CREDIT"
    TARGET_CANNOT_SUPPLY = "TARGET_CANNOT_SUPPLY"
    REFUSED = "REFUSED"
    ABOUT_PARTNER = "ABOUT_PARTNER"


class HandoverRow(msgspec.Struct, frozen=True, kw_only=True):
    """One document. stay: why it stays; None if it does not."""

    kind: str
    id: str
    outcome: HandoverOutcome
    stay: HandoverStay | None = None


class HandoverStated(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of `HandoverStated` in the package of each service. total: with `done`, of all parts together."""

    handover_id: str
    service: str
    act: HandoverAct
    rows: tuple[HandoverRow, ...] = ()
    done: bool = False
    total: int = 0


def statements(told: HandoverStated, rows: Sequence[HandoverRow]) -> list[HandoverStated]:
    """The parts: one for each 80 rows, and `told` as the last."""
    parts = [
        HandoverStated(
            handover_id=told.handover_id,
            service=told.service,
            act=told.act,
            rows=tuple(rows[start : start + ROWS_PER_EVENT]),
        )
        for start in range(0, len(rows), ROWS_PER_EVENT)
    ]
    return [*parts, told]
