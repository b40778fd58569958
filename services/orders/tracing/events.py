"""The events of traces; the protos document each of them."""

import msgspec


class TraceRequested(msgspec.Struct, frozen=True, kw_only=True):
    trace_id: str
