"""The events of handovers; the protos document each of them."""

import msgspec


class HandoverAsked(msgspec.Struct, frozen=True, kw_only=True):
    handover_id: str
    leaving_partner_id: str
    target_partner_id: str
    object_name: str


class HandoverConfirmed(msgspec.Struct, frozen=True, kw_only=True):
    handover_id: str


class HandoverCanceled(msgspec.Struct, frozen=True, kw_only=True):
    handover_id: str


class HandoverCompleted(msgspec.Struct, frozen=True, kw_only=True):
    handover_id: str
    moved_rows: int
    staying_rows: int
