"""Who asks for what: travels with a command from the method wrapper to the commit, and from there with its events."""

import hashlib
from datetime import datetime
from enum import Enum
from typing import NamedTuple

import msgspec

from libs.errors import PermissionDenied


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """An authenticated identity.

    subject: who acts, opaque, never a name: `<issuer>:<sub>`. partner_id: set for a partner's people. on_behalf_of: the
    subject for whom another acts (RFC 8693), or empty. permissions: what the policy gives the roles.
    """

    subject: str
    roles: tuple[str, ...] = ()
    partner_id: str = ""
    on_behalf_of: str = ""
    permissions: frozenset[str] = frozenset()

    @property
    def namespace(self) -> str:
        """The namespace of the caller's request ids. A subject that acts for another partner or person (a portal for
        its next user) has another namespace: the answer to one is not for the other."""
        return "\0".join((self.subject, self.partner_id, self.on_behalf_of)).rstrip("\0")


class IdempotencyKey(msgspec.Struct, frozen=True, kw_only=True):
    """What makes a repetition recognisable. An empty `request_id` asks for no protection. caller: its namespace."""

    request_id: str = ""
    caller: str = ""
    fingerprint: str = ""

    @property
    def key(self) -> str:
        """The record's id: one namespace per caller."""
        return hashlib.blake2b(f"{self.caller}\0{self.request_id}".encode(), digest_size=16).hexdigest()


class Mark(NamedTuple):
    """An event that was written. subject: as in its proto, without `prm.<cell>.`; about, version: the document that it
    is about, as it was then."""

    subject: str
    about: str
    version: int


class Effects(msgspec.Struct):
    """What a call has done so far: the one thing about it that changes. committed: ids of the documents it wrote.
    marks: the events it wrote; those of the first time, where it gave the first answer again."""

    committed: set[str] = msgspec.field(default_factory=set)
    marks: tuple[Mark, ...] = ()


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """The circumstances of one command.

    method: `/prm.deals.v1.DealRegistrationService/ApproveRegistration`, or the consumer's or job's name. traceparent:
    W3C trace context, empty if unsampled. locale: BCP 47, of the messages the caller reads. dedup_key: for a consumed
    event, the id of the "seen" row that goes into the commit. effects: where the commit notes itself, if somebody asks.
    answers: whether a partner's people answer by the method what they were asked (prm.options.v1.access).
    """

    caller: Caller
    method: str
    request: IdempotencyKey = IdempotencyKey()
    traceparent: str = ""
    locale: str = "en"
    dedup_key: str = ""
    effects: Effects | None = None
    answers: bool = False


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """The base of what a use case is asked to do."""

    call: Call


class CallOutcome(Enum):
    """What came of a call that is recorded."""

    CHANGED = "CHANGED"
    DISCLOSED = "DISCLOSED"
    REFUSED = "REFUSED"


class CallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A call that has no event of its own; as prm.common.v1.CallRecord, which describes each field."""

    time: datetime
    actor: str = ""
    roles: tuple[str, ...] = ()
    partner_id: str = ""
    on_behalf_of: str = ""
    method: str
    outcome: CallOutcome
    reason: str = ""
    resource_id: str = ""
    shown_ids: tuple[str, ...] = ()
    caused_by_request_id: str = ""
    call_count: int = 1


def recorded(
    caller: Caller,
    method: str,
    outcome: CallOutcome,
    *,
    time: datetime,
    reason: str = "",
    resource_id: str = "",
    shown_ids: tuple[str, ...] = (),
    request_id: str = "",
) -> CallRecord:
    """The record of one call."""
    return CallRecord(
        time=time,
        actor=caller.subject,
        roles=caller.roles,
        partner_id=caller.partner_id,
        on_behalf_of=caller.on_behalf_of,
        method=method,
        outcome=outcome,
        reason=reason,
        resource_id=resource_id,
        shown_ids=shown_ids,
        caused_by_request_id=request_id,
    )


class CallsRecorded(msgspec.Struct, frozen=True, kw_only=True):
    """The event that carries records to the trail: every service has a message of this name."""

    calls: tuple[CallRecord, ...]


def fingerprint(method: str, body: bytes) -> str:
    """What two requests must share to be the same."""
    return hashlib.blake2b(body, digest_size=16, key=method.encode()[-64:]).hexdigest()


SYSTEM = Caller(subject="system")
ANONYMOUS = Caller(subject="")


def require_permission(call: Call, permission: str) -> None:
    """PermissionDenied unless the caller holds it; what the system does by itself needs none."""
    if call.caller != SYSTEM and permission not in call.caller.permissions:
        raise PermissionDenied(permission)
