"""What the calls of a method leave in the trail, beside the events of their changes: what they showed, that they were
refused. Ids, names and codes only; nothing of a request that might be anything else."""

import re
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any, Protocol

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from libs.call import Call, Caller, CallOutcome, CallRecord, recorded
from libs.clock import Clock
from libs.errors import AppError
from libs.pb.prm.options.v1 import options_pb2
from libs.rpc.decode import Decoder
from libs.rpc.disclosure import shown_by
from libs.rpc.inflight import InflightCall

SHOWN_IDS = 200
SAME_LOOK = timedelta(minutes=1)
LOOKS_KNOWN = 1_000

# What happened to the service is no refusal, and what a caller gave up on was none either.
_NO_REFUSALS = frozenset({"OK", "CANCELLED", "DEADLINE_EXCEEDED", "INTERNAL", "UNKNOWN", "UNAVAILABLE", "DATA_LOSS"})
_ALWAYS = frozenset({"UNAUTHENTICATED", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED"})
# Of these nothing is read: anybody can send them, as many as they like.
_UNREAD = frozenset({"UNAUTHENTICATED", "RESOURCE_EXHAUSTED"})

_ID = re.compile(r"[a-z]{2,8}_[a-z0-9]{2,12}_[0-9a-hjkmnp-tv-z]{26}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/-]{1,64}")
_NOT_OURS = frozenset({"request_id", "external_id"})


class Recorder(Protocol):
    """Where records go; libs.messaging.recorder has the real one."""

    @property
    def clock(self) -> Clock:
        """What records are dated by."""
        ...

    def disclosed(self, record: CallRecord) -> Awaitable[None]:
        """Wait for it before the answer leaves. StoreUnavailable: it must not leave."""
        ...

    def refused(self, record: CallRecord) -> None:
        """Never waits."""
        ...


class CallAuditor:
    """The auditor of one method. TypeError if the method shows personal data and there is no recorder."""

    def __init__(self, method: MethodDescriptor, decoder: Decoder, recorder: Recorder | None) -> None:
        access = method.GetOptions().Extensions[options_pb2.access]
        self._path = f"/{method.containing_service.full_name}/{method.name}"
        self._decoder = decoder
        self._recorder = recorder
        self._shown = shown_by(method.output_type)
        self._names = _id_fields(method)
        self._looks: dict[tuple[Caller, tuple[str, ...]], datetime] = {}
        self._always = access.reveals_personal_data or access.recorded or not access.read_only
        self.discloses = self._shown is not None or access.recorded
        if self.discloses and recorder is None:
            raise TypeError(f"{method.full_name} shows what is recorded and has no recorder: nobody would know")
        # A change speaks for itself, in its event; an answer without one (a repetition, nothing to change) does not.
        self.asks_for_effects = self.discloses and not access.read_only and not method.server_streaming

    def disclose(
        self, reply: Message, request: Message | None, call: Call, *, known: set[str] | None = None
    ) -> Awaitable[None] | None:
        """What to wait for before the reply leaves; None if it shows nothing that is recorded, or only documents that
        the call changed. known: the rows a stream has shown before."""
        assert self._recorder is not None
        if self._shown is None:
            return self._looked(self._asked(request), call, known=known)
        ids = self._shown(reply)
        if ids is None or (known is not None and known.issuperset(ids or ("",))):
            return None
        if call.effects is not None and call.effects.committed.issuperset(ids) and call.effects.committed:
            return None
        if known is not None:
            known.update(ids or ("",))
        resource = self._resource(request) or (ids[0] if len(ids) == 1 else "")
        return self._recorder.disclosed(self._disclosure(call, resource, ids[:SHOWN_IDS]))

    def refuse(self, inflight: InflightCall, code: str, body: bytes) -> None:
        """Record that a call ended with this status, if that is a refusal the trail is to know of."""
        if self._recorder is None or code in _NO_REFUSALS:
            return
        theirs = code == "NOT_FOUND" and inflight.identity.partner_id  # what another partner's row answers
        if not (self._always or code in _ALWAYS or theirs):
            return
        request = None if code in _UNREAD or not body else self._read(body)
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
        """Who looked at what is recorded without being personal: each stream, and any other method once a minute for
        the same ids. A screen that refreshes each second must not fill the trail."""
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
        )

    def _read(self, body: bytes) -> Message | None:
        try:
            return self._decoder.decode(body)
        except AppError:
            return None

    def _resource(self, request: Message | None) -> str:
        """The document a request is about: its id, else the first other id in it."""
        return next(iter(self._asked(request)), "")

    def _asked(self, request: Any) -> tuple[str, ...]:
        """The ids in a request, its own first. Refused requests may hold anything, so each must look
        like one of ours."""
        values = (getattr(request, name) for name in self._names) if request is not None else ()
        return tuple(str(value) for value in values if _ID.fullmatch(value))


def _id_fields(method: MethodDescriptor) -> tuple[str, ...]:
    fields = [one for one in method.input_type.fields if one.type == one.TYPE_STRING and not one.is_repeated]
    names = [one.name for one in fields if one.name.endswith("_id") and one.name not in _NOT_OURS]
    return (*(one.name for one in fields if one.name == "id"), *names)
