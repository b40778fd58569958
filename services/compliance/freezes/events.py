"""The event of freezes; the protos document it."""

import msgspec


class PersonFreezeStated(msgspec.Struct, frozen=True, kw_only=True):
    freeze_id: str
    case_id: str
    active: bool
    object_name: str = ""
