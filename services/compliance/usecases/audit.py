"""The trail: one entry for each event of the cell."""

from datetime import datetime

from libs.audit.statements import commit
from libs.call import Command
from libs.errors import InvalidInput, Violation
from libs.ids import unique
from libs.messaging.envelope import Envelope
from libs.store.port import Page, create
from services.compliance.documents import AUDIT
from services.compliance.domain.audit import AuditEntry, AuditOutcome
from services.compliance.usecases.settings import Env


class RecordEvent(Command, frozen=True, kw_only=True):
    """Something happened."""

    envelope: Envelope


class ListAuditEntries(Command, frozen=True, kw_only=True):
    """Who did what; empty filters filter nothing."""

    page_size: int = 0
    page_token: str = ""
    resource_id: str = ""
    actor: str = ""
    method: str = ""
    start_time: datetime | None = None
    end_time: datetime | None = None


async def record_event(env: Env, cmd: RecordEvent) -> AuditEntry:
    """The entry; the mark of the event keeps a redelivery from making a second."""
    event, salt = cmd.envelope, unique()
    entry = AuditEntry(
        id=env.ids.new("aud"),
        time=event.time,
        actor=event.actor,
        method=event.method,
        outcome=AuditOutcome.SUCCEEDED,
        service=event.source.rpartition("/")[2],
        resource_id=event.about,
        resource_version=event.version,
        event_type=event.type,
        event_id=event.id,
        caused_by_request_id=event.request_id,
        create_time=env.clock.now(),
        commitment=commit(salt.encode(), event.body),
        salt=salt,
    )
    return await env.commit(create(AUDIT, entry), call=cmd.call)


async def list_audit_entries(env: Env, cmd: ListAuditEntries) -> Page[AuditEntry]:
    """Newest first."""
    if cmd.start_time is not None and cmd.end_time is not None and cmd.end_time < cmd.start_time:
        raise InvalidInput([Violation("end_time", "is before start_time", "DATES_OUT_OF_ORDER")])
    filters = {"resource_id": cmd.resource_id, "actor": cmd.actor, "method": cmd.method}
    return await env.listing(
        AUDIT,
        filters,
        call=cmd.call,
        page_size=cmd.page_size,
        page_token=cmd.page_token,
        order="time",
        at_least=cmd.start_time,
        below=cmd.end_time,
        descending=True,
    )
