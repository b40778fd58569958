"""The caller and circumstances of a command. A Call goes with its command from the method wrapper to the commit, which
copies it into the events."""

import hashlib
from datetime import datetime
from enum import Enum
from typing import NamedTuple

import msgspec

from libs.errors import PermissionDenied


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """An authenticated identity.

    subject: `<issuer>:<sub>`, opaque, never a name. partner_id: set for a partner's people. on_behalf_of: the subject
    for whom `subject` acts (RFC 8693), or empty. permissions: those that the policy grants to the roles.
    purpose: for what the roles read personal data in clear if a call names nothing, several separated by commas; empty:
    for nothing. purposes: all that a call may name.
    """

    subject: str
    roles: tuple[str, ...] = ()
    partner_id: str = ""
    on_behalf_of: str = ""
    permissions: frozenset[str] = frozenset()
    purpose: str = ""
    purposes: frozenset[str] = frozenset()

    @property
    def identity(self) -> str:
        """Whom the limits of calls count: the person for whom the call is made."""
        return self.on_behalf_of or self.subject

    @property
    def namespace(self) -> str:
        """The namespace of the caller's request ids. A subject that acts for several partners or persons (a portal) has
        a namespace for each, so that none of them gets the answer of another."""
        return "\0".join((self.subject, self.partner_id, self.on_behalf_of)).rstrip("\0")


class IdempotencyKey(msgspec.Struct, frozen=True, kw_only=True):
    """Identifies a request, so that its repetition is recognised; an empty `request_id` turns that off. caller:
    `Caller.namespace`."""

    request_id: str = ""
    caller: str = ""
    fingerprint: str = ""

    @property
    def key(self) -> str:
        """The id of the request record, unique per namespace and request_id."""
        return hashlib.blake2b(f"{self.caller}\0{self.request_id}".encode(), digest_size=16).hexdigest()


class Mark(NamedTuple):
    """An event that a commit wrote. subject: as in its proto, without `prm.<cell>.`. about, version: the id of the
    document that the event is about, and its version at that commit."""

    subject: str
    about: str
    version: int


class Effects(msgspec.Struct):
    """What a call has written so far; the only mutable part of a Call. committed: the ids of the documents. marks: the
    events; for a repeated request those of the first execution."""

    committed: set[str] = msgspec.field(default_factory=set)
    marks: tuple[Mark, ...] = ()


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """The circumstances of one command.

    method: `/prm.deals.v1.DealRegistrationService/ApproveRegistration`, or the name of the consumer or job.
    traceparent: W3C trace context, empty if unsampled. locale: BCP 47, of the messages that the caller reads.
    dedup_key: for a consumed event, the id of the "seen" row that goes into the commit. effects: where commits record
    what they wrote; None if the caller does not ask. answers: whether the method is one by which a partner's people
    answer a question of the vendor (prm.options.v1.access). purpose: for what personal data is read in clear; empty if
    for nothing.
    """

    caller: Caller
    method: str
    request: IdempotencyKey = IdempotencyKey()
    traceparent: str = ""
    locale: str = "en"
    dedup_key: str = ""
    effects: Effects | None = None
    answers: bool = False
    purpose: str = ""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """The base class of the commands of use cases."""

    call: Call


class ResourceCommand(Command, frozen=True, kw_only=True):
    """The base class of commands that change one resource. etag: the version that the caller has seen; empty: any."""

    id: str
    etag: str = ""


class CallOutcome(Enum):
    """The outcome of a recorded call."""

    CHANGED = "CHANGED"
    DISCLOSED = "DISCLOSED"
    REFUSED = "REFUSED"


class CallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A call that wrote no event of its own; prm.common.v1.CallRecord describes each field."""

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
    purpose: str = ""


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
    purpose: str = "",
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
        purpose=purpose,
    )


class CallsRecorded(msgspec.Struct, frozen=True, kw_only=True):
    """The event that carries call records to the audit trail; every service has a message of this name."""

    calls: tuple[CallRecord, ...]


def fingerprint(method: str, body: bytes) -> str:
    """A hash (32 hex digits) of method and body, which two requests with one request_id must share."""
    return hashlib.blake2b(body, digest_size=16, key=method.encode()[-64:]).hexdigest()


SYSTEM = Caller(subject="system")
ANONYMOUS = Caller(subject="")


def require_permission(call: Call, permission: str) -> None:
    """PermissionDenied unless the caller holds the permission; SYSTEM needs none."""
    if call.caller != SYSTEM and permission not in call.caller.permissions:
        raise PermissionDenied(permission)
