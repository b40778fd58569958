"""Records the calls of a method for the trail if they disclosed data or were refused; changes are recorded by their
events. A record has only ids, names and codes, and no other part of a request."""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from libs.call import Call, Caller, CallOutcome, CallRecord, recorded
from libs.clock import Clock
from libs.errors import AppError
from libs.pb.prm.options.v1 import options_pb2
from libs.rpc.disclosure import shown_by
from libs.rpc.inflight import InflightCall

SHOWN_IDS = 200
SAME_LOOK = timedelta(minutes=1)
LOOKS_KNOWN = 1_000

# Faults of the service, and calls that the caller gave up, are not refusals.
_NO_REFUSALS = frozenset({"OK", "CANCELLED", "DEADLINE_EXCEEDED", "INTERNAL", "UNKNOWN", "UNAVAILABLE", "DATA_LOSS"})
_ALWAYS = frozenset({"UNAUTHENTICATED", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED"})
# The requests of these refusals are not parsed: anybody can send any number of them.
_UNREAD = frozenset({"UNAUTHENTICATED", "RESOURCE_EXHAUSTED"})

_ID = re.compile(r"[a-z]{2,8}_[a-z0-9]{2,12}_[0-9a-hjkmnp-tv-z]{26}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/-]{1,64}")
_NOT_OURS = frozenset({"request_id", "external_id"})


class Recorder(Protocol):
    """Writes records of calls; implemented in libs.messaging.recorder."""

    @property
    def clock(self) -> Clock:
        """The clock for the time of records."""
        ...

    def disclosed(self, record: CallRecord) -> Awaitable[None]:
        """Write the record; the caller awaits it before it sends the answer. StoreUnavailable: do not send the
        answer."""
        ...

    def refused(self, record: CallRecord) -> None:
        """Write the record later; returns at once."""
        ...


class CallAuditor:
    """The auditor of one method. TypeError if its answers must be recorded and there is no recorder."""

    def __init__(self, method: MethodDescriptor, recorder: Recorder | None) -> None:
        access = method.GetOptions().Extensions[options_pb2.access]
        self._path = f"/{method.containing_service.full_name}/{method.name}"
        self._recorder = recorder
        self._shown = shown_by(method.output_type)
        self._names = _id_fields(method)
        self._looks: dict[tuple[Caller, tuple[str, ...]], datetime] = {}
        self._always = access.reveals_personal_data or access.recorded or not access.read_only
        self.discloses = self._shown is not None or access.recorded
        if self.discloses and recorder is None:
            raise TypeError(f"{method.full_name} shows what is recorded and has no recorder: nobody would know")
        # The event of a change is its record; an answer without an event (a repetition, nothing changed) needs one.
        self.asks_for_effects = self.discloses and not access.read_only and not method.server_streaming

    def disclose(
        self,
        reply: Message,
        request: Message | None,
        call: Call,
        *,
        known: set[str] | None = None,
        hidden: bool = False,
    ) -> Awaitable[None] | None:
        """An awaitable that records the disclosure, to await before the reply is sent; None if the reply needs no
        record, or shows only documents that the call changed. known: ids that a stream has already shown; extended.
        hidden: personal data is masked, so none is disclosed."""
        assert self._recorder is not None
        if self._shown is None:
            return self._looked(self._asked(request), call, known=known)
        if hidden:
            return None
        ids = self._shown(reply)
        if ids is None or (known is not None and known.issuperset(ids or ("",))):
            return None
        if call.effects is not None and call.effects.committed.issuperset(ids) and call.effects.committed:
            return None
        if known is not None:
            known.update(ids or ("",))
        resource = self._resource(request) or (ids[0] if len(ids) == 1 else "")
        return self._recorder.disclosed(self._disclosure(call, resource, ids[:SHOWN_IDS]))

    def refuse(self, inflight: InflightCall, code: str, body: bytes, decode: Callable[[bytes], Message]) -> None:
        """Record that a call ended with this status, if the trail needs an entry for that refusal. body: the request,
        empty if it has not arrived. decode: reads it, or raises AppError."""
        if self._recorder is None or code in _NO_REFUSALS:
            return
        theirs = code == "NOT_FOUND" and inflight.identity.partner_id  # the answer for another partner's row
        if not (self._always or code in _ALWAYS or theirs):
            return
        request = None if code in _UNREAD or not body else _read(body, decode)
        request_id = str(getattr(request, "request_id", ""))
        self._recorder.refused(
            recorded(
                inflight.identity,
                self._path,
                CallOutcome.REFUSED,
                time=self._recorder.clock.now(),
                reason=inflight.reason,
                resource_id=self._resource(request),
                request_id=request_id if _REQUEST_ID.fullmatch(request_id) else "",
            )
        )

    def _looked(self, asked: tuple[str, ...], call: Call, *, known: set[str] | None) -> Awaitable[None] | None:
        """As `disclose`, for a method that is `recorded` without personal data: each stream is recorded, and any other
        call once a minute for the same caller and ids, so that a refreshing screen does not fill the trail."""
        assert self._recorder is not None
        record = self._disclosure(call, asked[0] if asked else "", asked)
        if known is None:
            last = self._looks.get((call.caller, asked))
            fresh = last is None or not last <= record.time < last + SAME_LOOK
            return self._remembered(record, call.caller) if fresh else None
        if known:
            return None
        known.add("")
        return self._recorder.disclosed(record)

    async def _remembered(self, record: CallRecord, caller: Caller) -> None:
        assert self._recorder is not None
        await self._recorder.disclosed(record)
        if len(self._looks) >= LOOKS_KNOWN:
            self._looks.clear()
        self._looks[caller, record.shown_ids] = record.time

    def _disclosure(self, call: Call, resource: str, ids: tuple[str, ...]) -> CallRecord:
        assert self._recorder is not None
        return recorded(
            call.caller,
            self._path,
            CallOutcome.DISCLOSED,
            time=self._recorder.clock.now(),
            resource_id=resource,
            shown_ids=ids,
            request_id=call.request.request_id,
            purpose=call.purpose if self._shown is not None else "",
        )

    def _resource(self, request: Message | None) -> str:
        """The document that a request is about: its `id`, else the first other id in it, else empty."""
        return next(iter(self._asked(request)), "")

    def _asked(self, request: Any) -> tuple[str, ...]:
        """The ids in a request, the field `id` first. Only well-formed ids are taken, because a refused request may
        contain anything."""
        values = (getattr(request, name) for name in self._names) if request is not None else ()
        return tuple(str(value) for value in values if _ID.fullmatch(value))


def _read(body: bytes, decode: Callable[[bytes], Message]) -> Message | None:
    try:
        return decode(body)
    except AppError:
        return None


def _id_fields(method: MethodDescriptor) -> tuple[str, ...]:
    fields = [one for one in method.input_type.fields if one.type == one.TYPE_STRING and not one.is_repeated]
    names = [one.name for one in fields if one.name.endswith("_id") and one.name not in _NOT_OURS]
    return (*(one.name for one in fields if one.name == "id"), *names)
