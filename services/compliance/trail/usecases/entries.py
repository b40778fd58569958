"""The use cases that record entries for events and recorded calls, and that list entries."""

from datetime import datetime

from msgspec.structs import replace

from libs.audit.ledgers import AT_ONCE
from libs.audit.statements import commit
from libs.call import CallOutcome, CallRecord, Command
from libs.ids import unique
from libs.lane_head import LaneHead
from libs.messaging.envelope import Envelope
from libs.store.paging import ListCommand, Range, paged
from libs.store.port import Page, Scalar, Write, create, get
from services.compliance.settings import Env
from services.compliance.trail.documents import AUDIT, LEDGERS
from services.compliance.trail.domain.chain import LedgerEnd, StatedLedger
from services.compliance.trail.domain.entries import AuditEntry, AuditOutcome

_HAPPENED = Range("time", "start_time", "end_time")
_NEWEST_FIRST = "time desc"

_OUTCOMES = {
    CallOutcome.CHANGED: AuditOutcome.SUCCEEDED,
    CallOutcome.DISCLOSED: AuditOutcome.DISCLOSED,
    CallOutcome.REFUSED: AuditOutcome.REFUSED,
}


class RecordEvent(Command, frozen=True, kw_only=True):
    """Record an event. calls: the calls in it if it is a `calls.recorded` event, else empty. head: the lane head in it
    if it is a `lane.stated` event. ledger: what it states about the erasure ledger of its service, if it does."""

    envelope: Envelope
    calls: tuple[CallRecord, ...] = ()
    head: LaneHead | None = None
    ledger: StatedLedger | None = None


class ListAuditEntries(ListCommand, frozen=True, kw_only=True):
    """List entries; an empty filter matches all of them. order_by: empty: the newest first."""

    resource_id: str = ""
    shown_id: str = ""
    actor: str = ""
    method: str = ""
    start_time: datetime | None = None
    end_time: datetime | None = None


async def record_event(env: Env, cmd: RecordEvent) -> AuditEntry:
    """The new entry, or the first of several. The mark of the processed event prevents more after a redelivery."""
    event, now = cmd.envelope, env.clock.now()
    if cmd.calls:
        entries = [_entry_of_call(one, event, id=env.ids.new("aud"), now=now) for one in cmd.calls]
    else:
        entries = [_entry_of_event(event, cmd, id=env.ids.new("aud"), now=now)]
    first, *rest = [create(AUDIT, entry) for entry in entries]
    more: list[Write] = [*rest]
    if (ledger := cmd.ledger) is not None:
        held = await get(env.store, LEDGERS, ledger.id)
        if held is None or _is_later(ledger, held.value):
            more.append(held.put(ledger) if held is not None else create(LEDGERS, ledger))
    return await env.commit(first, *more, call=cmd.call)


async def list_audit_entries(env: Env, cmd: ListAuditEntries) -> Page[AuditEntry]:
    """One page of entries, the newest first unless the caller asks for the oldest."""
    paging = paged(replace(cmd, order_by=cmd.order_by or _NEWEST_FIRST), _HAPPENED)
    filters: dict[str, Scalar] = {"resource_id": cmd.resource_id, "actor": cmd.actor, "method": cmd.method}
    if cmd.shown_id:
        filters |= {"shown_ids": cmd.shown_id, "outcome": AuditOutcome.DISCLOSED}
    return await env.listing(AUDIT, filters, call=cmd.call, **paging)


def _entry_of_event(event: Envelope, cmd: RecordEvent, *, id: str, now: datetime) -> AuditEntry:
    salt, ledger = unique(), cmd.ledger
    return AuditEntry(
        id=id,
        time=event.time,
        actor=event.actor,
        method=event.method,
        outcome=AuditOutcome.SUCCEEDED,
        service=_service(event),
        resource_id=event.about,
        resource_version=event.version,
        event_type=event.type,
        event_id=event.id,
        caused_by_request_id=event.request_id,
        create_time=now,
        commitment=commit(salt.encode(), event.body),
        salt=salt,
        roles=event.roles,
        partner_id=event.partner_id,
        on_behalf_of=event.on_behalf_of,
        changed_fields=event.changed,
        lane=event.lane,
        lane_number=event.number or None,
        lane_head=cmd.head,
        ledger_end=LedgerEnd(service=ledger.id, number=ledger.number, hash=ledger.hash) if ledger is not None else None,
    )


def _entry_of_call(call: CallRecord, event: Envelope, *, id: str, now: datetime) -> AuditEntry:
    changed = call.outcome is CallOutcome.CHANGED  # only then do version and changed fields of the event belong to it
    return AuditEntry(
        id=id,
        time=call.time,
        actor=call.actor,
        method=call.method,
        outcome=_OUTCOMES[call.outcome],
        service=_service(event),
        resource_id=call.resource_id,
        resource_version=event.version if changed else 0,
        event_type=event.type,
        event_id=event.id,
        caused_by_request_id=call.caused_by_request_id,
        create_time=now,
        roles=call.roles,
        partner_id=call.partner_id,
        on_behalf_of=call.on_behalf_of,
        reason=call.reason,
        shown_ids=call.shown_ids,
        purpose=call.purpose,
        call_count=call.call_count if call.call_count > 1 else None,
        changed_fields=event.changed if changed else (),
        lane=event.lane,
        lane_number=event.number or None,
    )


def _is_later(stated: StatedLedger, held: StatedLedger) -> bool:
    """Whether a statement is later than the one that is kept. Of two replicas that state their ledger at once, the
    later event may have the earlier end."""
    shorter = stated.number < held.number
    return stated.time - held.time > AT_ONCE if shorter else stated.time >= held.time


def _service(event: Envelope) -> str:
    return event.source.rpartition("/")[2]
