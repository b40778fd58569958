"""The events of the retention schedule; the protos document each of them."""

import msgspec


class PurgeRehearsalAsked(msgspec.Struct, frozen=True, kw_only=True):
    run_id: str
