"""The event of statements; the proto documents it."""

import msgspec


class RoiStatementPut(msgspec.Struct, frozen=True, kw_only=True):
    roi_statement_id: str
    code: str
